"""`diagnose vantage`: what a request holds, what an answer may do and records, and that `run` believes it rightly."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from diagnose import lab, vantage
from diagnose.credentials import Secrets
from diagnose.facts.run import Override, Settings
from diagnose.lab.running import Running
from diagnose.outside import run as outside_run
from diagnose.outside.egress import address_in, echo_url, echoed, own_address
from diagnose.probes.http import Http
from diagnose.probes.network import Network
from tests.cli.program import diagnose
from tests.probes import peers

FIRST, SECOND, STRANGER = "3.19.3.152", "3.19.4.238", "81.2.69.142"


def requested(running: Running, file: Path) -> subprocess.CompletedProcess[str]:
    urls = ("--resource-server", running.resource_server, "--auth-server", running.auth_server)
    return diagnose("vantage", "request", *urls, "-o", str(file))


def answered(running: Running, request: Path, *further: str) -> subprocess.CompletedProcess[str]:
    resolve = [word for place in running.resolve for word in ("--resolve", place)]
    return diagnose("vantage", "answer", str(request), *resolve, *further)


def allowlist(running: Running, *files: Path | str, egress: str = FIRST) -> dict[str, str]:
    given = [word for file in files for word in ("--vantage", str(file))]
    arguments = [word for word in running.run_arguments() if word not in {"--ip-restriction", "no"}]
    done = diagnose(
        "run", *arguments, *given, "--integrator-ip", egress, "--format", "json", environment=running.environment()
    )
    return {check["id"]: check["status"] for check in json.loads(done.stdout)["checks"]}


class Pair(NamedTuple):
    running: Running
    request: Path
    answer: Path


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A healthy server, a request about it, and its answer from the integrator's first address."""
    folder = tmp_path_factory.mktemp("vantage")
    with lab.start("healthy") as running:
        found = Pair(running, folder / "request.json", folder / "answer.json")
        assert requested(running, found.request).returncode == 0
        done = answered(running, found.request, "--egress", FIRST, "-o", str(found.answer))
        assert done.returncode == 0, done.stderr
        yield found


def test_a_request_holds_the_two_urls_and_no_secret_and_sends_nothing(pair: Pair) -> None:
    request = vantage.read_request(pair.request.read_bytes())
    assert {target.role for target in request.targets} == {"auth", "api"}
    assert len(request.nonce) == 32
    text = pair.request.read_text("utf-8")
    assert not any(word in text for word in (pair.running.client_id, pair.running.client_secret, "secret"))


def test_two_requests_are_never_the_same(pair: Pair, tmp_path: Path) -> None:
    requested(pair.running, tmp_path / "other.json")
    one, other = (vantage.read_request(file.read_bytes()) for file in (pair.request, tmp_path / "other.json"))
    assert (one.nonce == other.nonce, one.request_id == other.request_id) == (False, False)


def test_without_a_file_the_document_alone_is_on_standard_output() -> None:
    done = diagnose(
        "vantage", "request", "--resource-server", "halo.example.test/api", "--auth-server", "halo.example.test/auth"
    )
    assert [target["url"] for target in json.loads(done.stdout)["targets"]] == [
        "https://halo.example.test/auth/",
        "https://halo.example.test/api",
    ]
    assert "diagnose vantage answer" in done.stderr


def test_an_answer_is_made_of_unauthenticated_markers_alone(pair: Pair) -> None:
    answer = vantage.read_answer(pair.answer.read_bytes())
    marks = {(one.role, asked.marker) for one in answer.targets for reach in one.reaches for asked in reach.asked}
    assert marks == {("auth", "oauth_error"), ("api", "instance_info")}
    log = pair.running.log
    first = [request for request in log.to_halo if request.user_agent.startswith("halo-diagnose/")][:3]
    assert sorted(request.method for request in first) == ["GET", "HEAD", "POST"]
    assert all(not request.credential for request in first)


def test_the_leaf_is_the_servers_own(pair: Pair) -> None:
    import hashlib  # noqa: PLC0415 - for this one test

    own = hashlib.sha256(pair.running.pki.der("leaf")).hexdigest()
    answer = vantage.read_answer(pair.answer.read_bytes())
    assert {reach.leaf_sha256 for one in answer.targets for reach in one.reaches} == {own}


def test_the_answer_from_the_very_address_proves_that_it_gets_in(pair: Pair) -> None:
    judged = allowlist(pair.running, pair.answer, pair.request)
    assert (judged["allowlist.vantage"], judged["allowlist.reachability"]) == ("pass", "pass")


def test_the_answer_from_another_address_proves_nothing(pair: Pair) -> None:
    judged = allowlist(pair.running, pair.answer, pair.request, egress=SECOND)
    assert (judged["allowlist.vantage"], judged["allowlist.reachability"]) == ("unknown", "unknown")


def rewritten(pair: Pair, file: Path, **changes: Any) -> Path:
    """The answer with these fields changed, and its digest computed anew by somebody who can."""
    value = json.loads(pair.answer.read_text("utf-8")) | changes
    value["digest"] = vantage.digest_of(value)
    file.write_text(json.dumps(value), "utf-8")
    return file


def test_a_stale_answer_does_not_count(pair: Pair, tmp_path: Path) -> None:
    value = json.loads(pair.answer.read_text("utf-8"))
    ago = {name: (datetime.fromisoformat(value[name]) - timedelta(days=2)).isoformat() for name in ("started", "ended")}
    request = {**value["request"], "created": ago["started"]}
    judged = allowlist(pair.running, rewritten(pair, tmp_path / "old.json", **ago, request=request))
    assert judged["allowlist.vantage"] == "unknown"


