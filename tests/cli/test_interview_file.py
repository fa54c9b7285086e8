"""The interview and its file: what is kept and what is asked before it is replaced; and its words in odd cases."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from diagnose.cli.interview import _next
from diagnose.report import Document
from diagnose.verdict import VerdictStatus
from tests.cli.terminal import Terminal
from tests.reports import samples

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")

WRONG = "00000000-0000-4000-8000-000000000000"
RUN = "https://halo.example.test"
NOTHING_SENT = (
    ("Tenant [Not set]: ", ""), ("Restricted by IP: ", ""), ("halo-report]: ", ""),
)  # fmt: skip


def test_what_an_earlier_file_holds_besides_the_answers_stays_in_it(tmp_path: Path) -> None:
    """Comments too; and whoever these settings bring in is named before anything is sent."""
    (tmp_path / "halo-diagnose.toml").write_text(
        f"""# ours: ask Kim before changing it
resource-server = "{RUN}/api"  # the new host
proxy = "http://proxy.example.test:3128"
dns-server = "192.0.2.53"
skip = ["rewst.*"]
fail-on = "warn"
timeout = 30
""",
        "utf-8",
    )
    at = Terminal(folder=tmp_path)
    at.talk(("Start from them?", ""), ("Client ID: ", ""), ("Resource Server [", ""),
            ("Authorization Server: ", f"{RUN}/auth/"), *NOTHING_SENT, ("next time? [Y/n]: ", ""))  # fmt: skip
    plan = at.until("Nobody else.")
    at.talk(("Start now? [Y/n]: ", "n"))
    assert at.end() == 130
    for named in (
        "halo.example.test, port 443",
        "resolver is asked for halo.example.test",
        "192.0.2.53, port 53",
        "the proxy http://proxy.example.test:3128",
    ):
        assert named in " ".join(plan.split())
    text = (tmp_path / "halo-diagnose.toml").read_text("utf-8")
    assert text.startswith("# ours: ask Kim before changing it\n")
    assert "  # the new host" in text
    assert tomllib.loads(text) == {
        "resource-server": f"{RUN}/api", "auth-server": f"{RUN}/auth/", "tenant": "Not set", "no-credentials": True,
        "proxy": "http://proxy.example.test:3128", "dns-server": "192.0.2.53", "skip": ["rewst.*"], "fail-on": "warn",
        "timeout": 30,
    }  # fmt: skip


def test_without_such_settings_only_the_servers_and_the_resolver_are_named(tmp_path: Path) -> None:
    at = Terminal(folder=tmp_path)
    at.talk(("Client ID: ", ""), ("Resource Server: ", f"{RUN}/api"), ("Authorization Server: ", f"{RUN}/auth/"),
            *NOTHING_SENT, ("next time? [Y/n]: ", "n"))  # fmt: skip
    plan = at.until("Nobody else.")
    at.talk(("Start now? [Y/n]: ", "n"))
    assert at.end() == 130
    assert "proxy" not in plan
    assert "port 53" not in plan


def test_a_proxy_s_password_is_neither_saved_nor_shown(tmp_path: Path) -> None:
    file = tmp_path / "halo-diagnose.toml"
    file.write_text('proxy = "http://kim:geheim-4711@proxy.example.test:3128"\n', "utf-8")
    at = Terminal(folder=tmp_path)
    at.talk(("Start from them?", ""), ("Client ID: ", ""), ("Resource Server: ", f"{RUN}/api"),
            ("Authorization Server: ", f"{RUN}/auth/"), *NOTHING_SENT, ("next time? [Y/n]: ", ""),
            ("its address holds a password", None), ("the proxy http://proxy.example.test:3128", None),
            ("Start now? [Y/n]: ", "n"))  # fmt: skip
    assert at.end() == 130
    assert "geheim-4711" not in file.read_text("utf-8") + at.seen
    assert "proxy" not in tomllib.loads(file.read_text("utf-8"))


def test_a_file_that_was_not_begun_from_is_replaced_only_after_a_yes(tmp_path: Path) -> None:
    """Enter alone leaves it as it is."""
    file = tmp_path / "halo-diagnose.toml"
    answers = (("Start from them?", "n"), ("Client ID: ", ""), ("Resource Server: ", f"{RUN}/api"),
               ("Authorization Server: ", f"{RUN}/auth/"), *NOTHING_SENT)  # fmt: skip
    for typed, kept in (("", True), ("y", False)):
        file.write_text("# ours\ntimeout = 30\n", "utf-8")
        at = Terminal(folder=tmp_path)
        at.talk(*answers, ("which holds other answers", None), ("[y/N]: ", typed), ("Start now? [Y/n]: ", "n"))
        assert at.end() == 130
        assert (file.read_text("utf-8") == "# ours\ntimeout = 30\n") is kept


def test_a_known_client_id_can_be_left_out_and_nothing_is_numbered_away(tmp_path: Path) -> None:
    file = tmp_path / "halo-diagnose.toml"
    file.write_text(f'client-id = "{WRONG}"\n', "utf-8")
    at = Terminal(folder=tmp_path)
    at.talk(("Start from them?", ""), ("Type none", None), (f"Client ID [{WRONG}]: ", "none"), ("2 of 5", None),
            ("Not asked for", None), ("3 of 5", None), ("Resource Server: ", ""), ("Nothing was typed.", None),
            ("Resource Server: ", "https://halo example.test/api"), ("\nThe URL holds a blank", None),
            ("Resource Server: ", f"{RUN}/api"), ("Authorization Server: ", f"{RUN}/auth/"),
            ("Tenant [Not set]: ", ""), ("Restricted by IP: ", ""), ("halo-report]: ", "/proc/nope/x"),
            ("\n/proc/nope/x: ", None), ("halo-report]: ", ""), ("next time? [Y/n]: ", ""),
            ("Start now? [Y/n]: ", "n"))  # fmt: skip
    assert at.end() == 130
    saved = tomllib.loads(file.read_text("utf-8"))
    assert "client-id" not in saved
    assert saved["no-credentials"] is True


@pytest.mark.parametrize(
    ("status", "cancelled", "words"),
    [
        ("ready", False, "To look again, after a change: again"),
        ("undecided", False, "Then, to see whether it is decided: again"),
        ("not_ready", False, "Then, to see that it is mended: again"),
        ("not_ready", True, "The run was interrupted, so what it had not seen is unknown. Once more: again"),
    ],
)
def test_what_to_do_next_suits_the_verdict(status: str, cancelled: bool, words: str) -> None:
    """Where nothing is wrong nothing is mended, and after an interruption no step is named above."""
    report = samples.healthy().report
    verdict = msgspec.structs.replace(report.verdict, status=VerdictStatus(status))
    run = msgspec.structs.replace(report.run, cancelled=cancelled)
    document = Document.of(msgspec.structs.replace(report, verdict=verdict, run=run))
    said = list(_next(document, Path("halo-report/report.html"), "again"))
    assert words in said
    assert any("Who must do what" in line for line in said) is (status in {"undecided", "not_ready"} and not cancelled)
    assert any("mended" in line for line in said) is (status == "not_ready" and not cancelled)
