"""No known secret passes the writer, in any form; and a server's echo is redacted before it gets that far."""

from __future__ import annotations

import base64
import html
import json
import os
import stat
import sys
import threading
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.credentials import PLACEHOLDER, Credentials, Secrets
from diagnose.errors import UsageError
from diagnose.guard import SecretFoundError, Writer
from diagnose.secret_forms import written_forms
from diagnose.text import harmless

SECRET = 'p+s/w%r"d&<ü>1234'

FORMS = [
    SECRET,
    quote(SECRET, safe=""),
    quote_plus(SECRET),
    html.escape(SECRET),
    json.dumps(SECRET)[1:-1],
    SECRET.encode().hex(),
    base64.b64encode(SECRET.encode()).decode(),
    base64.b64encode(b"x" + SECRET.encode() + b"y").decode(),
    base64.b64encode(b"xx" + SECRET.encode() + b"yy").decode(),
    base64.b64encode(b"client:" + SECRET.encode()).decode(),
    base64.urlsafe_b64encode(b"id:" + SECRET.encode()).decode(),
]


def secrets() -> Secrets:
    known = Secrets()
    known.add(SECRET)
    return known


@pytest.mark.parametrize("form", FORMS)
def test_the_writer_refuses_a_secret_in_every_form(form: str) -> None:
    with pytest.raises(SecretFoundError) as refused:
        Writer(secrets()).refuse(f"before {form} after", "the report")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("form", FORMS)
def test_redaction_takes_a_secret_out_in_every_form(form: str) -> None:
    cleaned = secrets().redact(f"before {form} after")
    Writer(secrets()).refuse(cleaned, "the report")
    assert PLACEHOLDER in cleaned


def test_colours_and_line_breaks_do_not_hide_a_secret() -> None:
    split = f"\x1b[31m{SECRET[:6]}\x1b[0m\n  {SECRET[6:]}"
    with pytest.raises(SecretFoundError):
        Writer(secrets()).refuse(split, "standard output")


def test_a_text_without_the_secret_passes() -> None:
    Writer(secrets()).refuse("nothing of the kind; p+s/w%r is only a part", "standard output")


def test_a_short_secret_counts_as_a_whole_value_only() -> None:
    known = Secrets()
    known.add("abc")
    writer = Writer(known)
    writer.refuse_values({"text": "abcdef"})
    with pytest.raises(SecretFoundError):
        writer.refuse_values({"text": ["abc"]})


def test_a_refused_file_is_not_written_and_an_older_one_stays(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old", "utf-8")
    with pytest.raises(SecretFoundError):
        Writer(secrets()).file(file, SECRET)
    assert file.read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        Writer(Secrets()).file(tmp_path / "no" / "report.json", "x")


def test_the_client_id_is_shown_by_its_last_four_characters() -> None:
    known = Secrets()
    known.replace("0a1b2c3d-aaaa-bbbb-cccc-000000001f0c", "…1f0c")
    assert known.redact("client 0a1b2c3d-aaaa-bbbb-cccc-000000001f0c is invalid") == "client …1f0c is invalid"


def test_nothing_that_can_be_printed_shows_a_secret() -> None:
    known = Secrets()
    credentials = Credentials("client", SECRET, known)
    credentials.hold("the-access-token")
    assert "the-access-token" in known.values
    for shown in (repr(credentials), str(credentials), repr(known), str(known)):
        assert SECRET not in shown
        assert "the-access-token" not in shown


@given(st.text(min_size=8, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_whatever_the_secret_redaction_satisfies_the_guard(secret: str, before: str, after: str) -> None:
    known = Secrets()
    known.add(secret)
    for form in written_forms(secret):
        assert form not in known.redact(before + form + after) or form in PLACEHOLDER


@given(st.text())
def test_harmless_text_moves_no_cursor(text: str) -> None:
    shown = harmless(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert not any(mark in shown for mark in "\u202e\u2066\u200f\u2028")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this kind, and links need a right")
def test_a_link_stays_a_link_and_a_device_or_pipe_is_never_replaced(tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "pipe"
    real.write_text("old", "utf-8")
    link.symlink_to(real)
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")), daemon=True)
    reader.start()
    ends = os.openpty()
    device = Path(os.ttyname(ends[1]))  # no file can be made in its folder: nothing of value is at risk
    for place in (link, pipe, device):
        Writer(Secrets()).file(place, "new")
    reader.join(timeout=5)
    assert (link.is_symlink(), real.read_text("utf-8"), read) == (True, "new", ["new"])
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(device.stat().st_mode)
    for end in ends:
        os.close(end)
