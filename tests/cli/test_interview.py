"""The guided interview, driven through a pseudo-terminal from first prompt to report."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from diagnose import lab
from diagnose.cli.keeping import as_toml
from diagnose.cli.window import ours_alone
from diagnose.lab.running import Running
from tests.cli.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")

WRONG = "00000000-0000-4000-8000-000000000000"


def _prepared(running: Running, folder: Path) -> None:
    """Leave an earlier file that leads the run to this machine; the five values are not in it."""
    text = f"trust-roots = {json.dumps(str(running.trust_roots))}\nresolve = {json.dumps(running.resolve)}\n"
    (folder / "halo-diagnose.toml").write_text(text, "utf-8")


def _identify(at: Terminal, running: Running) -> None:
    at.until("Start from them? [Y/n]: ")
    at.types("")
    at.until("1 of 5  Client ID")
    at.until("View Applications")
    at.until("Client ID: ")
    at.types(running.client_id)
    at.until("2 of 5  Client Secret")
    at.until("Client Secret (not shown): ")
    at.types(running.client_secret)


def _finish(at: Terminal, *, restricted: str, save: str = "y") -> None:
    at.until("Restricted by IP: ")
    at.types(restricted)
    at.until("Folder for the reports [halo-report]: ")
    at.types("")
    at.until("for the next time? [Y/n]: ")
    at.types(save)
    at.until("What will be contacted")
    at.until("Start now? [Y/n]: ")
    at.types("")


def test_from_the_first_prompt_to_the_report(tmp_path: Path) -> None:
    """Right answers, a slash that is missing, and the secret nowhere but in the program."""
    with lab.start("healthy") as running:
        _prepared(running, tmp_path)
        at = Terminal(folder=tmp_path)
        _identify(at, running)
        at.until("Resource Server: ")
        at.types(running.resource_server)
        at.until("Authorization Server: ")
        at.types(running.auth_server.rstrip("/"))
        at.until('Almost: it must end with a slash "/".')
        at.until(f"Use {running.auth_server} [Y/n]: ")
        at.types("")
        at.until("Tenant [Not set]: ")
        at.types("")
        _finish(at, restricted="no")
        at.until("READY")
        at.until("What to do next")
        assert at.end() == 0
    report = json.loads((tmp_path / "halo-report" / "report.json").read_text("utf-8"))
    assert report["verdict"]["status"] == "ready"
    assert (tmp_path / "halo-report" / "report.html").is_file()
    assert (tmp_path / "halo-report" / "report.md").is_file()
    saved = tomllib.loads((tmp_path / "halo-diagnose.toml").read_text("utf-8"))
    assert saved["auth-server"] == running.auth_server
    assert saved["client-id"] == running.client_id
    assert saved["ip-restriction"] == "no"
    assert saved["resolve"] == list(running.resolve)
    everything = at.seen + "".join(file.read_text("utf-8") for file in tmp_path.rglob("*") if file.is_file())
    assert running.client_secret not in everything


def test_the_saved_answers_are_offered_again_and_run_with_config(tmp_path: Path) -> None:
    with lab.start("healthy") as running:
        values = {
            "client-id": running.client_id,
            "resource-server": running.resource_server,
            "auth-server": running.auth_server,
            "tenant": "Not set",
            "ip-restriction": "no",
            "resolve": list(running.resolve),
            "trust-roots": str(running.trust_roots),
        }
        (tmp_path / "halo-diagnose.toml").write_text(as_toml(values), "utf-8")
        at = Terminal(folder=tmp_path, environment={"HALO_CLIENT_SECRET": running.client_secret})
        at.until("Start from them? [Y/n]: ")
        at.types("")
        for question, known in (
            ("Client ID", running.client_id),
            ("Resource Server", running.resource_server),
            ("Authorization Server", running.auth_server),
            ("Tenant", "Not set"),
        ):
            at.until(f"{question} [{known}]: ")
            at.types("")
        at.until("Restricted by IP [no]: ")
        at.types("")
        at.until("Folder for the reports")
        at.types("mine")
        at.until("next time? [Y/n]: ")
        at.types("n")
        at.until("Start now?")
        at.types("y")
        assert at.end() == 0
        again = Terminal(
            "run", "--config", "halo-diagnose.toml", folder=tmp_path,
            environment={"HALO_CLIENT_SECRET": running.client_secret},
        )  # fmt: skip
        assert again.end() == 0
        assert "READY" in again.text
    assert (tmp_path / "mine" / "report.json").is_file()


def test_a_wrong_answer_is_explained_and_asked_again(tmp_path: Path) -> None:
    """Each kind of wrong answer once; the run still happens, without credentials where there are none."""
    with lab.start("healthy") as running:
        _prepared(running, tmp_path)
        at = Terminal(folder=tmp_path, size=(24, 40))
        at.talk(
            ("Start from them?", "maybe"),
            ("Please answer y or n.", "y"),
            ("Client ID: ", f"{WRONG}-{WRONG}"),
            ("like a client secret", "n"),
            ("Client ID: ", WRONG[:20]),
            ("cut off", ""),
            ("Client ID: ", WRONG),
            ("(not shown): ", ""),
            ("Nothing was typed.", None),
            ("(not shown): ", WRONG),
            ("the client id again", None),
            ("(not shown): ", WRONG.replace("4000", "4001")),
            ("looks like a client id", "n"),
            ("(not shown): ", f"{WRONG}-{WRONG.replace('4000', '4001')}"),
            ("Resource Server: ", "https://halo example/api"),
            ("holds a blank", None),
            ("Resource Server: ", "http://" + running.resource_server.removeprefix("https://")),
            ("Almost: the integrator needs https", None),
            ("[Y/n]: ", ""),
            ("Authorization Server: ", running.resource_server + "/"),
            ("resource server again", None),
            ("Authorization Server: ", running.auth_server),
            ("Tenant [Not set]: ", "acme"),
            ("[y/N]: ", "n"),
            ("Tenant [Not set]: ", "not set"),
            ("Restricted by IP: ", "perhaps"),
        )
        at.until("answer yes or no")
        _finish(at, restricted="?", save="n")
        at.until("NOT READY")
        assert at.end() == 3
    report = json.loads((tmp_path / "halo-report" / "report.json").read_text("utf-8"))
    assert report["verdict"]["causes"] == ["auth.token"]


def test_without_a_client_id_all_is_looked_at_that_needs_none(tmp_path: Path) -> None:
    with lab.start("healthy") as running:
        _prepared(running, tmp_path)
        at = Terminal(folder=tmp_path)
        at.until("Start from them?")
        at.types("")
        at.until("Client ID: ")
        at.types("")
        at.until("3 of 5")
        at.types(running.resource_server)
        at.until("Authorization Server: ")
        at.types(running.auth_server)
        at.until("Tenant")
        at.types("")
        _finish(at, restricted="no", save="n")
        at.until("READY WITH WARNINGS")
        assert at.end() == 0


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_an_interrupt_at_any_prompt_is_one_sentence_and_130(tmp_path: Path, answered: int) -> None:
    at = Terminal(folder=tmp_path)
    prompts = [("Client ID: ", WRONG), ("(not shown): ", f"{WRONG}-{WRONG}"), ("Resource Server: ", "")]
    for words, line in prompts[:answered]:
        at.until(words)
        at.types(line)
    at.until(prompts[answered][0])
    before = len(at.text)
    at.interrupts()
    assert at.end() == 130
    assert [line for line in at.text[before:].splitlines() if line.strip(" ^C")] == [
        "diagnose: interrupted before anything was observed"
    ]


def test_no_at_the_end_sends_nothing(tmp_path: Path) -> None:
    at = Terminal(folder=tmp_path)
    for words, line in (
        ("Client ID: ", ""), ("Resource Server: ", "https://halo.example.test/api"),
        ("Authorization Server: ", "https://halo.example.test/auth/"), ("Tenant [Not set]: ", ""),
        ("Restricted by IP: ", ""), ("halo-report]: ", ""), ("next time? [Y/n]: ", "n"), ("Start now? [Y/n]: ", "n"),
    ):  # fmt: skip
        at.until(words)
        at.types(line)
    at.until("Nothing was sent.")
    assert at.end() == 130
    assert not (tmp_path / "halo-diagnose.toml").exists()


@pytest.mark.parametrize(
    ("paths", "alone"),
    [
        ([r"C:\Tools\diagnose.exe", r"C:\Python\python.exe"], True),
        ([r"C:\Tools\Scripts\DIAGNOSE.EXE", r"C:\v\python.exe", r"C:\Python311\python.exe"], True),
        ([r"C:\Windows\System32\cmd.exe", r"C:\Tools\diagnose.exe", r"C:\Python\python.exe"], False),
        (["unknown", r"C:\Python\python.exe"], False),
        ([], False),
    ],
)
def test_a_window_is_ours_where_only_our_programs_are_in_it(paths: list[str], alone: bool) -> None:
    assert ours_alone(paths) is alone
