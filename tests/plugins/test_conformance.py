"""The conformance kit: the bundled checks pass it, each careless one fails its claim, and nobody else pays for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-p", "no:cacheprovider", "-rA", "-q"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, encoding="utf-8", check=False, cwd=folder, env=dict(os.environ)
    )


def test_the_bundled_checks_pass_it(tmp_path: Path) -> None:
    done = pytest_run(tmp_path, "--diagnose-plugin", "halo-diagnose")
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) >= 300


def test_a_good_plug_in_passes_it_with_its_facts_and_derivations(tmp_path: Path) -> None:
    done = pytest_run(tmp_path, "--diagnose-plugin", str(HERE / "acme.py"))
    assert done.returncode == 0, done.stdout
    for name in (
        "acme.asked: touches nothing outside",
        "acme.robots: can be stored",
        "weigh: derives from extreme facts",
    ):
        assert name in done.stdout


BROKEN = {
    "careless.title": ("says what it asks", "no sentence"),
    "careless.explained": ("says what it asks", "careless.nothing"),
    "careless.raises": ("answers empty facts", "IndexError"),
    "careless.no-remedy": ("answers ordinary facts", "without a remedy"),
    "careless.no-evidence": ("answers ordinary facts", "without evidence"),
    "careless.no-summary": ("answers ordinary facts", "without a summary"),
    "careless.raw": ("answers hostile facts", "not made harmless"),
    "careless.moody": ("answers ordinary facts", "second time"),
    "careless.curious": ("touches nothing outside", "careless.py"),
    "careless.slow": ("answers extreme facts", "longer than"),
}


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = str(HERE / "careless.py")
    return pytest_run(tmp_path_factory.mktemp("careless"), "--diagnose-plugin", file).stdout


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_is_seen_to_be_broken(name: str, careless: str) -> None:
    claim, word = BROKEN[name]
    assert re.search(rf"FAILED \S*{re.escape(name)}: {claim}", careless), careless[-4000:]
    section = careless.split(f"_ {name}: {claim}", 1)[1][:1500]
    assert word in section


def test_a_sound_check_beside_them_passes(careless: str) -> None:
    assert not re.search(r"FAILED \S*careless\.sound", careless)
    assert "PASSED ::careless.sound: answers hostile facts" in careless


@pytest.mark.parametrize("name", ["nowhere", "none.py"])
def test_what_is_not_there_is_one_sentence(name: str, tmp_path: Path) -> None:
    done = pytest_run(tmp_path, "--diagnose-plugin", name)
    assert done.returncode == 4
    assert f"--diagnose-plugin {name}" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_without_the_option_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    heavy = {'msgspec', 'click', 'diagnose.registry', 'diagnose.conforming', 'checks'}\n"
        "    assert not heavy & set(sys.modules)\n    assert 'diagnose.conformance' in sys.modules\n"
    )
    done = pytest_run(tmp_path)
    assert done.returncode == 0, done.stdout
