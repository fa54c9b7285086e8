"""Access restricted by address: rule files and logs that let the integrator in, refuse it, or leave it open."""

from __future__ import annotations

import json

from diagnose.lab.outside import DROPPED, ELSEWHERE, THROUGH, answer, request
from diagnose.lab.rules import DYNAMIC, application_host, firewall, iis, iis_log
from diagnose.lab.scenario import Scenario

_SUBJECT = "allow-list"
_FIRST, _SECOND, _NEWER = "3.19.3.152", "3.19.4.238", "3.23.117.12"
"""The two of the integrator's older list and the one of its newer list (profiles/gradient.toml)."""
_SIX = "2600:1f16::152"
_PAIR = ("--integrator-ip", _FIRST, "--integrator-ip", _SECOND)
_REACH = "allowlist.reachability"


def _given(*files: str, ips: tuple[str, ...] = _PAIR) -> tuple[str, ...]:
    """Return the options that name these files, each by its kind."""
    return (*ips, *(word for file in files for word in (_option(file), f"{{folder}}/{file}")))


def _option(file: str) -> str:
    if file.startswith(("answer", "request")):
        return "--vantage"
    return "--server-log" if file.endswith(".log") else "--allow-list"


def _scenario(name: str, sentence: str, verdict: str, files: dict[str, str], /, **expected: str) -> Scenario:
    """Return a scenario whose only cause, where it is not ready, is that the integrator does not get in."""
    statuses = {f"allowlist.{check.replace('_', '-')}": status for check, status in expected.items()}
    return Scenario(name, sentence, _SUBJECT, "ready").but(
        expected_verdict=verdict,
        expected_causes=(_REACH,) if statuses[_REACH] == "fail" else (),
        expected={"allowlist.addresses": "pass", **statuses},
        files=files,
        options=_given(*files),
        twin="logs-show-arrival",
    )


RULES = (
    _scenario(
        "allowed-by-rules",
        "IIS and the firewall let both addresses in, as far as their rules tell.",
        "undecided",
        {"iis-rules.txt": iis(_FIRST, _SECOND), "firewall.json": firewall(_FIRST, _SECOND)},
        configuration="pass",
        reachability="unknown",
        rate_limit="pass",
    ),
    _scenario(
        "denied-by-iis",
        "IIS lets a colleague in and nobody else.",
        "not_ready",
        {"iis-rules.txt": iis("81.2.69.142")},
        configuration="fail",
        reachability="fail",
    ),
    _scenario(
        "one-address-denied",
        "IIS lets one of the two addresses in.",
        "not_ready",
        {"iis-rules.txt": iis(_FIRST)},
        configuration="fail",
        reachability="fail",
    ),
    _scenario(
        "denied-by-firewall",
        "IIS lets both addresses in, and the Windows firewall on the same server does not.",
        "not_ready",
        {"iis-rules.txt": iis(_FIRST, _SECOND), "firewall.json": firewall("81.2.69.142")},
        configuration="fail",
        reachability="fail",
    ),
    _scenario(
        "superseded-addresses",
        "The rules still hold the older pair, and the integrator's published lists disagree.",
        "undecided",
        {"iis-rules.txt": iis(_FIRST, _SECOND)},
        addresses="warn",
        configuration="fail",
        reachability="unknown",
    ).but(options=_given("iis-rules.txt", ips=())),
    _scenario(
        "superseded-addresses-confirmed",
        "The rules still hold the older pair, and the integrator has confirmed the newer address.",
        "not_ready",
        {"iis-rules.txt": iis(_FIRST, _SECOND)},
        configuration="fail",
        reachability="fail",
    ).but(options=_given("iis-rules.txt", ips=("--integrator-ip", _NEWER))),
    _scenario(
        "ipv4-only-list",
        "The integrator comes by IPv6 too, and the list holds its IPv4 address alone.",
        "not_ready",
        {"allowed.txt": f"# who may reach HaloPSA\n{_FIRST}\n"},
        configuration="fail",
        reachability="fail",
    ).but(options=_given("allowed.txt", ips=("--integrator-ip", _FIRST, "--integrator-ip", _SIX))),
    _scenario(
        "rules-for-another-port",
        "The rules refuse everybody at another port, which says nothing about HaloPSA's.",
        "undecided",
        {"nginx.conf": "server {\n  listen 8443 ssl;\n  server_name {host};\n  deny all;\n}\n"},
        configuration="unknown",
        reachability="unknown",
        rate_limit="skip",
    ),
    _scenario(
        "rules-for-another-path",
        "The rules refuse everybody at another application, and let everybody in at HaloPSA's.",
        "undecided",
        {"applicationHost.config": application_host("Halo/reports")},
        configuration="pass",
        reachability="unknown",
    ),
    _scenario(
        "unreadable-rules",
        "The file given as rules is none, and nothing else tells.",
        "undecided",
        {"notes.txt": "Dear support,\nplease find the rules in the other mail.\n"},
        configuration="unknown",
        reachability="unknown",
        rate_limit="skip",
    ),
    _scenario(
        "malformed-rule",
        "One rule in the list cannot be understood, so nothing in it is known to be let in.",
        "undecided",
        {"nginx.conf": (
            "server {\n  listen {port} ssl;\n  server_name {host};\n"
            f"  allow {_FIRST};\n  allow 3.19.4.;\n  deny all;\n}}\n"
        )},
        configuration="unknown",
        reachability="unknown",
    ),
)  # fmt: skip

