"""What anything else prints while the program runs is searched too, and a command writes all of its output or none."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from diagnose import guard, streams
from diagnose.cli import failures
from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.facts.halo import Agent
from diagnose.facts.http import Answer
from diagnose.facts.tls import Handshake
from diagnose.guard import FilesNotWrittenError, SecretFoundError, Writer
from diagnose.redaction import without_secrets

SECRET = "kanarie-1234567890"


def known() -> Secrets:
    secrets = Secrets()
    secrets.add(SECRET)
    return secrets


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_anything_prints_is_searched(stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    def program() -> int:
        print("before", file=getattr(sys, stream))
        print(f"told {base64.b64encode(SECRET.encode()).decode()}", file=getattr(sys, stream))
        return 0

    assert failures.run(program, ["--client-secret", SECRET]) == 70
    told = capsys.readouterr()
    assert base64.b64encode(SECRET.encode()).decode()[:12] not in told.out + told.err
    assert "a secret was about to be written" in told.err


def test_a_secret_does_not_pass_in_two_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    with guard.watching(SECRET), streams.guarded():
        sys.stderr.write(SECRET[:9])
        sys.stderr.flush()
        sys.stderr.write(SECRET[9:])
        with pytest.raises(SecretFoundError):
            sys.stderr.flush()
    assert SECRET not in screen.getvalue()


def test_what_is_harmless_comes_out_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    def program() -> int:
        click.echo("one")
        guard.current().output("two\n")
        click.echo("three")
        return 5

    assert failures.run(program, []) == 5
    assert capsys.readouterr().out == "one\ntwo\nthree\n"


def test_one_file_that_holds_a_secret_stops_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = Writer(known())
    with pytest.raises(SecretFoundError, match=r"b\.txt"):
        writer.deliver("the report", {tmp_path / "a.txt": "good", tmp_path / "b.txt": f"bad {SECRET}"})
    with pytest.raises(SecretFoundError, match="name of a file"):
        writer.deliver("the report", {tmp_path / f"{SECRET}.txt": "good"})
    with pytest.raises(SecretFoundError, match="standard output"):
        writer.deliver(SECRET, {tmp_path / "a.txt": "good"})
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_costs_the_later_files_and_not_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = Writer(known())
    files: dict[Path, str | bytes] = {tmp_path / "a.txt": "a", tmp_path / "none" / "b.txt": "b"}
    files[tmp_path / "c.txt"] = "c"
    with pytest.raises(FilesNotWrittenError, match=r"b\.txt cannot be written"):
        writer.deliver("the report", files)
    assert capsys.readouterr().out == "the report"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(UsageError, match=r"b\.txt cannot be written") as error:
        writer.deliver("", files)
    assert not isinstance(error.value, FilesNotWrittenError)


@pytest.mark.parametrize("arguments", [["--format", "json"], ["--format=jsonl"]])
def test_a_problem_document_follows_no_report(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document, or none where nothing was written: then the problem is the document."""

    def failing(error: Exception) -> Callable[[], int]:
        def program() -> int:
            raise error

        return program

    assert failures.run(failing(FilesNotWrittenError("x cannot be written")), arguments) == 2
    assert capsys.readouterr() == ("", "diagnose: x cannot be written\n")
    assert failures.run(failing(UsageError("x cannot be written")), arguments) == 2
    assert json.loads(capsys.readouterr().out)["detail"] == "x cannot be written"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_bytes_are_searched_in_every_encoding(encoding: str) -> None:
    with pytest.raises(SecretFoundError):
        Writer(known()).refuse(b"\x00\xff" + SECRET.encode(encoding) + b"\xff", "a file")


@pytest.mark.parametrize(
    "text",
    [
        "kanarie%2D1234567890",
        "kanarie&#45;1234567890",
        "kanarie&#x2d;1234567890",
        r"kanarie\u002d1234567890",
        r"kanarie%5Cu002D1234567890",
        "KANARIE-1234567890",
        "kanarie\x1b[0m-\x1b]8;;x\x1b\\1234567890",
        "│ kanarie-12345 │\n│ 67890 │",
        "k\0a\0n\0a\0r\0i\0e\0-\x001\x002\x003\x004\x005\x006\x007\x008\x009\x000\0",
        base64.b64encode(f"<{SECRET}>".encode("utf-16-le")).decode(),
        base64.urlsafe_b64encode(f"user:{SECRET}".encode()).decode(),
    ],
)
def test_unusual_spellings_are_seen_and_replaced(text: str) -> None:
    with pytest.raises(SecretFoundError):
        Writer(known()).refuse(f"before {text} after", "the report")
    Writer(known()).refuse(known().redact(f"before {text} after"), "the report")


def test_what_a_stranger_echoed_is_taken_out_of_facts_and_fixed_words_stay() -> None:
    answer = Answer("GET", f"https://x/{SECRET}", "answered", headers={"server": SECRET}, title=f"a {SECRET} b")
    agent = without_secrets(Agent(answer, name=SECRET.upper()), known())
    assert agent.answer.outcome == "answered"
    assert agent.answer.headers == {"server": "[secret]"}
    assert agent.answer.title == "a [secret] b"
    assert agent.name == "[secret]"
    shake = without_secrets(Handshake("x", 443, "::1", "completed", (b"0\x82" + SECRET.encode(), b"0\x82")), known())
    assert shake.chain == (b"[secret]", b"0\x82")


def test_a_fact_without_a_secret_is_the_very_same() -> None:
    answer = Answer("GET", "https://x/", "answered")
    assert without_secrets(answer, known()) is answer


def test_a_short_secret_is_taken_out_as_a_whole_value_only() -> None:
    secrets = Secrets()
    secrets.add("abc")
    answer = without_secrets(Answer("GET", "https://abc/", "answered", title="abc"), secrets)
    assert (answer.url, answer.title) == ("https://abc/", "[secret]")
