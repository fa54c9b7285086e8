"""Generated rule sets, judged by HAProxy itself and by the evaluator: they agree on every address."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from diagnose.rulesets import recognise
from tests.rulesets.servers import SOURCES, binary, free_ports, running, some_ranges, statuses

SEEDS = (1, 2)
FRONTENDS = 30
BACKENDS = 7
PATHS = ("/auth/token", "/api/Client", "/other", "/AUTH")


def term(chance: random.Random, names: list[str]) -> str:
    """One condition, named or not, negated or not."""
    ranges = " ".join(some_ranges(chance, 2))
    choices = [f"{{ src {ranges} }}", "{ path_beg /auth }", "{ path_beg -i /auth }", "{ path /other /api/Client }"]
    choices += ["LOCALHOST", "TRUE", "{ path_end token }", "{ path_reg ^/a[a-z]+/ }", "{ hdr(host) -i a.example.com }"]
    return chance.choice(("", "", "!")) + chance.choice([*names * 2, *choices])


def condition(chance: random.Random, names: list[str]) -> str:
    """Nothing, or terms joined by AND and OR."""
    if chance.random() < 0.1:
        return ""
    ways = [" ".join(term(chance, names) for _ in range(chance.randint(1, 2))) for _ in range(chance.choice((1, 1, 2)))]
    return f" {chance.choice(('if', 'if', 'unless'))} " + chance.choice((" || ", " or ")).join(ways)


def rules(chance: random.Random, kind: str, actions: tuple[str, ...], names: list[str], most: int) -> list[str]:
    """Some rules of one kind."""
    return [f"  {kind} {chance.choice(actions)}{condition(chance, names)}" for _ in range(chance.randint(0, most))]


def acls(chance: random.Random) -> tuple[list[str], list[str]]:
    """Named conditions, some of them defined twice."""
    names = [f"a{number}" for number in range(chance.randint(1, 3))]
    defined = [f"  acl {chance.choice(names)} src {' '.join(some_ranges(chance))}" for _ in range(2)]
    return names, [f"  acl {name} src {' '.join(some_ranges(chance))}" for name in names] + defined


HTTP = ("allow", "deny", "deny", "deny deny_status 404", "set-header X-A b", "deny deny_status 429")


def configuration(chance: random.Random, ports: list[int]) -> str:
    """A whole haproxy.cfg: one frontend a port, each with its own backends."""
    lines = [
        "global",
        "  maxconn 500",
        "defaults",
        "  mode http",
        "  timeout connect 5s",
        "  timeout client 5s",
        "  timeout server 5s",
    ]
    for number, port in enumerate(ports):
        names, defined = acls(chance)
        lines += [f"frontend f{number}", f"  bind 127.0.0.1:{port}  # a comment", *defined]
        lines += rules(chance, "tcp-request connection", ("accept", "reject"), ["{ src 127.0.0.9 }"], 1)
        lines += rules(chance, "http-request", HTTP, names, 4)
        for backend in range(BACKENDS - 1):
            lines += [f"  use_backend b{number}_{backend}{condition(chance, names) or ' if FALSE'}"]
        lines += [f"  default_backend b{number}_{BACKENDS - 1}"]
        for backend in range(BACKENDS):
            names, defined = acls(chance)
            lines += [f"backend b{number}_{backend}", *defined, *rules(chance, "http-request", HTTP, names, 3)]
    # what the kernel knows of a connection is all that its rules may ask for
    clean = [line for line in lines if "tcp-request" not in line or not any(word in line for word in ("path", "hdr"))]
    return "\n".join([*clean, ""])


@pytest.mark.parametrize("seed", SEEDS)
def test_haproxy_and_the_evaluator_agree_on_every_address(seed: int, tmp_path: Path) -> None:
    """30 generated frontends with 210 backends, from 6 addresses: the same answer everywhere."""
    haproxy = binary("haproxy")
    ports = free_ports(FRONTENDS)
    file = tmp_path / "haproxy.cfg"
    file.write_text(configuration(random.Random(seed), ports))  # noqa: S311 - the same rules every time
    parsed = recognise("haproxy.cfg", file.read_bytes())
    assert parsed.format == "haproxy"
    assert parsed.every_doubt == ()
    asked = [(host, path) for host in ("a.example.com", "b.example.com") for path in PATHS]
    seen = set()
    with running([haproxy, "-db", "-f", str(file)], ports[0], tmp_path / "log"):
        for port in ports:
            for source in SOURCES:
                for (host, path), status in zip(asked, statuses(source, port, asked, keep=False), strict=True):
                    decision = parsed.decide(source, port, path, host)
                    expected = "allow" if status == "503" else "deny"  # its backends have no server
                    assert decision.outcome == expected, (source, port, host, path, status, decision)
                    if status != "closed":
                        assert decision.deny_action == ("" if status == "503" else status)
                    seen.add(status)
    assert seen == {"403", "404", "429", "503", "closed"}
