"""Where this side is at fault, one sentence says so, and a report is written whole or not at all."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose import lab
from diagnose.lab.running import Running
from tests.hostile.program import validator

BEYOND = "203.0.113.7"
"""An address of nobody (RFC 5737)."""
ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells only")


def _may_unshare() -> bool:
    program = shutil.which("unshare")
    return program is not None and not subprocess.run([program, "-n", "-m", "true"], check=False).returncode


namespaces = pytest.mark.skipif(not _may_unshare(), reason="needs Linux, unshare(1) and the right to use it")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with lab.start("missing-intermediate") as one:
        yield one


def shell(script: str, environment: dict[str, str], *arguments: str, patience: float = 60.0) -> Any:
    """Run a shell script; `$D` in it is the program with these arguments."""
    program = shlex.join([sys.executable, "-m", "diagnose", "run", *arguments])
    return subprocess.run(
        ["sh", "-c", script.replace("$D", program)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=patience,
        check=False,
        env={"PYTHONPATH": str(ROOT), **environment},
    )


def against(running: Running, script: str, *further: str) -> Any:
    return shell(script, running.environment(), *running.run_arguments(), *further)


def sentence(text: str) -> str:
    """Return the one sentence that was said."""
    assert text.startswith("diagnose: ")
    assert text.count("\n") == 1
    return text


@posix
@pytest.mark.parametrize("shape", ["terminal", "json", "html", "nagios"])
def test_a_closed_standard_output_is_said_before_anything_is_sent(running: Running, shape: str) -> None:
    before = len(running.log.requests)
    done = against(running, "$D >&-", "--format", shape)
    assert "standard output is closed" in sentence(done.stderr)
    assert done.returncode == (3 if shape == "nagios" else 2)
    assert len(running.log.requests) == before


@posix
def test_a_closed_standard_output_matters_to_nobody_who_wants_a_file(running: Running, tmp_path: Path) -> None:
    done = against(running, f"$D -o {tmp_path / 'report.json'} >&-")
    assert done.returncode == 3
    validator().validate(json.loads((tmp_path / "report.json").read_text("utf-8")))


@posix
@pytest.mark.parametrize("script", ["$D 2>&-", "$D <&-", "$D 2>/dev/full", "$D -v 2>/dev/full"])
def test_without_anybody_to_talk_to_the_report_is_whole(running: Running, script: str) -> None:
    done = against(running, script, "--format", "json")
    assert done.returncode == 3
    validator().validate(json.loads(done.stdout))


@posix
def test_with_everything_closed_it_still_ends(running: Running) -> None:
    assert against(running, "$D <&- >&- 2>&-").returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's and the BSDs'")
@pytest.mark.parametrize("shape", ["terminal", "json", "html", "csv", "nagios"])
def test_standard_output_on_a_full_disk_is_one_sentence(running: Running, shape: str) -> None:
    done = against(running, "$D >/dev/full", "--format", shape)
    assert "standard output cannot be written: No space left" in sentence(done.stderr)
    assert done.returncode == (3 if shape == "nagios" else 2)


@posix
@pytest.mark.parametrize("shape", ["terminal", "json", "html"])
def test_half_a_report_on_standard_output_is_taken_back(running: Running, shape: str, tmp_path: Path) -> None:
    """The limit stands for a disk that is full after four kilobytes."""
    kept = tmp_path / "kept"
    kept.write_text("before\n", "utf-8")
    done = against(running, f"ulimit -f 8; $D >>{kept}", "--format", shape)
    assert "standard output cannot be written" in sentence(done.stderr)
    assert (done.returncode, kept.read_text("utf-8")) == (2, "before\n")


@posix
def test_a_file_that_does_not_fit_leaves_the_older_one_alone(running: Running, tmp_path: Path) -> None:
    kept = tmp_path / "report.json"
    kept.write_text("older", "utf-8")
    done = against(running, f"ulimit -f 8; $D -o {kept}")
    assert f"{kept} cannot be written" in sentence(done.stderr)
    assert (done.returncode, kept.read_text("utf-8"), list(tmp_path.iterdir())) == (2, "older", [kept])


@namespaces
def test_on_a_full_disk_each_file_of_a_folder_is_whole_or_absent(running: Running, tmp_path: Path) -> None:
    run = f"mount -t tmpfs -o size=128k none {tmp_path} && $D --output {tmp_path} -q >/dev/null; code=$?"
    script = f"{run}; tar -C {tmp_path} -c . | base64; exit $code"
    done = against(running, f"exec unshare -m sh -c {shlex.quote(script)}")
    assert done.returncode == 2
    assert "No space left on device" in sentence(done.stderr)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["sh", "-c", f"base64 -d | tar -C {unpacked} -x"], input=done.stdout, encoding="utf-8", check=True)
    found = {path.name: path.read_text("utf-8") for path in unpacked.iterdir()}
    assert not [name for name in found if name.startswith(".")]
    assert all(text.rstrip().endswith("</html>") for name, text in found.items() if name == "report.html")


@namespaces
@pytest.mark.parametrize(("shape", "code"), [("json", 2), ("terminal", 2), ("nagios", 3)])
def test_with_its_folder_on_a_full_disk_the_report_is_on_standard_output_all_the_same(
    running: Running, tmp_path: Path, shape: str, code: int
) -> None:
    """And nothing else is: no problem document follows the report."""
    script = f"mount -t tmpfs -o size=64k none {tmp_path} && exec $D --output {tmp_path} --format {shape}"
    done = against(running, f"exec unshare -m sh -c {shlex.quote(script)}")
    assert "report.html cannot be written: No space left on device" in sentence(done.stderr)
    assert done.returncode == code
    if shape == "json":
        validator().validate(json.loads(done.stdout))
    else:
        assert "NOT READY" in done.stdout
        assert "exit_code" not in done.stdout


@namespaces
@pytest.mark.parametrize("option", ["-o", "--output"])
def test_a_folder_that_is_read_only_is_said_before_anything_is_sent(
    running: Running, option: str, tmp_path: Path
) -> None:
    before = len(running.log.requests)
    place = tmp_path / ("report.html" if option == "-o" else "")
    script = f"mount -t tmpfs -o ro none {tmp_path} && exec $D {option} {place}"
    done = against(running, f"exec unshare -m sh -c {shlex.quote(script)}")
    assert "Read-only file system" in sentence(done.stderr)
    assert (done.returncode, len(running.log.requests)) == (2, before)


@posix
@pytest.mark.parametrize(
    "script",
    [
        "env -u HOME -u XDG_CONFIG_HOME -u XDG_CACHE_HOME $D",
        "HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent $D",
        "TMPDIR=/nonexistent TMP=/nonexistent TEMP=/nonexistent $D",
        "env -u PATH $D",
        "ulimit -n 24; $D",
        "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 $D",
        "mkdir gone && cd gone && rmdir ../gone && $D",
    ],
)
def test_neither_a_home_nor_a_temporary_folder_nor_much_else_is_needed(
    running: Running, script: str, tmp_path: Path
) -> None:
    done = against(running, f"cd {tmp_path}; {script}", "--format", "json")
    assert (done.returncode, done.stderr) == (3, "")
    assert json.loads(done.stdout)["verdict"]["causes"] == ["tls.chain-complete"]


@posix
def test_a_relative_file_in_a_folder_that_is_gone_is_named(running: Running, tmp_path: Path) -> None:
    done = against(running, f"cd {tmp_path}; mkdir gone && cd gone && rmdir ../gone && $D -o x.json")
    assert "x.json" in sentence(done.stderr)
    assert done.returncode == 2


def checks_of(done: Any) -> dict[str, Any]:
    assert done.stderr == ""
    report = json.loads(done.stdout)
    validator().validate(report)
    assert not [check for check in report["checks"] if (check["reason"] or {}).get("code") == "internal_error"]
    return {"verdict": report["verdict"]} | {check["id"]: check for check in report["checks"]}


def cut_off(script: str, *arguments: str) -> Any:
    """Run in a network namespace of its own, in which there is nothing, not even the guard against the outside."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    urls = ["--resource-server", "https://halo.example.test/api", "--auth-server", "https://halo.example.test/auth/"]
    given = [*urls, "--no-credentials", "--ip-restriction", "no", "--format", "json", "--timeout", "20", *arguments]
    return shell(f"exec unshare -n -m sh -c {shlex.quote(script)}", environment, *given)