LOGS = (
    _scenario(
        "logs-show-arrival",
        "The IIS log shows both addresses with an answer of the token endpoint.",
        "ready",
        {"u_ex.log": iis_log((_FIRST, "401 0"), (_SECOND, "200 0"))},
        logs="pass",
        reachability="pass",
        configuration="skip",
        vantage="skip",
        rate_limit="skip",
    ).but(twin="healthy"),
    _scenario(
        "logs-show-every-list",
        "The IIS log shows every published address arriving, and the lists still disagree.",
        "ready_with_warnings",
        {"u_ex.log": iis_log((_FIRST, "401 0"), (_SECOND, "200 0"), (_NEWER, "200 0"))},
        addresses="warn",
        logs="pass",
        reachability="pass",
    ).but(options=_given("u_ex.log", ips=())),
    _scenario(
        "logs-show-refusal",
        "The IIS log shows that one address was turned away by its address restrictions (403.6).",
        "not_ready",
        {"u_ex.log": iis_log((_FIRST, "401 0"), (_SECOND, "403 6"))},
        logs="fail",
        reachability="fail",
    ),
    _scenario(
        "logs-against-rules",
        "The log shows both addresses arriving, and the rules given would refuse one of them.",
        "not_ready",
        {"u_ex.log": iis_log((_FIRST, "401 0"), (_SECOND, "200 0")), "iis-rules.txt": iis(_FIRST)},
        logs="pass",
        configuration="fail",
        reachability="fail",
    ),
    _scenario(
        "logs-without-the-addresses",
        "The IIS log shows others, and none of the integrator's addresses.",
        "undecided",
        {"u_ex.log": iis_log(("81.2.69.142", "200 0"))},
        logs="unknown",
        reachability="unknown",
    ),
    _scenario(
        "rate-limited-by-iis",
        "Both addresses arrive, and IIS refuses whoever asks too fast.",
        "ready_with_warnings",
        {
            "u_ex.log": iis_log((_FIRST, "401 0"), (_SECOND, "200 0")),
            "iis-rules.txt": iis(_FIRST, _SECOND, dynamic=DYNAMIC),
        },
        logs="pass",
        configuration="pass",
        reachability="pass",
        rate_limit="warn",
    ),
)

OUTSIDE = (
    _scenario(
        "vantage-through",
        "Runs from both addresses reached Halo from outside.",
        "ready",
        {
            "request.json": json.dumps(request()),
            "answer-1.json": answer(_FIRST, THROUGH),
            "answer-2.json": answer(_SECOND, THROUGH),
        },
        vantage="pass",
        reachability="pass",
        logs="skip",
    ).but(twin="healthy"),
    _scenario(
        "vantage-refused",
        "A run from one of the two addresses got no answer to its connection.",
        "not_ready",
        {"answer-1.json": answer(_FIRST, THROUGH), "answer-2.json": answer(_SECOND, DROPPED)},
        vantage="fail",
        reachability="fail",
    ).but(twin="vantage-through"),
    _scenario(
        "vantage-stale",
        "The runs from outside are two days old, and rules change.",
        "undecided",
        {
            "answer-1.json": answer(_FIRST, THROUGH, when="{two_days_ago}"),
            "answer-2.json": answer(_SECOND, THROUGH, when="{two_days_ago}"),
        },
        vantage="unknown",
        reachability="unknown",
    ).but(twin="vantage-through"),
    _scenario(
        "vantage-of-another-request",
        "The answer that came back is to another request than the one made here.",
        "undecided",
        {"request.json": json.dumps(request(nonce="0dd5" * 8)), "answer-1.json": answer(_FIRST, THROUGH)},
        vantage="unknown",
        reachability="unknown",
    ).but(twin="vantage-through"),
    _scenario(
        "vantage-met-another-server",
        "The run from outside met another certificate than this machine does.",
        "undecided",
        {"answer-1.json": answer(_FIRST, ELSEWHERE), "answer-2.json": answer(_SECOND, ELSEWHERE)},
        vantage="unknown",
        reachability="unknown",
    ).but(twin="vantage-through"),
    _scenario(
        "vantage-of-a-stranger",
        "A phone's hotspot, which is on no list, reached Halo: no restriction is to be seen, and nothing is proven.",
        "undecided",
        {"answer-1.json": answer("81.2.69.142", THROUGH, role="foreign")},
        vantage="unknown",
        reachability="unknown",
    ).but(twin="vantage-through"),
)

SCENARIOS = (*RULES, *LOGS, *OUTSIDE)
