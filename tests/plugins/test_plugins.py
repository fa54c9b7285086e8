"""Checks of others take part in everything, are named, and can take nothing down."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from diagnose import lab
from tests.cli.program import diagnose, run_against

HERE = Path(__file__).parent
ACME = str(HERE / "acme.py")
BAD = str(HERE / "misbehaving.py")


def checks_of(text: str) -> dict[str, Any]:
    return {check["id"]: check for check in json.loads(text)["checks"]}


def written(folder: Path, text: str, name: str = "guest.py") -> str:
    file = folder / name
    file.write_text(text, "utf-8")
    return str(file)


CHECK = """
from diagnose import Fact, Importance, Outcome, Owner, check, derive, passed, probe
from diagnose.facts.run import Moment, Target

@check({id!r}, importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def it_holds(moment: Moment) -> Outcome:
    '''It holds.'''
    return passed("it does", now=moment.now.isoformat())
"""


def installed(folder: Path, text: str, *, name: str = "acme-checks", version: str = "2.0") -> dict[str, str]:
    """Install a distribution as pip would, as far as entry points are concerned; return the environment for it."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text("[diagnose.checks]\nx = acme_checks\n\n[diagnose.probes]\nx = acme_checks\n")
    (folder / "acme_checks.py").write_text(text, "utf-8")
    return {"PYTHONPATH": os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))}


def test_a_file_brings_checks_probes_facts_and_derivations() -> None:
    with lab.start("healthy") as running:
        done = run_against(running, "--plugin", ACME, "--format", "json")
        asked = [request for request in running.log.to_halo if request.path == "/robots.txt"]
    report = json.loads(done.stdout)
    found = checks_of(done.stdout)
    assert (done.returncode, len(asked)) == (0, 1), done.stderr
    assert report["tool"]["plugins"] == [{"name": "acme.py", "version": "1.2"}]
    assert {name: found[name]["status"] for name in ("acme.asked", "acme.light")} == {
        "acme.asked": "pass",
        "acme.light": "pass",
    }
    assert found["acme.asked"]["source"] == "acme.py"
    assert report["facts"]["acme.robots"]["value"]["status"] == 404


def test_what_a_guest_needs_blocks_it_as_it_blocks_others() -> None:
    with lab.start("port-closed") as running:
        found = checks_of(run_against(running, "--plugin", ACME, "--format", "json").stdout)
    assert found["acme.light"]["status"] == "unknown"
    assert found["acme.light"]["reason"]["blocked_by"] == ["net.reachable"]


def test_list_and_explain_know_it() -> None:
    listed = {check["id"]: check for check in json.loads(diagnose("list", "--format", "json", "--plugin", ACME).stdout)}
    assert listed["acme.asked"]["needs"] == ["acme.robots"]
    told = diagnose("explain", "acme.asked", "--plugin", ACME).stdout
    assert "Acme asks it before each synchronisation." in told
    assert diagnose("explain", "acme.asked").returncode == 2


def test_a_saved_report_is_judged_again_by_it(tmp_path: Path) -> None:
    file = str(tmp_path / "report.json")
    with lab.start("healthy") as running:
        run_against(running, "--plugin", ACME, "-o", file)
    again = checks_of(diagnose("recheck", file, "--plugin", ACME, "--format", "json").stdout)
    assert again["acme.asked"]["status"] == again["acme.light"]["status"] == "pass"


def test_an_installed_one_takes_part_until_it_is_switched_off(tmp_path: Path) -> None:
    environment = installed(tmp_path, CHECK.format(id="acme.holds"))
    with lab.start("healthy") as running:
        done = run_against(running, "--format", "json", environment=environment)
        without = run_against(running, "--format", "json", "--no-plugins", environment=environment)
    assert json.loads(done.stdout)["tool"]["plugins"] == [{"name": "acme-checks", "version": "2.0"}]
    assert checks_of(done.stdout)["acme.holds"]["status"] == "pass"
    assert json.loads(without.stdout)["tool"]["plugins"] == []
    assert "acme.holds" not in checks_of(without.stdout)


