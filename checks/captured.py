"""What the checks of captured chains have in common: which chains count, where it holds, what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from diagnose import Code, Outcome, blocked, unknown
from diagnose.facts.chains import JudgedChain, JudgedChains


def where(judged: JudgedChains, question: Callable[[JudgedChain], object]) -> list[JudgedChain]:
    """Return the chains that can be judged and of which `question` is true.

    A middlebox's chain says nothing about the server's, and an unreadable one says nothing at all.
    """
    return [chain for chain in judged.chains if _counts(chain) and question(chain)]


def _counts(chain: JudgedChain) -> bool:
    return not chain.interceptor and chain.end != "unreadable"


def obstacle(judged: JudgedChains) -> Outcome | None:
    """Return why a question that no chain answers badly is still open at some address, or None."""
    for chain in judged.chains:
        if chain.interceptor:
            summary = f"{chain.interceptor} answers with a certificate of its own at {chain.address}"
            return blocked("tls.not-intercepted", summary, **evidence(judged, [chain]))
    for chain in judged.chains:
        if chain.end == "unreadable":
            summary = f"the certificate that {chain.host} sends at {chain.address} cannot be read"
            return unknown(Code.UNEXPECTED_RESPONSE, summary, **evidence(judged, [chain]))
    return None


def evidence(judged: JudgedChains, broken: Iterable[JudgedChain] = (), /, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the evidence: at which addresses it does not hold, at which it was looked at, at which it was not."""
    broken = list(broken)
    found: dict[str, Any] = {}
    if broken:
        found["server.address"] = broken[0].host
        found["addresses"] = unique(chain.address for chain in broken)
    found["checked"] = unique(chain.address for chain in judged.chains)
    found |= not_looked_at(judged)
    return found | more


def not_looked_at(judged: JudgedChains) -> dict[str, Any]:
    """Return the addresses of which nothing is known, by reason."""
    groups = {
        "not_tried": judged.not_tried,
        "not_connected": judged.not_connected,
        "not_captured": judged.not_captured,
    }
    return {name: list(addresses) for name, addresses in groups.items() if addresses}


def unique(values: Iterable[str]) -> list[str]:
    """Return each value once, in order."""
    return list(dict.fromkeys(values))


def at(judged: JudgedChains, broken: list[JudgedChain]) -> str:
    """Return ` at <addresses>` where a fault is not at every address, else nothing."""
    addresses = unique(chain.address for chain in broken)
    return "" if len(addresses) == len(unique(c.address for c in judged.chains)) else f" at {', '.join(addresses)}"


def day(moment: datetime | None) -> str:
    """Return a moment as a date people read."""
    return "an unknown date" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def instant(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def own(chain: JudgedChain) -> str:
    """Return the subject of the server's own certificate."""
    return chain.path[0].subject if chain.path else ""
