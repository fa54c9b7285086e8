"""The log finds out whoever breaks a promise: this is shown by breaking each."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from diagnose import lab
from tests.lab.plain import Maker


def test_a_request_is_kept_without_its_secret(plain: Maker) -> None:
    with lab.start("healthy") as running:
        plain(running).token("read:items", tenant="acme")
        (request,) = running.log.requests
    assert (request.server, request.method, request.path) == ("halo", "POST", "/auth/token")
    assert request.form == {
        "grant_type": "client_credentials",
        "client_id": running.client_id,
        "scope": "read:items",
        "tenant": "acme",
    }
    assert request.peer == "127.0.0.1"
    assert running.client_secret not in repr(running.log.requests)
    assert running.client_secret not in repr(running)


def test_a_credential_is_found_wherever_it_hides(plain: Maker) -> None:
    with lab.start("healthy") as running:
        client = plain(running)
        secret, place = running.client_secret, running.origin
        bearer = client.token("read:items")[1]["access_token"]
        client.ask("GET", f"{place}/?x={quote(secret)}")
        client.ask("GET", place, headers={"X-Trace": f"secret={secret}"})
        client.ask("POST", f"{place}/auth/token", body=f'{{"client_secret": "{secret}"}}'.encode())
        client.ask("GET", f"{place}/api/Agent/me", bearer=bearer)
        client.ask("GET", f"{place}/api/InstanceInfo", bearer="made-up")
        client.ask("POST", f"{place}/auth/token", {"client_secret": "00000000-made-up"})
        found = [request.credential for request in running.log.requests]
    assert found == ["secret", "secret", "secret", "secret", "token", "", ""]


def test_the_user_agent_is_kept(plain: Maker) -> None:
    with lab.start("healthy") as running:
        plain(running).ask("GET", running.origin, headers={"User-Agent": "anything/1.0"})
        assert [request.user_agent for request in running.log.requests] == ["anything/1.0"]


def settled(running: lab.Running, count: int) -> int:
    deadline = time.monotonic() + 5
    while running.log.connections() < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return running.log.connections()


def test_connections_open_at_once_are_counted_and_those_that_follow_each_other_are_not(plain: Maker) -> None:
    with lab.start("healthy") as running:
        client = plain(running)
        for _ in range(6):
            client.tcp(running.origin)
        assert settled(running, 6) == 6
        assert running.log.most_connections == 6
    with lab.start("healthy") as running:
        for _ in range(6):
            plain(running).tcp(running.origin).close()
        assert settled(running, 6) == 6
        if sys.platform == "linux":
            assert running.log.most_connections <= 1


def test_the_certificate_host_does_not_count_as_halo(plain: Maker) -> None:
    with lab.start("healthy") as running:
        place = next(entry for entry in running.resolve if entry.startswith("aia."))
        host, port, _ = place.split(":", 2)
        plain(running).ask("GET", f"http://{host}:{port}/intermediate.cer")
        assert (running.log.connections(), running.log.connections("aia")) == (0, 1)
        assert running.log.to_halo == ()


def test_the_busiest_moment_is_found(plain: Maker) -> None:
    with lab.start("healthy") as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        for _ in range(5):
            dressed.sendall(b"HEAD / HTTP/1.1\r\nHost: halo.example.test\r\n\r\n")
            dressed.recv(4096)
        assert running.log.busiest(5.0) == 5
        assert running.log.busiest(0.0) == 0


def test_the_arguments_are_those_of_run_and_hold_no_secret() -> None:
    with lab.start("tenant-on-premise") as running:
        arguments, environment = running.run_arguments(), running.environment()
        assert running.secret_file.read_text("utf-8") == running.client_secret + "\n"
    assert arguments[:6] == [
        *("--resource-server", running.resource_server),
        *("--auth-server", running.auth_server),
        *("--tenant", "acme"),
    ]
    assert arguments.count("--resolve") == len(running.resolve) == 2
    assert arguments[-2:] == ["--ip-restriction", "no"]
    assert environment["HALO_CLIENT_ID"] == running.client_id
    assert not [name for name, value in environment.items() if running.client_secret in value]


def test_without_credentials_none_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALO_CLIENT_ID", "somebody")
    with lab.start("no-credentials") as running:
        assert "--client-secret-file" not in running.run_arguments()
        assert "HALO_CLIENT_ID" not in running.environment()


@pytest.mark.parametrize(("arguments", "code", "mark"), [(["--list"], 0, "missing-intermediate"), (["none"], 2, "")])
def test_the_command_names_the_scenarios(arguments: list[str], code: int, mark: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "diagnose.lab", *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == code
    assert mark in done.stdout


@pytest.mark.parametrize(
    ("name", "start"), [("healthy", b""), ("secret-with-mark", b"\xef\xbb\xbf"), ("secret-in-utf-16", b"\xff\xfe")]
)
def test_the_secrets_file_is_written_in_the_scenarios_encoding(name: str, start: bytes) -> None:
    with lab.start(name) as running:
        written = running.secret_file.read_bytes()
        assert written.startswith(start)
        assert written.decode(running.scenario.given.file_encoding) == running.client_secret + "\n"


def test_further_files_lie_where_the_options_say() -> None:
    scenario = lab.SCENARIOS["healthy"].but(
        files={"rules.txt": "# {host} {today}\n"}, options=("--allow-list", "{folder}/rules.txt")
    )
    with lab.start(scenario) as running:
        place = running.run_arguments()[-1]
        text = Path(place).read_text("utf-8")
    assert text.startswith("# halo.example.test 20")
    assert "{" not in text


def test_an_odd_secret_is_found_in_a_form_too(plain: Maker) -> None:
    with lab.start("odd-secret") as running:
        assert plain(running).token("read:items")[0] == 200
        assert [request.credential for request in running.log.requests] == ["secret"]


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent otherwise there")
def test_the_command_serves_until_it_is_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "diagnose.lab", "expired"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        lines = [serving.stdout.readline() for _ in range(3)]
        secret_file = Path(shlex.split(lines[2])[shlex.split(lines[2]).index("--client-secret-file") + 1])
        assert secret_file.is_file()
        serving.send_signal(signal.SIGINT)
        assert serving.wait(10) == 0
    assert lines[0] == lab.SCENARIOS["expired"].sentence + "\n"
    assert not secret_file.exists()
