"""Whatever a server does to a request, it becomes one answer within the deadline."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest

from diagnose.facts.http import Answer
from diagnose.probes.exchange import request_for, user_agent
from diagnose.probes.http import pause_for
from diagnose.probes.pace import MOST_REQUESTS
from tests.probes import peers
from tests.probes.peers import Talk, answering, cut, ok, saying

JSON = b'{"app_version": "2.250.32"}'
SECRET = "5f0c3a7e-1111-2222-3333-444455556666"


def asked_of(
    talk: Talk,
    *,
    timeout: float = 5.0,
    within: float = 10.0,
    method: str = "GET",
    path: str = "/api/InstanceInfo",
    secrets: tuple[str, ...] = (),
) -> tuple[Answer, bytes]:
    async def ask() -> tuple[Answer, bytes]:
        async with peers.serving(talk, peers.server_context()) as peer, peers.network() as network:
            return await peers.http(network, *secrets).ask(
                method, peers.url(peer.port, path), channel=peers.unverified(peer.port), timeout=timeout
            )

    return peers.run(ask(), within=within)


def close(writer: asyncio.StreamWriter) -> None:
    writer.close()


def forever(piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n", pause: float = 0.0) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peers.head_of(reader)
        writer.write(head)
        for _ in itertools.count():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


def test_a_whole_answer_is_kept_without_its_body() -> None:
    answer, body = asked_of(answering(ok(JSON, "Content-Type: application/json", "Set-Cookie: session=abcdef")))
    assert (answer.outcome, answer.status, answer.kind, body) == ("answered", 200, "json", JSON)
    assert answer.text == ""
    assert "set-cookie" not in answer.headers
    assert answer.sent is not None
    assert 0 < answer.seconds < 5


@pytest.mark.parametrize(
    ("talk", "outcomes"),
    [
        (forever(b"X-Endless: yes\r\n"), {"malformed", "too_large"}),
        (forever(b"x" * 65536, b"HTTP/1.1 200 OK\r\n\r\n"), {"too_large"}),
        (forever(b"x" * 65536, b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), {"too_large"}),
        (forever(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), {"too_large", "timeout"}),
        (forever(b"HTTP/1.1 100 Continue\r\n\r\n", b""), {"too_large", "timeout"}),
        (forever(b"H", b"", pause=0.05), {"timeout"}),
        (forever(b"x", b"HTTP/1.1 200 OK\r\n\r\n", pause=0.05), {"timeout"}),
        (saying(), {"timeout"}),
        (saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), {"malformed"}),
        (saying(b"HTTP/9.9 fine\r\n\r\n"), {"malformed"}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345"), {"malformed"}),
        (saying(b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n"), {"malformed"}),
        (saying(then=close), {"closed"}),
        (saying(then=cut), {"reset", "closed"}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", then=close), {"closed"}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", then=cut), {"reset", "closed"}),
        (saying(b"HTTP/1.1 20", then=cut), {"reset", "closed", "malformed"}),
    ],
)
def test_whatever_a_server_does_instead_of_answering_has_a_word(talk: Talk, outcomes: set[str]) -> None:
    """Where a limit is to be met, a busy machine gets the time for that."""
    answer, body = asked_of(talk, timeout=1.5 if "timeout" in outcomes else 5.0, within=6.0)
    assert answer.outcome in outcomes
    assert answer.detail
    assert body == b""


def test_a_compressed_answer_nobody_asked_for_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    answer, body = asked_of(answering(ok(bomb, "Content-Encoding: gzip")))
    assert (answer.outcome, answer.kind, body) == ("answered", "binary", bomb)


def test_a_page_is_kept_by_its_title_and_first_words() -> None:
    page = b"<!DOCTYPE html><title>Halo\xe2\x80\xae</title><script>var x</script><h1>Sign   in</h1>" + b"word " * 999
    answer, _ = asked_of(answering(ok(page)))
    assert (answer.kind, answer.title) == ("html", "Halo\\u202e")
    assert answer.text.startswith("Sign in word word")
    assert len(answer.text) <= 800


def test_the_kind_is_what_the_body_is_not_what_the_header_says() -> None:
    assert asked_of(answering(ok(b"<html><title>x</title>", "Content-Type: application/json")))[0].kind == "html"
    assert asked_of(answering(ok(JSON, "Content-Type: text/html")))[0].kind == "json"
    assert asked_of(answering(ok(b"OK")))[0].kind == "text"
    assert asked_of(answering(ok(b"")))[0].kind == "empty"


def test_a_redirect_is_reported_and_not_followed() -> None:
    asked: list[bytes] = []
    redirect = ok(b"", "Location: https://elsewhere.example.test/token", status="302 Found")
    answer, _ = asked_of(answering(redirect, asked=asked))
    assert answer.redirected
    assert answer.headers["location"] == "https://elsewhere.example.test/token"
    assert len(asked) == 1


def test_a_secret_that_a_server_echoes_is_kept_nowhere() -> None:
    page = f"<html><title>{SECRET}</title><p>you sent {SECRET}".encode()
    answer, body = asked_of(answering(ok(page, f"Location: /?s={SECRET}")), secrets=(SECRET,))
    assert answer.echoed_secret
    assert SECRET not in repr(answer)
    assert SECRET.encode() not in body
    assert "[secret]" in answer.text


def test_an_answer_without_the_secret_says_so() -> None:
    assert not asked_of(answering(ok(b"<html>nothing")), secrets=(SECRET,))[0].echoed_secret


def test_every_request_names_the_tool_and_asks_for_no_compression() -> None:
    asked: list[bytes] = []
    asked_of(answering(ok(JSON), asked=asked), path="/api/Client?page_size=1")
    head = asked[0].decode().lower()
    assert head.startswith("get /api/client?page_size=1 http/1.1\r\nhost: halo.example.test:")
    assert "user-agent: halo-diagnose/" in head
    assert "accept-encoding: identity" in head
    assert "cookie" not in head


def test_a_form_and_a_token_are_written_as_the_standards_say_and_nothing_else_is_added() -> None:
    request = request_for(
        "POST", "https://halo.example.test/auth/token?tenant=a%20b", {"scope": "a:b c", "u": "é"}, "t"
    )
    assert request.extensions["target"] == b"/auth/token?tenant=a%20b"
    assert request.content == b"scope=a%3Ab+c&u=%C3%A9"
    assert dict(request.headers) == {
        "host": "halo.example.test",
        "user-agent": user_agent(),
        "accept": "*/*",
        "accept-encoding": "identity",
        "authorization": "Bearer t",
        "content-length": "22",
        "content-type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://halo.example.test:443", b"halo.example.test", b"/"),
        ("http://ca.example.test:80/a b", b"ca.example.test", b"/a%20b"),
        ("https://[2001:db8::1]:8443/auth//token", b"[2001:db8::1]:8443", b"/auth//token"),
        ("https://xn--i-7iq.example.test/%7e/", b"xn--i-7iq.example.test", b"/%7e/"),
        ("https://halo.example.test/api/Client?page_size=1&q=~", b"halo.example.test", b"/api/Client?page_size=1&q=~"),
        ("https://halo.example.test/a/../b?c d", b"halo.example.test", b"/b?c%20d"),
    ],
)
def test_a_url_is_sent_as_it_was_given(url: str, host: bytes, target: bytes) -> None:
    request = request_for("GET", url)
    assert (request.headers["host"].encode(), request.extensions["target"]) == (host, target)
    assert "content-length" not in request.headers


@pytest.mark.parametrize("token", ["two\r\nlines", "with blank", "höher", ""])
def test_a_token_that_no_header_can_carry_is_not_sent(token: str) -> None:
    async def ask(bearer: str) -> Answer:
        async with peers.serving(answering(ok(JSON)), peers.server_context()) as peer, peers.network() as network:
            client, channel = peers.http(network), peers.verified(peer.port)
            return (await client.ask("GET", peers.url(peer.port), channel=channel, bearer=bearer))[0]

    assert peers.run(ask(token)).outcome == "not_sent"
    assert peers.run(ask("a.b-c_d~e+f/g=")).answered


def test_what_follows_an_answer_unasked_is_nobodys_answer() -> None:
    async def ask(talk: Talk) -> tuple[list[int | None], int]:
        async with peers.serving(talk, peers.server_context()) as peer, peers.network() as network:
            client, channel = peers.http(network), peers.unverified(peer.port)
            found = [await client.ask("GET", peers.url(peer.port), channel=channel) for _ in range(2)]
            return [answer.status for answer, _ in found], peer.seen

    assert peers.run(ask(answering(ok(JSON) + ok(JSON, status="500 Smuggled")))) == ([200, 200], 2)
    assert peers.run(ask(answering(ok(JSON)))) == ([200, 200], 1)


def test_a_credential_on_an_unverified_channel_is_a_programming_mistake() -> None:
    async def ask(channel_verified: bool, **given: object) -> Answer:
        async with peers.serving(answering(ok(JSON)), peers.server_context()) as peer, peers.network() as network:
            channel = peers.verified(peer.port) if channel_verified else peers.unverified(peer.port)
            found, _ = await peers.http(network, SECRET).ask("POST", peers.url(peer.port), channel=channel, **given)  # type: ignore[arg-type]
            return found

    for given in ({"bearer": "token"}, {"form": {"client_secret": SECRET}}):
        with pytest.raises(ValueError, match="verified"):
            peers.run(ask(False, **given))
        assert peers.run(ask(True, **given)).answered


def test_a_verified_channel_refuses_a_server_with_another_name() -> None:
    async def ask(name: str) -> Answer:
        async with peers.serving(answering(ok(JSON)), peers.server_context(name)) as peer, peers.network() as network:
            found, _ = await peers.http(network).ask("GET", peers.url(peer.port), channel=peers.verified(peer.port))
            return found

    assert peers.run(ask("other.example.test")).outcome == "tls_failed"
    assert peers.run(ask(peers.HOST)).channel == "verified"


def test_a_credential_never_takes_the_line_that_was_not_verified() -> None:
    async def ask() -> tuple[int, int]:
        async with peers.serving(answering(ok(JSON)), peers.server_context()) as peer, peers.network() as network:
            client = peers.http(network, SECRET)
            await client.ask("GET", peers.url(peer.port), channel=peers.unverified(peer.port))
            await client.ask("GET", peers.url(peer.port), channel=peers.verified(peer.port))
            open_ones = peer.seen
            await client.ask("GET", peers.url(peer.port), channel=peers.verified(peer.port), bearer="token-1234567")
            return open_ones, peer.seen

    assert peers.run(ask()) == (1, 2)


def test_a_line_that_was_closed_while_idle_is_replaced_once() -> None:
    async def ask(talk: Talk) -> tuple[list[str], int]:
        async with peers.serving(talk, peers.server_context()) as peer, peers.network() as network:
            client = peers.http(network)
            outcomes: list[str] = []
            for _ in range(3):
                answer, _ = await client.ask("GET", peers.url(peer.port), channel=peers.unverified(peer.port))
                outcomes.append(answer.outcome)
                await asyncio.sleep(0.05)
            return outcomes, peer.seen

    async def one_and_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peers.head_of(reader)
        writer.write(ok(JSON))

    async def one_and_away_at_the_next(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await one_and_away(reader, writer)
        await peers.head_of(reader)

    assert peers.run(ask(one_and_away)) == (["answered"] * 3, 3)
    assert peers.run(ask(one_and_away_at_the_next)) == (["answered"] * 3, 3)
    assert peers.run(ask(answering(ok(JSON)))) == (["answered"] * 3, 1)


def test_429_is_honoured_once() -> None:
    limited = ok(b"", "Retry-After: 1", status="429 Too Many Requests")
    began = time.monotonic()
    answer, _ = asked_of(answering(limited, ok(JSON)))
    assert (answer.status, answer.outcome) == (200, "answered")
    assert time.monotonic() - began > 0.9
    assert asked_of(answering(limited))[0].status == 429


def test_a_429_that_asks_for_more_than_ten_seconds_is_not_waited_for_and_not_asked_again() -> None:
    asked: list[bytes] = []
    began = time.monotonic()
    answer, _ = asked_of(answering(ok(b"", "Retry-After: 11", status="429 Too Many Requests"), ok(JSON), asked=asked))
    assert (answer.status, answer.outcome, len(asked)) == (429, "answered", 1)
    assert "left alone for 11 s" in answer.detail
    assert time.monotonic() - began < 5


def test_the_pause_is_what_the_429_says_or_two_seconds() -> None:
    def answer(retry_after: str | None, status: int = 429) -> Answer:
        headers = {} if retry_after is None else {"retry-after": retry_after}
        return Answer("GET", "https://halo.example.test/", "answered", status=status, headers=headers)

    later = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert pause_for(answer("3")) == 3
    assert pause_for(answer("3600")) == 3600
    assert 3 < (pause_for(answer(later)) or 0) <= 5
    assert pause_for(answer("soon")) == pause_for(answer(None)) == 2
    assert pause_for(answer("3", status=503)) is None


def test_no_run_makes_more_than_thirty_requests_and_optional_ones_stop_before() -> None:
    async def ask(optional: bool) -> list[str]:
        async with peers.serving(answering(ok(JSON)), peers.server_context()) as peer, peers.network() as network:
            client = peers.http(network)
            found = [
                await client.ask("GET", peers.url(peer.port), channel=peers.unverified(peer.port), optional=optional)
                for _ in range(33)
            ]
            return [answer.outcome for answer, _ in found]

    assert peers.run(ask(False)) == ["answered"] * MOST_REQUESTS + ["not_sent"] * 3
    assert peers.run(ask(True)) == ["answered"] * 23 + ["not_sent"] * 10


def test_at_most_four_lines_and_fifteen_requests_in_200_ms() -> None:
    moments: list[float] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await peers.head_of(reader)
            moments.append(asyncio.get_running_loop().time())
            writer.write(ok(JSON))

    async def ask() -> int:
        async with peers.serving(talk, peers.server_context()) as peer, peers.network() as network:
            client = peers.http(network)
            channel = peers.unverified(peer.port)
            await asyncio.gather(*(client.ask("GET", peers.url(peer.port), channel=channel) for _ in range(30)))
            return peer.most

    assert peers.run(ask()) <= 4
    assert len(moments) == 30
    assert all(later - earlier > 0.2 for earlier, later in zip(moments, moments[15:], strict=False))


def test_a_deadline_of_the_run_ends_a_request() -> None:
    async def ask() -> Answer:
        async with peers.serving(peers.silent, peers.server_context()) as peer, peers.network(seconds=0.8) as network:
            found, _ = await peers.http(network).ask("GET", peers.url(peer.port), channel=peers.unverified(peer.port))
            return found

    assert peers.run(ask(), within=2.0).outcome == "timeout"


def test_nobody_there_is_an_answer_too() -> None:
    async def ask() -> Answer:
        async with peers.serving(peers.silent) as peer:
            port = peer.port
        async with peers.network() as network:
            found, _ = await peers.http(network).ask("GET", peers.url(port), channel=peers.unverified(port))
            return found

    answer = peers.run(ask())
    assert (answer.outcome, answer.status) == ("not_sent", None)
    assert "refused" in answer.detail