@namespaces
def test_without_a_resolver_nothing_is_said_against_the_name(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").touch()
    found = checks_of(cut_off(f"mount --bind {tmp_path / 'resolv.conf'} /etc/resolv.conf && exec $D"))
    assert (found["verdict"]["status"], found["verdict"]["causes"]) == ("undecided", [])
    assert found["dns.resolves"]["status"] == "unknown"
    assert found["net.reachable"]["status"] == "unknown"


@namespaces
def test_without_a_network_nothing_is_said_against_the_server() -> None:
    found = checks_of(cut_off("exec $D", "--resolve", f"halo.example.test:443:{BEYOND},[2001:db8::7]"))
    assert (found["verdict"]["status"], found["verdict"]["causes"]) == ("undecided", [])
    assert found["net.reachable"]["reason"]["code"] == "not_provable_here"


IPV6_ONLY = """
import subprocess, sys
from diagnose import lab
from diagnose.lab import running
running.FIRST = "::1"
with lab.start("healthy") as one:
    arguments = one.run_arguments()
    halo = arguments.index("--resolve") + 1
    arguments[halo] += ",{beyond}"
    command = [sys.executable, "-m", "diagnose", "run", *arguments, "--format", "json"]
    sys.exit(subprocess.run(command, env=one.environment(), check=False).returncode)
"""


@namespaces
@pytest.mark.skipif(not shutil.which("ip"), reason="needs iproute2")
def test_on_a_machine_with_ipv6_alone_the_other_family_is_not_tried() -> None:
    program = shlex.join([sys.executable, "-c", IPV6_ONLY.format(beyond=BEYOND)])
    script = f"ip link set lo up && ip address del 127.0.0.1/8 dev lo && exec {program}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = checks_of(shell(f"exec unshare -n sh -c {shlex.quote(script)}", environment))
    assert found["net.reachable"]["status"] == "pass"
    assert BEYOND in json.dumps(found["net.reachable"]["evidence"]["not_tried"])
    assert found["tls.same-everywhere"]["status"] == "unknown"
    assert found["auth.token"]["status"] == "pass"
    assert found["verdict"]["status"] == "ready_with_warnings"


@posix
@pytest.mark.parametrize("accepts", [True, False], ids=["says nothing", "does not answer"])
def test_a_proxy_that_hangs_is_no_fault_of_the_server(running: Running, accepts: bool) -> None:
    with socket.socket() as proxy, socket.socket() as first, socket.socket() as second:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen(8 if accepts else 0)
        for caller in () if accepts else (first, second):
            caller.setblocking(False)
            caller.connect_ex(proxy.getsockname())
        place = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        done = against(running, "$D", "--format", "json", "--timeout", "15", "--proxy", place)
    found = checks_of(done)
    assert (found["verdict"]["status"], found["verdict"]["causes"]) == ("undecided", [])
    assert found["net.reachable"]["status"] == "unknown"


@posix
def test_a_proxy_that_is_not_there_is_no_fault_of_the_server(running: Running) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        found = checks_of(against(running, "$D", "--format", "json", "--proxy", place))
    assert (found["verdict"]["status"], found["verdict"]["causes"]) == ("undecided", [])
