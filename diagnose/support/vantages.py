"""What it means that the same HaloPSA looks different from two places: from inside, and from the integrator's.

What holds inside and fails outside was decided on the way in, and what fails inside alone on the way out:
only the first concerns the integrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec

from diagnose.outcome import Status
from diagnose.verdict import CheckResult

INSIDE = "customer"
"""The vantage of a run on the customer's side, as `run.vantage` has it."""

LONG_APART = timedelta(days=1)


class Meaning(msgspec.Struct, frozen=True):
    """One sentence, and the checks it is about."""

    text: str
    checks: tuple[str, ...] = ()


WAYS = ("name", "way", "certificate", "answer")
FAILS_OUTSIDE = {
    "name": "The name is answered otherwise out there (split DNS): the public zone is what the integrator asks, and "
    "its record must be mended there.",
    "way": "The way in is open for the inside and closed for the outside: a firewall or an allow-list in between keeps "
    "those addresses out.",
    "certificate": "The outside is shown another certificate or chain than the inside: another machine (load "
    "balancer, reverse proxy, web application firewall) ends TLS for the Internet, and the chain must be "
    "mended on that one.",
    "answer": "HaloPSA answers the inside and not the outside: something in front of it (reverse proxy, web "
    "application firewall, address restrictions of IIS) treats those addresses otherwise.",
}
"""What holds from the customer's network and fails from the other place."""

FAILS_INSIDE = {
    "name": "Only the resolver in the customer's network answers wrongly; the integrator does not ask it.",
    "way": "Only the way from the customer's own network is closed (an outbound rule, or a router that does not lead "
    "back in); the integrator does not take it.",
    "certificate": "Only in the customer's own network another certificate is shown: TLS inspection, or an inner "
    "machine with its own certificate. The integrator does not see that one.",
    "answer": "Only in the customer's own network something answers in HaloPSA's place or keeps it from answering; the "
    "integrator does not meet it.",
}
"""What holds from the other place and fails in the customer's network."""


def meanings(
    inside: Sequence[CheckResult], outside: Sequence[CheckResult], vantages: tuple[str, str], apart: timedelta
) -> tuple[Meaning, ...]:
    """Return what the differences mean; where there are none, that too is told."""
    within, without = ({result.id: result for result in side} for side in (inside, outside))
    common = [name for name in within if name in without]
    found = [
        *_one_way(common, within, without, FAILS_OUTSIDE),
        *_one_way(common, without, within, FAILS_INSIDE),
    ]
    both = tuple(sorted(name for name in common if _fails(within[name]) and _fails(without[name])))
    if both:
        found.append(Meaning("What fails from both places is the server's own fault, whoever asks.", both))
    if not found:
        found.append(Meaning(f"Nothing holds from {vantages[0]} and fails from {vantages[1]}, or the other way round."))
    if apart > LONG_APART:
        found.append(
            Meaning(f"The two runs are {apart.days} days apart: what differs may also have changed in between.")
        )
    return tuple(found)


def _one_way(
    ids: Iterable[str], holds: Mapping[str, CheckResult], fails: Mapping[str, CheckResult], words: Mapping[str, str]
) -> list[Meaning]:
    apart = [name for name in ids if _holds(holds[name]) and _fails(fails[name])]
    return [
        Meaning(words[way], tuple(sorted(names)))
        for way in WAYS
        if (names := [name for name in apart if way_of(name) == way])
    ]


def _holds(result: CheckResult) -> bool:
    return result.status in {Status.PASS, Status.WARN}


def _fails(result: CheckResult) -> bool:
    return result.status is Status.FAIL


def way_of(name: str) -> str:
    """Return what a check is about: the name, the way, the certificate or the answer."""
    belongs: dict[str, Callable[[str], bool]] = {
        "name": lambda each: each.startswith("dns."),
        "way": lambda each: each.startswith(("net.", "allowlist.")) or each == "tls.handshake",
        "certificate": lambda each: each.startswith("tls."),
    }
    return next((way for way, fits in belongs.items() if fits(name)), "answer")
