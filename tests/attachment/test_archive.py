"""An attachment comes from a stranger: whatever the zip is made of, it is read within bounds or refused."""

from __future__ import annotations

import io
import struct
import time
import warnings
import zipfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.report import ReportError
from diagnose.support.archive import packed, unpacked


def zipped(members: Mapping[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(target, "w", method) as archive:
            for name, content in members.items() if isinstance(members, Mapping) else members:
                archive.writestr(name, content)
    return target.getvalue()


def encrypted() -> bytes:
    content = bytearray(zipped({"report.json": b"{}"}))
    for magic, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.find(magic) + offset] |= 1
    return bytes(content)


def lying_about_sizes() -> bytes:
    content = bytearray(zipped({"report.json": b"{}"}))
    place = content.find(b"PK\x01\x02")
    struct.pack_into("<L", content, place + 24, 0xFFFFFFF0)
    return bytes(content)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "ten thousand members": (lambda: zipped({f"m{number}": b"" for number in range(10_000)}), "members"),
    "two of one name": (lambda: zipped([("report.json", b"1"), ("report.json", b"2")]), "two members"),
    "two of one name but for the case": (lambda: zipped([("report.json", b"1"), ("REPORT.json", b"2")]), "two members"),
    "upwards": (lambda: zipped({"../report.json": b"{}"}), "leads elsewhere"),
    "absolute": (lambda: zipped({"/etc/passwd": b"{}"}), "leads elsewhere"),
    "a drive": (lambda: zipped({"C:\\report.json": b"{}"}), "leads elsewhere"),
    "an end in the name": (lambda: zipped({"report.jsonX.exe": b"{}"}).replace(b"X.exe", b"\0.exe"), "leads elsewhere"),
    "a bomb": (lambda: zipped({"report.json": b" " * (101 * 1024 * 1024)}), "larger"),
    "many small bombs": (lambda: zipped({f"m{number}": b" " * (2 * 1024 * 1024) for number in range(60)}), "larger"),
    "encrypted": (encrypted, "encrypted"),
    "sizes that lie": (lying_about_sizes, "larger"),
    "another compression": (lambda: zipped({"report.json": b"{}"}, zipfile.ZIP_BZIP2), "compressed"),
    "cut in half": (lambda: zipped({"report.json": b"x" * 5000})[:60], "damaged"),
    "no member": (lambda: b"PK\x03\x04" + b"\0" * 100, "damaged"),
}
"""How it is made, and a word of what is said about it."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_in_one_sentence_and_quickly(name: str) -> None:
    made, word = HOSTILE[name]
    content = made()
    began = time.monotonic()
    with pytest.raises(ReportError, match=word) as refused:
        unpacked(content)
    assert time.monotonic() - began < 2
    assert "\n" not in str(refused.value)


@given(st.binary(max_size=400))
def test_no_bytes_do_anything_else(tail: bytes) -> None:
    for content in (b"PK\x03\x04" + tail, zipped({"report.json": b"{}"})[: len(tail)] + tail):
        try:
            unpacked(content)
        except ReportError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is good


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}\.pem)?", fullmatch=True), st.binary(max_size=200), max_size=8
    )
)
def test_what_is_packed_is_unpacked_and_the_same_members_give_the_same_bytes(members: dict[str, bytes]) -> None:
    assert unpacked(packed(members)) == members
    assert packed(members) == packed(dict(members))


def test_the_bytes_do_not_depend_on_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    before = packed({"a": b"1"})
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert packed({"a": b"1"}) == before
