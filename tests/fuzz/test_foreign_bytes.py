"""Whatever bytes a parser gets, it understands them or says so in its own words, at once and never otherwise.

What has its fuzzing beside its other tests (chains, pages, JSON, rule files, logs, vantage files) is not here again.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diagnose.certificates.contents import parse
from diagnose.cli.run import command as run_command
from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.facts.clock import http_date
from diagnose.facts.http import Answer
from diagnose.inputs.waivers import read as read_waivers
from diagnose.lab.pki import INTERMEDIATE, LEAF, Pki
from diagnose.probes.alerts import trouble
from diagnose.probes.answers import understood
from diagnose.probes.exchange import exchange, request_for
from diagnose.probes.issuers import certificates_in
from diagnose.probes.lines import Line
from diagnose.probes.replies import ExchangeError
from diagnose.probes.wire import TlsStream, capture_context
from diagnose.profile import Profile, ProfileError
from diagnose.profile import parse as parse_profile
from diagnose.report import ReportError
from diagnose.support import saved
from diagnose.support.archive import packed
from diagnose.support.attachment import report_in
from diagnose.text import harmless
from tests.fuzz.scripted import Scripted

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).parents[2]
GOLDEN = (ROOT / "tests" / "golden" / "missing-intermediate.json").read_bytes()
GRADIENT = (ROOT / "diagnose" / "profiles" / "gradient.toml").read_bytes()
CONFIG = b'resource-server = "https://halo.example.test/api"\ntimeout = 30\nonly = ["tls.*"]\nno-credentials = true\n'
WAIVERS = b'[[waiver]]\nid = "tls.dates"\nreason = "known"\nexpires = 2027-01-01\n'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    b'Set-Cookie: a=b\r\nDate: Mon, 23 Nov 2026 20:00:00 GMT\r\n\r\n11\r\n{"app_version": 1}\r\n0\r\nTrailer: x\r\n\r\n'
)


@cache
def certificates() -> tuple[bytes, bytes]:
    pki = Pki((), {"host": "halo.example.test", "aia": "http://aia.example.test"})
    return pki.der(LEAF.name), pki.der(INTERMEDIATE.name)


@st.composite
def damaged(draw: Callable[[st.SearchStrategy[Any]], Any], whole: bytes) -> bytes:
    """Something real with bytes changed, cut out, put in or repeated: what still parses is the dangerous part."""
    found = bytearray(whole)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(found)))
        end = min(len(found), start + draw(st.integers(0, 40)))
        what = draw(st.one_of(st.binary(max_size=20), st.just(bytes(found[start:end]) * draw(st.integers(0, 50)))))
        found[start:end] = what
    return bytes(found)


def any_of(*real: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(st.binary(max_size=600), *(damaged(one) for one in real))


def plain(said: str, begins: str = "") -> None:
    """One sentence, without anything that could do something to a terminal."""
    assert harmless(said, longest=len(said)) == said
    assert said.startswith(begins)
    assert len(said) < 4000


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(whole)) for place in places})
    return [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)]


async def asked(pieces: list[bytes], method: str) -> Answer | None:
    stream = Scripted(pieces)
    line = Line("halo.example.test", 443, "127.0.0.1", stream)  # type: ignore[arg-type]
    secrets = Secrets()
    secrets.add("a-secret-of-the-run")
    try:
        reply = await exchange(line, request_for(method, "https://halo.example.test/api"))
    except ExchangeError as error:
        plain(error.detail)
        return None
    finally:
        stream.socket.close()
    return understood(reply, Answer(method, "https://halo.example.test/api", "not_sent"), secrets)[0]


@given(any_of(ANSWER), st.lists(st.integers(0, 300), max_size=4), st.sampled_from(["GET", "HEAD", "POST"]))
def test_any_bytes_are_an_http_answer_or_none(whole: bytes, places: list[int], method: str) -> None:
    answer = asyncio.run(asked(cut(whole, places), method))
    if answer is not None:
        assert answer.status is not None
        for value in (answer.title, answer.text, *answer.headers.values()):
            plain(value)


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=60)), max_size=6), st.binary(max_size=200))
def test_any_headers_and_any_body_are_an_answer_or_none(headers: list[tuple[str, str]], body: bytes) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "surrogatepass")
    whole = b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    asyncio.run(asked([whole], "GET"))


async def shaken(pieces: list[bytes]) -> None:
    stream = Scripted(pieces)
    tls = TlsStream(stream, capture_context(), "halo.example.test")  # type: ignore[arg-type]
    try:
        await tls.handshake()
    except (OSError, ssl.SSLError) as error:
        plain(trouble(error, tls, certificates=len(tls.chain())).detail)
    finally:
        stream.socket.close()


@given(
    any_of(
        b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + bytes(33) + b"\xc0\x2f\x00", b"\x15\x03\x01\x00\x02\x02\x28"
    )
)
def test_any_bytes_are_a_handshake_or_a_word_for_its_failure(whole: bytes) -> None:
    asyncio.run(shaken([whole]))


@given(st.data())
def test_any_bytes_are_issuer_certificates_or_none(data: Any) -> None:
    assert (
        len(
            certificates_in(
                data.draw(any_of(*certificates(), b"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"))
            )
        )
        <= 20
    )


@given(st.data())
def test_any_bytes_are_a_certificate_file_or_one_sentence(data: Any) -> None:
    pem = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    try:
        parse(data.draw(any_of(*certificates(), pem)), "file.pem", ())
    except UsageError as error:
        plain(str(error), "file.pem")


@given(any_of(GOLDEN, b"<!doctype html><script type='application/json' id='report'>" + GOLDEN + b"</script>"))
def test_any_bytes_are_a_report_or_one_sentence(content: bytes) -> None:
    try:
        saved.document(saved.parse(content))
    except ReportError as error:
        plain(str(error))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)


@given(st.lists(st.integers(0, 30), max_size=8), JSON)
def test_a_report_with_anything_in_any_place_is_read_or_refused(way: list[int], value: object) -> None:
    """What is read can be asked for everything a renderer asks for."""
    raw = json.loads(GOLDEN)
    place: Any = raw
    for step in way:
        inside = list(place) if isinstance(place, dict) else list(range(len(place)))
        assume(inside)
        key = inside[step % len(inside)]
        if not isinstance(place[key], dict | list) or step == way[-1]:
            place[key] = value
            break
        place = place[key]
    try:
        document = saved.document(saved.parse(json.dumps(raw).encode()))
        assert document.report.checks is not None
    except ReportError as error:
        plain(str(error))


@given(any_of(packed({"report.json": GOLDEN, "summary.txt": b"x"})))
def test_any_bytes_are_an_attachment_or_one_sentence(content: bytes) -> None:
    try:
        report_in(content)
    except ReportError as error:
        plain(str(error))


@pytest.mark.parametrize(
    "piece", ["<a ", "<a b='", "<script", "<!--", "<![CDATA[", "</", "<script type=", "{", "[", "&"]
)
def test_a_page_made_to_keep_a_parser_busy_is_refused_at_once(piece: str) -> None:
    with pytest.raises(ReportError):
        saved.parse(("<" + piece * 200_000).encode())


DEEP = b"name = " + b"[" * 100_000
LONG = b"timeout = 1" + b"0" * 10_000


@given(any_of(GRADIENT))
def test_any_text_is_a_profile_or_one_sentence(content: bytes) -> None:
    try:
        assert isinstance(parse_profile(content.decode("utf-8", "replace"), "mine.toml"), Profile)
    except ProfileError as error:
        plain(str(error), "the profile mine.toml")


@pytest.mark.parametrize("content", [DEEP, LONG, b"name = 1" + b"0" * 5000])
def test_what_no_table_means_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(ProfileError):
        parse_profile(content.decode(), "mine.toml")
    with pytest.raises(UsageError):
        waived(content)
    with pytest.raises(click.UsageError):
        configured(content)


def waived(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "waivers.toml"
        file.write_bytes(content)
        read_waivers(file, ["tls.dates"])


@given(any_of(WAIVERS))
def test_any_bytes_are_waivers_or_one_sentence(content: bytes) -> None:
    try:
        waived(content)
    except UsageError as error:
        plain(str(error), "--waive")


def configured(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "halo.toml"
        file.write_bytes(content)
        run_command.make_context("run", ["--config", str(file)])


@given(any_of(CONFIG))
def test_any_bytes_are_a_config_file_or_a_usage_error(content: bytes) -> None:
    try:
        configured(content)
    except click.UsageError as error:
        plain(error.format_message(), "--config")


@given(
    st.one_of(st.text(max_size=60), damaged(b"Mon, 23 Nov 2026 20:00:00 GMT").map(lambda data: data.decode("latin-1")))
)
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is not None
