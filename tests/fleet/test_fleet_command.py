"""The real program over a list: lines, exit codes, reports, resuming, interrupting; and no target harms another."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnose.lab import Running, start
from tests.cli.program import diagnose
from tests.fleet.lists import lines, listed, row

HOSTILE = "<script>alert(1)</script>../../x"


@pytest.fixture(scope="module")
def healthy() -> Iterator[Running]:
    with start("healthy") as running:
        yield running


@pytest.fixture(scope="module")
def broken() -> Iterator[Running]:
    with start("missing-intermediate") as running:
        yield running


def test_each_target_is_a_line_and_the_exit_code_is_the_worst(
    healthy: Running, broken: Running, tmp_path: Path
) -> None:
    file = listed(tmp_path, row("good", healthy), row("bad", broken), row("open", healthy, ip_restriction=""))
    done = diagnose("fleet", file, "--format", "jsonl", "-q")
    told = lines(done.stdout)
    assert done.returncode == 3
    assert done.stderr == ""
    assert told["good"]["verdict"] == "ready"
    assert told["bad"]["causes"] == ["tls.chain-complete"]
    assert told["open"]["verdict"] == "undecided"
    assert told["open"]["undecided"] == ["allowlist.reachability"]


def test_the_summary_names_the_targets_by_cause(broken: Running, tmp_path: Path) -> None:
    done = diagnose("fleet", listed(tmp_path, row("b1", broken), row("b2", broken)))
    assert "2 of 2 targets" in done.stdout
    assert re.search(r"tls\.chain-complete +2 +b[12], b[12]", done.stdout)


@pytest.mark.parametrize(
    ("changes", "options", "code"),
    [
        ({}, (), 0),
        ({"ip_restriction": ""}, (), 5),
        ({"ip_restriction": ""}, ("--fail-on", "never"), 0),
        ({"client_secret_file": "none.txt"}, (), 2),
        ({"client_secret_file": ""}, (), 2),
        ({"client_secret_file": "-"}, (), 2),
        ({"timeout": "soon"}, (), 2),
        ({"ip_restriction": "perhaps"}, ("--fail-on", "never"), 2),
        ({"resolve": "x"}, (), 2),
    ],
)
def test_a_target_whose_options_are_wrong_is_its_own_line(
    healthy: Running, tmp_path: Path, changes: dict[str, str], options: tuple[str, ...], code: int
) -> None:
    done = diagnose(
        "fleet",
        listed(tmp_path, row("first", healthy, **changes), row("second", healthy)),
        "--format",
        "jsonl",
        *options,
    )
    told = lines(done.stdout)
    assert done.returncode == code
    assert told["second"]["verdict"] == "ready"
    assert bool(told["first"]["error"]) is (code == 2)


def test_two_servers_that_take_turns_behind_one_address_are_both_looked_at(tmp_path: Path) -> None:
    """One of them was forgotten, and either may be met first."""
    with start("takes-turns") as running:
        done = diagnose("fleet", listed(tmp_path, row("turns", running)), "--format", "jsonl")
    [told] = lines(done.stdout).values()
    assert (done.returncode, told["verdict"], told["causes"]) == (3, "not_ready", ["tls.dates"])


def test_the_secret_of_the_environment_is_sent_to_nobody_unless_it_is_named(healthy: Running, tmp_path: Path) -> None:
    environment = {"HALO_CLIENT_SECRET": healthy.client_secret, "HALO_CLIENT_ID": healthy.client_id}
    named = row("named", healthy, client_secret_file="", client_secret_env="HALO_CLIENT_SECRET")
    done = diagnose(
        "fleet",
        listed(tmp_path, row("bare", healthy, client_secret_file=""), row("no-id", healthy, client_id=""), named),
        *("--format", "jsonl"),
        environment=environment,
    )
    told = lines(done.stdout)
    assert "client_secret_file" in told["bare"]["error"]
    assert "--client-id is missing" in told["no-id"]["error"]
    assert told["named"]["verdict"] == "ready"
    assert healthy.client_secret not in done.stdout + done.stderr


def test_a_list_that_holds_a_secret_is_refused_before_anything_is_sent(healthy: Running, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,client_secret\na,hunter2hunter2\n")
    done = diagnose("fleet", str(file), "--format", "jsonl")
    assert done.returncode == 2
    assert json.loads(done.stdout)["status"] == 400
    assert "hunter2" not in done.stdout + done.stderr


def test_resume_needs_a_folder(tmp_path: Path, healthy: Running) -> None:
    done = diagnose("fleet", listed(tmp_path, row("a", healthy)), "--resume")
    assert done.returncode == 2
    assert "--output" in done.stderr


def test_hostile_names_stay_in_the_folder_and_are_escaped_in_the_index(
    healthy: Running, broken: Running, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "out"
    done = diagnose(
        "fleet", listed(tmp_path, row(HOSTILE, healthy), row("../../\u202eevil", broken)), "--output", str(out)
    )
    assert done.returncode == 3
    assert {path.parent for path in tmp_path.rglob("*.html")} == {out}
    assert len(list(out.iterdir())) == 5
    index = (out / "index.html").read_text("utf-8")
    assert "<script" not in index
    assert "\u202e" not in index + done.stdout
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in index
    for link in re.findall(r'href="([^"]+)"', index):
        assert link == "data:," or (out / link).is_file()


def test_resume_repeats_only_what_is_not_whole(healthy: Running, broken: Running, tmp_path: Path) -> None:
    names = ("kept", "cut", "changed", "pageless", "never")
    file = listed(tmp_path, *(row(name, healthy) for name in names[:-1]))
    options = ("--output", str(tmp_path / "out"), "--format", "jsonl", "-q")
    assert diagnose("fleet", file, *options).returncode == 0
    whole = (tmp_path / "out" / "cut.json").read_text("utf-8")
    (tmp_path / "out" / "cut.json").write_text(whole[: len(whole) // 2], "utf-8")
    (tmp_path / "out" / "pageless.html").unlink()
    file = listed(tmp_path, *(row(name, broken if name == "changed" else healthy) for name in names))
    done = diagnose("fleet", file, *options, "--resume")
    assert done.returncode == 3
    told = lines(done.stdout)
    assert {name: told[name]["kept"] for name in names} == {name: name == "kept" for name in names}
    assert told["kept"]["report"] == "kept.json"
    again = diagnose("fleet", file, *options, "--resume")
    assert all(entry["kept"] for entry in lines(again.stdout).values())
    assert again.returncode == 3


def test_an_interruption_keeps_what_is_done_and_resume_does_the_rest(healthy: Running, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stuck = f"https://stuck.example.test:{silent.getsockname()[1]}"
        place = f"stuck.example.test:{silent.getsockname()[1]}:127.0.0.1"
        hanging = row("hanging", healthy, resource_server=f"{stuck}/api", auth_server=f"{stuck}/auth/", resolve=place)
        file = listed(tmp_path, row("done", healthy), hanging)
        out = tmp_path / "out"
        command = [sys.executable, "-m", "diagnose", "fleet", file, "--output", str(out), "--format", "jsonl"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest, messages = process.communicate(timeout=20)
    assert first["name"] == "done"
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert rest == ""
    assert "1 of 2 targets" in messages
    assert "Interrupted." in (out / "index.html").read_text("utf-8")
    assert not (out / "hanging.json").exists()
    resumed = lines(diagnose("fleet", file, "--output", str(out), "--resume", "--format", "jsonl").stdout)
    assert resumed["done"]["kept"] is True
    assert resumed["hanging"]["kept"] is False


def test_a_server_that_says_nothing_takes_nobody_down(healthy: Running, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stuck = f"https://stuck.example.test:{silent.getsockname()[1]}"
        place = f"stuck.example.test:{silent.getsockname()[1]}:127.0.0.1"
        hanging = row("hanging", healthy, resource_server=f"{stuck}/api", auth_server=f"{stuck}/auth/", resolve=place)
        file = listed(tmp_path, hanging | {"timeout": "2"}, row("a", healthy), row("b", healthy))
        done = diagnose("fleet", file, "--jobs", "2", "--format", "jsonl")
    told = lines(done.stdout)
    assert (told["a"]["verdict"], told["b"]["verdict"]) == ("ready", "ready")
    assert told["hanging"]["verdict"] != "ready"
    assert told["hanging"]["seconds"] < 3


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_sent(healthy: Running, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = diagnose("fleet", listed(tmp_path, row("a", healthy)), "--output", str(tmp_path / "out"))
    assert done.returncode == 2


def test_a_report_that_cannot_be_written_is_that_target_s_trouble(healthy: Running, tmp_path: Path) -> None:
    (tmp_path / "out" / "a.json").mkdir(parents=True)
    done = diagnose(
        "fleet", listed(tmp_path, row("a", healthy), row("b", healthy)), "--output", str(tmp_path / "out"),
        "--format", "jsonl",
    )  # fmt: skip
    told = lines(done.stdout)
    assert "cannot be written" in told["a"]["error"]
    assert told["b"]["verdict"] == "ready"
    assert done.returncode == 2
