"""Generated rule sets, judged by nginx itself and by the evaluator: they agree on every address."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from diagnose.rulesets import recognise
from tests.rulesets.servers import SOURCES, binary, free_ports, running, some_ranges, statuses

SEEDS = (1, 2, 3)
SERVERS = 25
LOCATIONS = 10


def access(chance: random.Random) -> str:
    """Some rules, or none at all."""
    if chance.random() < 0.3:
        return ""
    rules = [
        f"{chance.choice(('allow', 'deny'))} {chance.choice([*some_ranges(chance), 'all'])};"
        for _ in range(chance.randint(1, 5))
    ]
    return " ".join([*rules, chance.choice(("deny all;", "deny all;", "allow all;", ""))])


def location(chance: random.Random, number: int) -> tuple[str, list[str]]:
    """A location of some kind with a nested one, and the paths to ask for."""
    kind = chance.choice(("", "", "", "= ", "^~ ", "~ ^", "~* ^"))
    name = f"/p{number}"
    inner = f"location {name}/deep {{ {access(chance)} }}" if kind in ("", "^~ ") else ""
    if inner and chance.random() < 0.4:
        inner += f" location ~ {name}/.*x$ {{ {access(chance)} }}"
    text = f"location {kind}{name} {{ {access(chance)} {inner} }}"
    return text, [name, f"{name}/deep/x", f"{name}/deep", f"{name}.php", name.upper()]


def configuration(chance: random.Random, port: int, folder: Path) -> tuple[str, list[tuple[str, str]]]:
    """A whole nginx.conf, and every (host, path) worth asking for."""
    asked: list[tuple[str, str]] = []
    servers = []
    for number in range(SERVERS):
        host = f"h{number}.example.com"
        names = f"h{number}.example.com *.w{number}.example.com .d{number}.example.com"
        locations = []
        for inner in range(LOCATIONS):
            text, paths = location(chance, inner)
            locations.append(text)
            asked += [(host, path) for path in paths]
        php = r"location ~ \.php$ { " + access(chance) + " }" if chance.random() < 0.5 else ""
        asked += [(f"a.w{number}.example.com", "/p1"), (f"d{number}.example.com", "/p1"), (host, "/other")]
        default = " default_server" if number == SERVERS // 2 else ""
        servers.append(
            f"server {{ listen 127.0.0.1:{port}{default}; server_name {names}; {access(chance)}\n"
            + "\n".join([*locations, php])
            + "\n}"
        )
    newline = "\n"
    asked.append(("nobody.example.com", "/p1"))
    text = f"""daemon off; pid {folder}/pid; error_log {folder}/error.log crit; user root;
events {{ worker_connections 256; }}
http {{
  access_log off; root {folder}/empty; keepalive_requests 100000; keepalive_timeout 60s;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; server_names_hash_bucket_size 128;
  {access(chance)}
  {newline.join(servers)}
}}
"""
    return text, asked


@pytest.mark.parametrize("seed", SEEDS)
def test_nginx_and_the_evaluator_agree_on_every_address(seed: int, tmp_path: Path) -> None:
    """250 generated locations with nested ones in 25 servers, from 6 addresses: the same answer everywhere."""
    nginx = binary("nginx")
    port = free_ports(1)[0]
    text, asked = configuration(random.Random(seed), port, tmp_path)  # noqa: S311 - the same rules every time
    (tmp_path / "empty").mkdir()
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    rules = recognise("nginx.conf", file.read_bytes())
    assert rules.format == "nginx"
    assert rules.every_doubt == ()
    seen = set()
    with running([nginx, "-p", str(tmp_path), "-c", str(file)], port, tmp_path / "log"):
        for source in SOURCES:
            for (host, path), status in zip(asked, statuses(source, port, asked), strict=True):
                decision = rules.decide(source, port, path, host)
                assert decision.outcome == ("deny" if status == "403" else "allow"), (source, host, path, decision)
                seen.add(decision.outcome)
    assert seen == {"allow", "deny"}
