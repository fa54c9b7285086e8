"""A log is read however it is stored, within bounds, and what is wrong with the file is said."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib

import pytest

from diagnose.logs.lines import PIECE
from diagnose.logs.model import LogsError
from diagnose.logs.reader import read
from diagnose.logs.sources import Limits
from tests.logs.rows import OURS, STRANGER, evidence, iis, iis_header, iis_row

PLAIN = iis(iis_row(STRANGER), iis_row(OURS, "403 6"))


@pytest.mark.parametrize(
    "stored",
    [
        PLAIN,
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.rstrip(b"\r\n"),
        b"\xef\xbb\xbf" + PLAIN,
        b"\xff\xfe" + PLAIN.decode().encode("utf-16-le"),
        b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"),
        PLAIN.decode().encode("utf-16-le"),
        gzip.compress(PLAIN),
        gzip.compress(b"\xff\xfe" + PLAIN.decode().encode("utf-16-le")),
        gzip.compress(PLAIN[:100]) + gzip.compress(b"") + gzip.compress(PLAIN[100:]),
        gzip.compress(PLAIN) + b"\0" * 700,
    ],
)
def test_every_way_to_store_a_log_reads_the_same(stored: bytes) -> None:
    found = evidence(stored)
    assert (found.outcome(OURS), found.lines, found.remarks) == ("deny", 6, ())


class Dribble(io.RawIOBase):
    """A stream that gives one byte at a time, as a pipe may."""

    def __init__(self, text: bytes) -> None:
        self._text = io.BytesIO(text)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._text.readinto(buffer[:1])


@pytest.mark.parametrize("stored", [PLAIN, gzip.compress(PLAIN), b"\xff\xfe" + PLAIN.decode().encode("utf-16-le")])
def test_a_stream_in_small_portions_reads_the_same(stored: bytes) -> None:
    assert read(Dribble(stored), "the.log", (OURS,)) == evidence(stored)


def test_a_gzip_cut_short_keeps_what_was_read_and_says_so() -> None:
    rows = [iis_row(f"81.2.{at // 250}.{at % 250}", path=f"/x{at * 7919}") for at in range(4000)]
    stored = gzip.compress(iis(iis_row(), *rows))
    found = evidence(stored[: len(stored) // 2])
    assert found.outcome(OURS) == "allow"
    assert "cut short" in found.remarks[0]
    assert not found.stopped
    assert evidence(stored).remarks == ()


def test_a_gzip_damaged_inside_keeps_what_was_read_and_says_so() -> None:
    stored = bytearray(gzip.compress(PLAIN) + gzip.compress(PLAIN))
    stored[-4:] = b"\0\0\0\0"
    assert "damaged" in evidence(bytes(stored)).remarks[0]


def test_what_follows_a_gzip_is_not_read_and_said() -> None:
    assert "something else follows" in evidence(gzip.compress(PLAIN) + b"garbage").remarks[0]


def test_a_gzip_that_is_none_is_no_log() -> None:
    with pytest.raises(LogsError):
        evidence(b"\x1f\x8b garbage")


def test_a_bomb_costs_no_memory_and_no_time() -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"0" * (1 << 20)
    bomb = packer.compress(PLAIN) + b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    try:
        found = evidence(bomb, limits=Limits(bytes=8 << 20))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.stopped
    assert "too large" in found.remarks[0]
    assert peak < 2 << 20


def test_a_log_that_was_not_read_to_its_end_proves_no_arrival_but_does_prove_a_refusal() -> None:
    arrived, refused = iis(iis_row(), iis_row(STRANGER) * 50), iis(iis_row(OURS, "403 6"), iis_row(STRANGER) * 50)
    bound = Limits(bytes=1000)
    assert [evidence(text, limits=bound).outcome(OURS) for text in (arrived, refused)] == ["unknown", "deny"]
    assert evidence(arrived).outcome(OURS) == "allow"


def test_a_log_of_exactly_the_limit_is_whole() -> None:
    assert not evidence(PLAIN, limits=Limits(bytes=len(PLAIN))).stopped
    assert evidence(PLAIN, limits=Limits(bytes=len(PLAIN) - 1)).stopped


def test_time_ends_the_reading() -> None:
    with pytest.raises(LogsError):
        evidence(PLAIN, limits=Limits(seconds=-1))


@pytest.mark.parametrize("length", [PIECE - 400, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_lines_are_numbered_across_pieces_and_past_a_line_that_is_none(length: int) -> None:
    text = iis("x" * length + "\r\n", iis_row(STRANGER), iis_row())
    found = evidence(text)
    assert found.lines == 7
    assert found.seen[0].samples[0].line == 7
    assert bool(found.remarks) == (length >= PIECE - 1)


def test_fields_are_followed_wherever_a_piece_ends() -> None:
    for shift in range(0, 60, 7):
        filler = iis_row(STRANGER) * (PIECE // len(iis_row(STRANGER)))
        pad = "#" + "." * (PIECE - len(filler) - len(iis_header()) - shift) + "\r\n"
        text = (
            iis_header() + filler + pad + f"#Fields: c-ip cs-uri-stem sc-status sc-substatus\r\n{OURS} /api 403 6\r\n"
        )
        assert evidence(text.encode()).outcome(OURS) == "deny"


def test_many_number_signs_hide_no_directive() -> None:
    noise = iis_row(STRANGER, agent="#" * 50) * 20
    text = iis_header() + noise + f"#Fields: c-ip cs-uri-stem sc-status sc-substatus\r\n{OURS} /api 403 6\r\n"
    assert evidence(text.encode()).outcome(OURS) == "deny"


def test_a_disk_that_fails_is_a_sentence() -> None:
    class Broken(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            raise OSError(5, "Input/output error", "/secret/place")

    with pytest.raises(LogsError, match="cannot be read to its end") as caught:
        read(Broken(), "the.log", (OURS,))
    assert "/secret/place" not in str(caught.value)
