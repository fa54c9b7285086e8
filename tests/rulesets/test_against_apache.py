"""Generated rule sets, judged by Apache itself and by the evaluator: they agree on every address."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from diagnose.rulesets import recognise
from tests.rulesets.servers import SOURCES, binary, free_ports, running, some_ranges, statuses

SEEDS = (1, 2, 3)
HOSTS = 25
LOCATIONS = 10
MODULES = Path("/usr/lib/apache2/modules")
PARTIAL = ["127", "127.0", "127.0.0", "127.1", "127.0.0.0/255.255.255.0", "10"]


def ranges(chance: random.Random) -> str:
    """What may stand behind `Require ip` or `Allow from`."""
    full = [text for text in some_ranges(chance, 2) if not text.endswith("/0")]  # which Apache refuses
    return " ".join([*(full or ["127.0.0.2"]), *chance.sample(PARTIAL, chance.randint(0, 1))])


def positive(chance: random.Random) -> str:
    """A rule that may grant."""
    return chance.choice(
        (f"Require ip {ranges(chance)}",) * 4 + ("Require all granted", "Require all denied", "Require local")
    )


def container(chance: random.Random, depth: int) -> str:
    """A container with valid contents: Apache refuses negative rules where they can have no effect."""
    if depth > 2 or chance.random() < 0.5:
        return positive(chance)
    inside = [container(chance, depth + 1) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.4:
        return "\n".join(["<RequireAny>", *inside, "</RequireAny>"])
    negative = [f"Require not ip {ranges(chance)}" for _ in range(chance.randint(0, 2))]
    none = ["<RequireNone>", *(positive(chance) for _ in range(2)), "</RequireNone>"] if chance.random() < 0.3 else []
    return "\n".join(["<RequireAll>", *negative, *inside, *none, "</RequireAll>"])


def compat(chance: random.Random) -> str:
    """The older way."""
    rules = [f"Order {chance.choice(('Allow,Deny', 'Deny,Allow', 'deny,allow', 'Mutual-failure'))}"]
    rules = rules if chance.random() < 0.85 else []
    for _ in range(chance.randint(0 if rules else 1, 4)):
        rules.append(f"{chance.choice(('Allow', 'Deny'))} from {chance.choice((ranges(chance), 'all'))}")
    chance.shuffle(rules)
    return "\n".join(rules)


def access(chance: random.Random) -> str:
    """The rules of one section, of either way or of both, or none."""
    new = "\n".join(container(chance, 0) for _ in range(chance.randint(1, 3)))
    old = compat(chance)
    return chance.choice((new, new, old, f"{new}\n{old}", ""))


def location(chance: random.Random, number: int) -> tuple[str, list[str]]:
    """One or two sections that overlap, and the paths to ask for."""
    name = f"/p{number}"
    kind = chance.choice((name, f"{name}/", f'~ "^{name}"'))
    inner = f'<Location "{name}/deep">\n{access(chance)}\n</Location>'
    outer = f"<Location {kind}>\n{access(chance)}\n</Location>"
    both = [outer, inner] if chance.random() < 0.7 else [inner, outer]
    regex = f'<LocationMatch "^{name}/.*x$">\n{access(chance)}\n</LocationMatch>' if chance.random() < 0.3 else ""
    return "\n".join([*both, regex]), [name, f"{name}/deep/x", f"{name}/deep", f"{name}x"]


def configuration(chance: random.Random, port: int, folder: Path) -> tuple[str, list[tuple[str, str]]]:
    """A whole httpd.conf, and every (host, path) worth asking for."""
    asked: list[tuple[str, str]] = []
    hosts = []
    for number in range(HOSTS):
        host = f"h{number}.example.com"
        locations = []
        for inner in range(LOCATIONS):
            text, paths = location(chance, inner)
            locations.append(text)
            asked += [(host, path) for path in paths]
        asked += [(f"a.w{number}.example.com", "/p1"), (host, "/other")]
        hosts.append(
            f"<VirtualHost *:{port}>\nServerName {host}\nServerAlias *.w{number}.example.com\n"
            f'<Directory "/usr/share">\n{access(chance)}\n</Directory>\n' + "\n".join(locations) + "\n</VirtualHost>"
        )
    asked.append(("nobody.example.com", "/p1"))
    modules = ("mpm_event", "authz_core", "authz_host", "access_compat")
    loads = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules)
    text = f"""{loads}
Listen 127.0.0.1:{port}
ServerName localhost
User www-data
Group www-data
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LogLevel crit
MaxKeepAliveRequests 0
KeepAliveTimeout 60
DocumentRoot /usr/share
<Directory />
AllowOverride None
{access(chance)}
</Directory>
"""
    return text + "\n".join(hosts), asked


@pytest.mark.parametrize("seed", SEEDS)
def test_apache_and_the_evaluator_agree_on_every_address(seed: int, tmp_path: Path) -> None:
    """500 generated sections in 25 virtual hosts, from 6 addresses: the same answer everywhere."""
    apache = binary("apache2")
    port = free_ports(1)[0]
    text, asked = configuration(random.Random(seed), port, tmp_path)  # noqa: S311 - the same rules every time
    file = tmp_path / "httpd.conf"
    file.write_text(text)
    rules = recognise("httpd.conf", file.read_bytes())
    assert rules.format == "apache"
    assert rules.every_doubt == ()
    seen = set()
    with running([apache, "-X", "-f", str(file)], port, tmp_path / "log"):
        for source in SOURCES:
            for (host, path), status in zip(asked, statuses(source, port, asked), strict=True):
                decision = rules.decide(source, port, path, host)
                assert decision.outcome == ("deny" if status == "403" else "allow"), (source, host, path, decision)
                seen.add(decision.outcome)
    assert seen == {"allow", "deny"}
