"""The shape of the credentials, and how they are read."""

from __future__ import annotations

import contextlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.input import the_credentials_have_the_usual_shape as judge
from diagnose import Status
from diagnose.credential_shape import as_typed, decode_secret
from diagnose.errors import UsageError
from tests.checks import at_hand as at

ID = "0f1a2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b"
SECRET = f"{ID}-{uuid.UUID(int=7)}"


def test_a_guid_and_two_guids_pass() -> None:
    assert judge(as_typed(ID, SECRET)[2], at.SETTINGS).status is Status.PASS
    assert judge(as_typed(ID.upper(), SECRET.upper())[2], at.SETTINGS).status is Status.PASS


@pytest.mark.parametrize(
    ("identity", "secret", "words"),
    [
        (SECRET, ID, "swapped"),
        (ID[:-1], SECRET, "client id seems to be cut off"),
        (ID, SECRET[:-1], "client secret seems to be cut off"),
        (ID, ID, "client secret seems to be cut off"),
        ("my app", SECRET, "client id does not look like"),
        (ID, "hunter2!", "client secret does not look like"),
        (ID, f" {SECRET}\n", "the client secret had blanks"),
        (f"{ID} ", SECRET, "the client id had blanks"),
        ("", SECRET, "client id does not look like"),
    ],
)
def test_what_looks_different_warns_and_is_never_shown(identity: str, secret: str, words: str) -> None:
    outcome = judge(as_typed(identity, secret)[2], at.SETTINGS)
    assert outcome.status is Status.WARN
    assert words in outcome.summary
    assert outcome.remedy is not None
    assert ID[:8] not in repr(outcome)
    assert "hunter2" not in repr(outcome)


def test_blanks_are_removed_from_what_is_sent() -> None:
    assert as_typed(f"\t{ID} ", f" {SECRET}\r\n")[:2] == (ID, SECRET)


def test_without_credentials_it_is_skipped() -> None:
    assert judge(at.NOT_ASKED, at.NO_CREDENTIALS).status is Status.SKIP
    assert judge(at.NOT_ASKED, at.SETTINGS).status is Status.SKIP


@pytest.mark.parametrize(
    "content",
    [
        SECRET.encode(),
        SECRET.encode() + b"\n",
        SECRET.encode() + b"\r\n",
        SECRET.encode("utf-8-sig") + b"\n",
        ("\ufeff" + SECRET + "\r\n").encode("utf-16-le"),
        ("\ufeff" + SECRET + "\r\n").encode("utf-16-be"),
        (SECRET + "\r\n").encode("utf-16-le"),
    ],
)
def test_mark_encoding_and_one_line_break_of_a_file_are_no_part_of_the_secret(content: bytes) -> None:
    assert decode_secret(content, origin="--client-secret-file") == SECRET


def test_further_line_breaks_are_blanks() -> None:
    assert decode_secret(b"secret\n\n", origin="--client-secret-file") == "secret\n"


def test_a_file_that_is_no_text_names_the_option() -> None:
    with pytest.raises(UsageError, match=r"^--client-secret-file: "):
        decode_secret(b"\xff\x80\x81", origin="--client-secret-file")


@given(st.binary(max_size=80))
def test_no_bytes_lead_anywhere_but_to_a_text_or_a_usage_error(content: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(decode_secret(content, origin="--client-secret-file"), str)


@given(st.text(), st.text())
def test_any_credentials_have_a_shape(identity: str, secret: str) -> None:
    assert judge(as_typed(identity, secret)[2], at.SETTINGS).status in {Status.PASS, Status.WARN}