def test_an_answer_to_another_request_does_not_count(pair: Pair, tmp_path: Path) -> None:
    requested(pair.running, tmp_path / "other.json")
    judged = allowlist(pair.running, pair.answer, tmp_path / "other.json")
    assert judged["allowlist.vantage"] == "unknown"
    other = rewritten(pair, tmp_path / "nonce.json", nonce="00" * 16)
    assert allowlist(pair.running, other, pair.request)["allowlist.vantage"] == "unknown"


@pytest.mark.parametrize(
    ("scenario", "code", "tls"),
    [
        ("port-closed", 3, "not_tried"),
        ("reset", 3, "reset"),
        ("silent", 3, "timeout"),
        ("private-root", 0, "completed"),
        ("address-refused-by-iis", 3, "completed"),
        ("auth-down-503", 5, "completed"),
        ("instance-info-needs-token", 0, "completed"),
    ],
)
def test_what_became_of_it_is_recorded(scenario: str, code: int, tls: str, tmp_path: Path) -> None:
    with lab.start(scenario) as running:
        requested(running, tmp_path / "request.json")
        done = answered(running, tmp_path / "request.json", "--egress", FIRST)
    assert done.returncode == code, done.stderr
    document = vantage.read_answer(done.stdout.encode())
    assert {reach.tls for one in document.targets for reach in one.reaches} == {tls}


def for_url(tmp_path: Path, origin: str) -> Path:
    done = diagnose(
        "vantage", "request", "--resource-server", f"{origin}/api", "--auth-server", f"{origin}/auth/",
        "-o", str(tmp_path / "request.json"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path / "request.json"


@pytest.mark.parametrize("port", [22, 25, 3389, 8080])
def test_no_request_chooses_another_port(port: int, tmp_path: Path) -> None:
    done = diagnose("vantage", "answer", str(for_url(tmp_path, f"https://halo.example.test:{port}")))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"port {port}" in done.stderr


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "localhost"]
)
def test_no_request_leads_into_a_network_of_our_own(host: str, tmp_path: Path) -> None:
    done = diagnose("vantage", "answer", str(for_url(tmp_path, f"https://{host}")), "--egress", FIRST)
    document = vantage.read_answer(done.stdout.encode())
    assert done.returncode == 5
    assert {reach.tcp for one in document.targets for reach in one.reaches} == {"not_tried"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("none.json",), "No such file"),
        (("{answer}",), "an answer and no request"),
        (("{request}", "--egress", "here"), "--egress here"),
        (("{request}", "--echo", "http://echo.example.test/"), "--echo"),
        (("{request}", "--label", "a\nb"), "--label"),
        (("{request}", "--resolve", "x"), "--resolve"),
    ],
)
def test_a_wrong_input_is_one_sentence(pair: Pair, arguments: tuple[str, ...], word: str) -> None:
    places = {"answer": str(pair.answer), "request": str(pair.request)}
    done = diagnose("vantage", "answer", *(argument.format(**places) for argument in arguments))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert word in done.stderr


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (b"3.19.3.152\n", FIRST),
        (b'{"ip": "3.19.3.152"}', FIRST),
        (b'{"origin": "2600:1f16::1"}', "2600:1f16::1"),
        (b"<html>3.19.3.152</html>", ""),
        (b'{"ip": ["3.19.3.152"]}', ""),
        (b"3.19.3.152, 10.0.0.1", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b" " * 9999 + b"3.19.3.152", ""),
    ],
)
def test_an_echo_is_believed_only_where_it_says_one_address(body: bytes, address: str) -> None:
    assert address_in(body) == address


def test_the_loopback_interface_is_nobodys_egress() -> None:
    assert own_address("127.0.0.1", 443) == ""
    assert own_address("::1", 443) == ""


def test_a_canary_tells_whether_somebody_answers_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def knock(port: int) -> bool:
        monkeypatch.setattr(outside_run, "CANARY_PORT", port)
        network = Network(Settings(), Secrets(), time.monotonic() + 5)
        (canary,) = await outside_run._canaries(("127.0.0.1",), network)
        await network.close()
        return canary.connected

    async def both() -> tuple[bool, bool]:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        heard = await knock(port)
        server.close()
        await server.wait_closed()
        return heard, await knock(port)

    assert asyncio.run(both()) == (True, False)


@pytest.mark.parametrize(("body", "seen"), [(b"3.19.3.152\n", [FIRST]), (b"<html></html>", [])])
def test_an_echo_is_asked_over_a_verified_channel(body: bytes, seen: list[str]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()

    async def ask(context: ssl.SSLContext) -> tuple[list[str], list[str]]:
        async with peers.serving(talk, context) as peer:
            settings = Settings(overrides=(Override("echo.example.test", peer.port, ("127.0.0.1",)),))
            network = Network(settings, Secrets(), time.monotonic() + 10)
            url = echo_url(f"https://echo.example.test:{peer.port}/ip")
            found, silent = await echoed([url], network, Http(network, peers.Roots(), Secrets()))
            await network.close()
            return [one.address for one in found], silent

    assert asyncio.run(ask(peers.server_context("echo.example.test"))) == (seen, [] if seen else ["echo.example.test"])
    assert asyncio.run(ask(peers.server_context("another.example.test"))) == ([], ["echo.example.test"])
