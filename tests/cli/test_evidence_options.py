"""`--allow-list`, `--server-log` and `--vantage` as their users give them: options, configuration file, wrong names."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from checks import allowlist
from diagnose import lab, profile
from diagnose.facts.allowlist import RuleFiles, ServerLogs
from diagnose.facts.run import Settings, Target
from diagnose.reachability.derivations import FromOutside
from diagnose.reachability.model import Collected
from tests.cli.program import diagnose, run_against

RUN = (
    "run", "--resource-server", "https://halo.example.test/api", "--auth-server", "https://halo.example.test/auth/",
    "--no-credentials", "--resolve", "halo.example.test:443:127.0.0.1",
)  # fmt: skip
GIVEN = ("--integrator-ip", "3.19.3.152")
ONLY = ("--only", "allowlist.configuration")


def rules(tmp_path: Path, text: str = "3.19.3.152\n") -> str:
    (tmp_path / "rules.txt").write_text(text, "utf-8")
    return str(tmp_path / "rules.txt")


@pytest.mark.parametrize("option", ["--allow-list", "--server-log", "--vantage"])
def test_a_file_that_is_not_there_ends_the_run_before_anything_is_sent(option: str) -> None:
    with lab.start("healthy") as running:
        done = run_against(running, option, "none.txt", "--format", "json")
        assert running.log.to_halo == ()
    assert done.returncode == 2
    assert json.loads(done.stdout)["exit_code"] == 2
    assert f"{option} none.txt" in done.stderr


def test_an_unknown_format_is_a_usage_error(tmp_path: Path) -> None:
    done = diagnose(*RUN, "--allow-list", f"ngnix:{rules(tmp_path)}")
    assert done.returncode == 2
    assert "did you mean nginx" in done.stderr


def test_rules_alone_are_judged_without_a_network(tmp_path: Path) -> None:
    with lab.start("healthy") as running:
        done = run_against(running, *GIVEN, *ONLY, "--allow-list", f"plain:{rules(tmp_path)}", "--format", "json",
                           "--ip-restriction", "yes")  # fmt: skip
        assert running.log.to_halo == ()
    report = json.loads(done.stdout)
    judged = {check["id"]: check for check in report["checks"]}["allowlist.configuration"]
    assert judged["status"] == "pass"
    assert report["contacted"] == []


def test_rules_are_judged_where_the_server_cannot_be_reached(tmp_path: Path) -> None:
    with lab.start("port-closed") as running:
        done = run_against(running, *GIVEN, "--ip-restriction", "yes", "--allow-list", rules(tmp_path, "3.19.4.238\n"),
                           "--format", "json")  # fmt: skip
    report = json.loads(done.stdout)
    judged = {check["id"]: check["status"] for check in report["checks"]}
    assert judged["net.reachable"] == judged["allowlist.configuration"] == judged["allowlist.reachability"] == "fail"
    assert set(report["verdict"]["causes"]) == {"net.reachable", "allowlist.reachability"}


def test_the_files_come_from_the_configuration_file_too(tmp_path: Path) -> None:
    config = tmp_path / "halo.toml"
    config.write_text(
        f'allow-list = ["{Path(rules(tmp_path)).as_posix()}"]\nintegrator-ip = ["3.19.3.152", "3.19.4.238"]\n', "utf-8"
    )
    done = diagnose(*RUN, *ONLY, "--config", str(config), "--format", "json")
    judged = {check["id"]: check for check in json.loads(done.stdout)["checks"]}["allowlist.configuration"]
    assert judged["status"] == "fail"
    assert "3.19.4.238" in judged["summary"]


def test_a_wrong_file_in_the_configuration_file_is_named(tmp_path: Path) -> None:
    config = tmp_path / "halo.toml"
    config.write_text('server-log = "none.log"\n', "utf-8")
    done = diagnose(*RUN, "--config", str(config))
    assert (done.returncode, "--server-log none.log" in done.stderr) == (2, True)


def test_a_saved_report_holds_enough_to_be_judged_again(tmp_path: Path) -> None:
    with lab.start("logs-against-rules") as running:
        report = json.loads(run_against(running, "--format", "json").stdout)
    facts = {name: entry.get("value") for name, entry in report["facts"].items()}
    target, settings = msgspec.convert(facts["run.target"], Target), msgspec.convert(facts["run.settings"], Settings)
    files = msgspec.convert(facts["allowlist.rule_files"], RuleFiles)
    logs = msgspec.convert(facts["allowlist.logs"], ServerLogs)
    gradient = profile.load("gradient")
    outside = FromOutside(Collected())
    again = allowlist.the_addresses_reach_this_halopsa(target, gradient, settings, files, logs, outside)
    written = {check["id"]: check for check in report["checks"]}["allowlist.reachability"]
    assert (again.status, again.summary, again.evidence) == (written["status"], written["summary"], written["evidence"])
    assert "halo-lab-" not in json.dumps(report["facts"])