@pytest.mark.parametrize("text", ["import nowhere", "raise SystemExit(0)", "def", "import time; time.sleep(60)"])
def test_an_installed_one_that_cannot_be_imported_is_noted_and_the_run_goes_on(text: str, tmp_path: Path) -> None:
    environment = installed(tmp_path, text)
    with lab.start("healthy") as running:
        done = run_against(running, "--format", "json", environment=environment)
    report = json.loads(done.stdout)
    assert report["verdict"]["status"] == "ready"
    assert report["tool"]["plugins"][0]["name"] == "acme-checks"
    assert report["tool"]["plugins"][0]["error"].startswith("cannot be imported")
    assert "acme-checks" in done.stderr
    assert "Traceback" not in done.stderr


WRONG = {
    "no such file": (None, "cannot be read|No such file"),
    "not importable": ("import nowhere", "nowhere"),
    "no Python": ("def", "SyntaxError"),
    "leaves": ("raise SystemExit", "SystemExit"),
    "nothing in it": ("x = 1", "declares no check"),
    "no title": (CHECK.format(id="acme.x").replace("'''It holds.'''", "pass"), "no docstring"),
    "no type": (CHECK.format(id="acme.x").replace("moment: Moment", "moment"), "has no type"),
    "no prefix": (CHECK.format(id="holds"), "prefix"),
    "a bundled prefix": (CHECK.format(id="tls.holds"), "prefix of its own"),
    "a bundled id": (CHECK.format(id="tls.name"), "tls"),
    "an odd id": (CHECK.format(id="acme.Is it?"), "form"),
    "a fact that nobody provides": (
        CHECK.format(id="acme.x").replace("moment: Moment", "moment: int"),
        "nothing provides",
    ),
    "a fact of another prefix": (
        CHECK.format(id="acme.x")
        + "class F(Fact, frozen=True):\n    NAME = 'tls.f'\n\n@probe()\nasync def f(target: Target) -> F: ...\n",
        "not one with acme.",
    ),
    "a bundled fact": (
        CHECK.format(id="acme.x")
        + "from diagnose.facts.tls import Handshakes\n@probe()\nasync def f(t: Target) -> Handshakes: ...\n",
        "not one with acme.",
    ),
    "a circle": (
        CHECK.format(id="acme.x").replace("moment: Moment", "moment: 'A'")
        + "class A(Fact, frozen=True):\n    NAME = 'acme.a'\nclass B(Fact, frozen=True):\n    NAME = 'acme.b'\n"
        + "@probe()\nasync def a(b: B) -> A: ...\n@probe()\nasync def b(a: A) -> B: ...\n",
        "need each other|A",
    ),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_file_that_breaks_a_rule_stops_the_program_with_a_sentence(name: str, tmp_path: Path) -> None:
    text, words = WRONG[name]
    file = written(tmp_path, text) if text is not None else str(tmp_path / "none.py")
    urls = ("--resource-server", "https://127.0.0.1:9/api", "--auth-server", "https://127.0.0.1:9/auth/")
    done = diagnose("run", *urls, "--no-credentials", "--plugin", file)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert any(word in done.stderr for word in words.split("|")), done.stderr


def test_two_guests_cannot_have_one_id(tmp_path: Path) -> None:
    files = [written(tmp_path, CHECK.format(id="acme.x"), name) for name in ("one.py", "two.py")]
    done = diagnose("list", "--plugin", files[0], "--plugin", files[1])
    assert (done.returncode, "acme.x" in done.stderr) == (2, True)


def test_nothing_a_guest_does_takes_the_run_down() -> None:
    with lab.start("healthy") as running:
        began = time.monotonic()
        done = run_against(running, "--plugin", BAD, "--format", "json")
        took = time.monotonic() - began
    found = checks_of(done.stdout)
    bad = {name: check for name, check in found.items() if name.startswith("bad.")}
    assert done.returncode == 5, done.stderr
    assert len(bad) == 16
    assert {check["status"] for check in bad.values()} == {"unknown"}
    codes = {name: check["reason"]["code"] for name, check in bad.items()}
    assert codes.pop("bad.stuck") == "timeout"
    assert set(codes.values()) == {"internal_error"}, codes
    assert "\x1b" not in done.stdout
    assert found["auth.token"]["status"] == found["tls.name"]["status"] == "pass"
    assert "Traceback" not in done.stderr
    assert took < 30


def test_a_run_ends_in_time_whatever_a_guest_does() -> None:
    with lab.start("healthy") as running:
        began = time.monotonic()
        done = run_against(running, "--plugin", BAD, "--format", "json", "--timeout", "3")
        took = time.monotonic() - began
    assert checks_of(done.stdout)["bad.hangs"]["status"] == "unknown"
    assert took < 4.5


def test_every_report_shows_a_guest() -> None:
    with lab.start("healthy") as running:
        for name in ("terminal", "html", "markdown", "text", "junit"):
            assert "acme.asked" in run_against(running, "--plugin", ACME, "--format", name).stdout


def test_a_profile_can_demand_a_guests_check(tmp_path: Path) -> None:
    profile = Path(lab.__file__).parents[1] / "profiles" / "gradient.toml"
    text = profile.read_text("utf-8").replace(
        "needs_contracts = true", 'needs_contracts = true\nchecks = ["acme.asked"]'
    )
    file = written(tmp_path, text, "mine.toml")
    with lab.start("healthy") as running:
        done = run_against(running, "--plugin", ACME, "--profile", file, "--format", "json")
        refused = run_against(running, "--profile", file)
    assert checks_of(done.stdout)["acme.asked"]["importance"] == "required"
    assert checks_of(done.stdout)["acme.light"]["importance"] == "informational"
    assert (refused.returncode, "acme.asked" in refused.stderr) == (2, True)


def test_the_config_file_can_name_it(tmp_path: Path) -> None:
    config = written(tmp_path, f'plugin = ["{Path(ACME).as_posix()}"]\n', "halo.toml")
    with lab.start("healthy") as running:
        done = run_against(running, "--config", config, "--format", "json")
    assert "acme.asked" in checks_of(done.stdout)


def test_what_a_guest_prints_goes_to_standard_error_and_the_report_stays_alone(tmp_path: Path) -> None:
    text = CHECK.format(id="noisy.check").replace("    return passed", "    print('HELLO')\n    return passed")
    with lab.start("healthy") as running:
        done = run_against(running, "--plugin", written(tmp_path, f"{text}\nprint('IMPORTED')\n"), "--format", "json")
    assert checks_of(done.stdout)["noisy.check"]["status"] == "pass"
    assert {"HELLO", "IMPORTED"} <= set(done.stderr.split())


def test_an_import_that_blocks_is_waited_for_no_longer_than_the_run(tmp_path: Path) -> None:
    began = time.monotonic()
    with lab.start("healthy") as running:
        done = run_against(running, "--plugin", written(tmp_path, "import time\ntime.sleep(30)\n"), "--timeout", "3")
    assert done.returncode == 2
    assert "takes longer than" in done.stderr
    assert time.monotonic() - began < 8


@pytest.mark.skipif(os.name == "nt", reason="an interrupt is sent another way on Windows")
def test_an_interrupt_while_the_facts_are_judged_leaves_the_whole_report(tmp_path: Path) -> None:
    kill = "    import os, signal\n    os.kill(os.getpid(), signal.SIGINT)\n    return passed"
    text = CHECK.format(id="kill.check").replace("    return passed", kill)
    with lab.start("healthy") as running:
        done = run_against(running, "--plugin", written(tmp_path, text), "--format", "json")
    assert done.returncode == 130
    assert json.loads(done.stdout)["run"]["cancelled"] is True
    assert checks_of(done.stdout)["kill.check"]["status"] == "pass"
