"""The program as its users start it: streams, exit codes, formats, and one sentence for every wrong input."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from diagnose import lab
from diagnose.report import digest
from tests.cli.program import diagnose, run_against

URLS = ("--resource-server", "https://halo.example.test/api", "--auth-server", "https://halo.example.test/auth/")
RUN = ("run", *URLS, "--no-credentials", "--resolve", "halo.example.test:443:127.0.0.1")

WRONG = {
    "no such command": (("rum",), "did you mean run"),
    "no such option": ((*RUN, "--colour"), "--colour"),
    "no such format": ((*RUN, "--format", "pdf"), "pdf"),
    "a format without its value": ((*RUN, "--format"), "--format"),
    "no url": (("run", "--no-credentials"), "--resource-server"),
    "an empty url": (("run", "--resource-server", "", "--no-credentials"), "--resource-server"),
    "a url that cannot be read": (
        ("run", *URLS, "--resource-server", "https://[::1", "--no-credentials"),
        "--resource-server",
    ),
    "a port that is none": (("run", *URLS, "--auth-server", "https://h:99999/", "--no-credentials"), "--auth-server"),
    "no client id": (("run", *URLS, "--no-input"), "--client-id"),
    "no secret": (("run", *URLS, "--client-id", "x", "--no-input"), "--client-secret-file"),
    "a secret file that is not there": (
        ("run", *URLS, "--client-id", "x", "--client-secret-file", "none"),
        "--client-secret-file",
    ),
    "an empty secret": (("run", *URLS, "--client-id", "x", "--client-secret-file", "-"), "--client-secret-file"),
    "no such profile": ((*RUN, "--profile", "gradiant"), "gradient"),
    "no address": ((*RUN, "--integrator-ip", "3.138.54"), "--integrator-ip"),
    "a resolve that is none": ((*RUN, "--resolve", "halo"), "--resolve"),
    "no such id": ((*RUN, "--only", "tls.nam"), "did you mean tls.name"),
    "a glob that matches nothing": ((*RUN, "--skip", "foo.*"), "--skip"),
    "no version": ((*RUN, "--latest-stable", "newest"), "--latest-stable"),
    "no time": ((*RUN, "--timeout", "0"), "--timeout"),
    "no number": ((*RUN, "--timeout", "soon"), "--timeout"),
    "no roots": ((*RUN, "--trust-roots", "none.pem"), "--trust-roots"),
    "no config": ((*RUN, "--config", "none.toml"), "--config"),
    "no waivers": ((*RUN, "--waive", "none.toml"), "--waive"),
    "no folder": ((*RUN, "-o", "no/such/folder/report.json"), "-o"),
    "a suffix that names no format": ((*RUN, "-o", "report.doc"), "-o"),
    "a proxy that is none": ((*RUN, "--proxy", "ftp://proxy"), "--proxy"),
    "no such check": (("explain", "tls.nam"), "did you mean tls.name"),
    "no such scenario": (("demo", "missing-intermediat"), "did you mean missing-intermediate"),
    "no such report": (("render", "none.json"), "none.json"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_input_is_one_sentence_and_exit_code_2(name: str, tmp_path: Path) -> None:
    arguments, word = WRONG[name]
    done = diagnose(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", sorted(name for name in WRONG if WRONG[name][0][0] == "run" and "format" not in name))
def test_in_json_mode_a_wrong_input_is_a_problem_object_too(name: str) -> None:
    done = diagnose(*WRONG[name][0], "--format", "json")
    problem = json.loads(done.stdout)
    assert done.returncode == 2
    assert (problem["status"], problem["exit_code"]) == (400, 2)
    assert set(problem) == {"type", "title", "status", "detail", "exit_code"}
    assert problem["detail"] in done.stderr


def test_help_fits_a_screen_and_imports_nothing_but_click() -> None:
    done = diagnose("--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 30
    heavy = "import os, sys; os._exit = sys.exit; from diagnose.cli import main\n"
    heavy += "try:\n main(['--help'])\nexcept SystemExit: pass\n"
    heavy += "late = {'rich', 'httpx', 'msgspec', 'cryptography', 'ssl', 'asyncio', 'jinja2'} & set(sys.modules)\n"
    heavy += "print(sorted(late), file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", heavy], capture_output=True, encoding="utf-8", check=True)
    assert loaded.stderr.strip() == "[]"


def test_without_arguments_the_help_is_printed_where_nobody_can_be_asked() -> None:
    done = diagnose()
    assert done.returncode == 0
    assert "Usage: diagnose" in done.stdout


def test_the_version_is_the_distributions() -> None:
    assert diagnose("--version").stdout.startswith("diagnose 0.")


def test_list_and_explain_name_every_check() -> None:
    listed = json.loads(diagnose("list", "--format", "json").stdout)
    assert len(listed) >= 43
    assert len({check["id"] for check in listed}) == len(listed)
    for check in listed[:: len(listed) // 4]:
        told = diagnose("explain", check["id"])
        assert told.returncode == 0
        assert check["title"] in told.stdout


def test_a_healthy_run_is_one_json_document_that_the_schema_accepts() -> None:
    with lab.start("healthy") as running:
        done = run_against(running, "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert report["verdict"]["status"] == "ready"
    assert report["digest"]["value"] == digest(report)
    schema = json.loads(diagnose("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(report)
    assert report["target"]["client_id"] == f"…{running.client_id[-4:]}"


@pytest.mark.parametrize(
    ("scenario", "further", "code"),
    [
        ("healthy", (), 0),
        ("missing-intermediate", (), 3),
        ("missing-intermediate", ("--fail-on", "never"), 0),
        ("expires-soon", (), 0),
        ("expires-soon", ("--fail-on", "warn"), 4),
        ("ip-restriction-unknown", (), 5),
    ],
)
def test_the_exit_code_is_the_verdicts_in_every_format(scenario: str, further: tuple[str, ...], code: int) -> None:
    with lab.start(scenario) as running:
        for name in ("terminal", "json"):
            assert run_against(running, "--format", name, *further).returncode == code


def test_standard_output_holds_the_report_alone_and_the_last_lines_say_what_to_do() -> None:
    with lab.start("missing-intermediate") as running:
        done = run_against(running)
    assert done.stderr == ""
    end = "\n".join(done.stdout.splitlines()[-20:])
    assert "NOT READY" in end
    assert "certificate-admin" in end
    assert "\x1b" not in done.stdout


def test_a_file_takes_the_place_of_standard_output_and_its_suffix_decides(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with lab.start("healthy") as running:
        done = run_against(running, "-o", str(file))
    assert done.stdout == ""
    assert json.loads(file.read_text("utf-8"))["verdict"]["status"] == "ready"


def test_the_secret_may_come_by_standard_input_or_environment() -> None:
    with lab.start("healthy") as running:
        arguments = [argument for argument in running.run_arguments() if argument != "--client-secret-file"]
        arguments.remove(str(running.secret_file))
        by_stdin = diagnose(
            "run", *arguments, "--client-secret-file", "-", "--format", "json",
            environment=running.environment(), stdin=running.client_secret + "\n",
        )  # fmt: skip
        by_environment = diagnose(
            "run", *arguments, "--format", "json",
            environment=running.environment() | {"HALO_CLIENT_SECRET": running.client_secret},
        )  # fmt: skip
    for done in (by_stdin, by_environment):
        assert json.loads(done.stdout)["verdict"]["status"] == "ready"
        assert running.client_secret not in done.stdout + done.stderr


def test_options_come_from_the_config_file_and_give_way_to_environment_and_option(tmp_path: Path) -> None:
    with lab.start("healthy") as running:
        file = tmp_path / "halo.toml"
        resolve = ", ".join(f'"{item}"' for item in running.resolve)
        file.write_text(
            f'resource-server = "{running.resource_server}"\nauth_server = "https://wrong.example.test/auth/"\n'
            f'client-id = "{running.client_id}"\nclient-secret-file = "{running.secret_file.as_posix()}"\n'
            f'resolve = [{resolve}]\ntrust-roots = "{running.trust_roots.as_posix()}"\nip-restriction = "yes"\n'
            'format = "json"\ntimeout = 30\n',
            "utf-8",
        )
        done = diagnose(
            "run", "--config", str(file), "--ip-restriction", "no",
            environment={"HALO_AUTH_SERVER": running.auth_server},
        )  # fmt: skip
    assert json.loads(done.stdout)["verdict"]["status"] == "ready", done.stderr


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("resource-servr = 'x'", "did you mean resource-server"),
        ("client-secret = 'x'", "does not belong"),
        ("resolve = 3", "list"),
        ("no-aia = 'yes'", "true or false"),
        ("resource-server = [1]", "one text"),
        ("[", "TOML"),
    ],
)
def test_a_wrong_config_file_is_named_with_its_key(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "halo.toml"
    file.write_text(text, "utf-8")
    done = diagnose("run", "--config", str(file))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


def test_a_waiver_covers_a_cause_and_an_expired_one_does_not(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    verdicts = []
    with lab.start("missing-intermediate") as running:
        for expires in ("2099-01-01", "2020-01-01"):
            file.write_text(f'[[waiver]]\nid = "tls.chain-complete"\nreason = "agreed"\nexpires = {expires}\n', "utf-8")
            report = json.loads(run_against(running, "--waive", str(file), "--format", "json").stdout)
            verdicts.append(report["verdict"]["status"])
    assert verdicts == ["ready_with_warnings", "not_ready"]


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent another way on Windows")
def test_an_interrupt_leaves_a_valid_partial_report() -> None:
    with lab.start("silent") as running:
        process = subprocess.Popen(
            [sys.executable, "-m", "diagnose", "run", *running.run_arguments(), "--format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **running.environment()},
            encoding="utf-8",
        )
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    report = json.loads(output)
    assert process.returncode == 130, errors
    assert report["run"]["cancelled"] is True
    assert len(report["checks"]) >= 43
    assert report["digest"]["value"] == digest(report)
    assert "Traceback" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent another way on Windows")
@pytest.mark.parametrize("after", [0.6, 1.2, 2.0])
def test_however_early_the_interrupt_there_is_a_report(after: float) -> None:
    with lab.start("silent") as running:
        process = subprocess.Popen(
            [sys.executable, "-m", "diagnose", "run", *running.run_arguments(), "--format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **running.environment()},
            encoding="utf-8",
        )
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 130, errors
    assert json.loads(output)["run"]["cancelled"] is True
    assert errors == ""


def test_a_proxy_that_says_nothing_is_not_the_servers_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        done = diagnose(*RUN, "--proxy", proxy, "--timeout", "9", "--format", "json")
    report = json.loads(done.stdout)
    reachable = next(check for check in report["checks"] if check["id"] == "net.reachable")
    assert (reachable["status"], reachable["reason"]["code"]) == ("unknown", "not_provable_here")
    assert report["verdict"]["status"] == "undecided"


def test_what_was_not_asked_is_said_in_the_headline() -> None:
    done = diagnose("demo", "healthy", "--only", "dns.*", "--format", "json")
    headline = json.loads(done.stdout)["verdict"]["headline"]
    assert headline.startswith("What was asked holds; ")
    assert headline.endswith("required checks were not asked.")


def test_a_run_ends_with_its_timeout_and_says_what_it_saw() -> None:
    with lab.start("silent") as running:
        began = time.monotonic()
        done = run_against(running, "--timeout", "2", "--format", "json")
        assert time.monotonic() - began < 3.0
    report = json.loads(done.stdout)
    reachable = next(check for check in report["checks"] if check["id"] == "net.reachable")
    assert reachable["status"] == "pass"


def test_the_demo_lists_its_scenarios_and_behaves_as_run_does() -> None:
    listed = diagnose("demo", "--list").stdout
    assert len(listed.splitlines()) >= 25
    assert diagnose("demo", "wrong-name", "--format", "json").returncode == 3
    assert diagnose("demo", "healthy", "--format", "json").returncode == 0


def test_the_demo_shows_a_healthy_and_a_broken_server(tmp_path: Path) -> None:
    done = diagnose("demo", "--output", str(tmp_path / "reports"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("READY") < done.stdout.index("NOT READY")
    for name in ("healthy", "missing-intermediate"):
        assert (tmp_path / "reports" / name / "report.json").is_file()
        assert (tmp_path / "reports" / name / "report.html").is_file()


def test_a_reader_that_goes_away_is_no_crash() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "diagnose", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.wait(timeout=10)
    process.stderr.close()
