"""What a user installs: one wheel, three packages, their data; and a program that says when it is not installed."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("checks", "diagnose", "reports")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dev.build_wheel(tmp_path_factory.mktemp("wheel"), sys.executable)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what diagnose depends on, and without diagnose."""
    home = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "venv")], check=True)
    libraries = home / "libraries"
    libraries.mkdir()
    for entry in Path(site.getsitepackages()[-1]).iterdir():
        if "halo_diagnose" not in entry.name and entry.suffix not in {".pth", ".egg-link"}:
            borrow(entry, libraries / entry.name)
    folder = next((home / "venv").rglob("site-packages"))
    (folder / "libraries.pth").write_text(str(libraries), "utf-8")
    return home / "venv"


def borrow(entry: Path, to: Path) -> None:
    """Link, or copy where this machine does not let us link."""
    try:
        to.symlink_to(entry)
    except OSError:
        (shutil.copytree if entry.is_dir() else shutil.copy)(entry, to)


def run(*command: str | Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, env=environment, cwd=path)


def test_the_top_level_is_the_three_packages_and_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_every_file_of_the_packages_is_in_it(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = {file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()}
    names = {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}
    assert names - inside == set()


def test_it_carries_types_and_licence(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {f"{package}/py.typed" for package in PACKAGES} <= inside
    assert [name for name in inside if name.endswith("licenses/LICENSE")]


def test_it_installs_without_a_network_and_knows_its_checks(wheel: Path, bare: Path, tmp_path: Path) -> None:
    home = shutil.copytree(bare, tmp_path / "venv", symlinks=True)
    done = run(
        sys.executable, "-m", "pip", "--python", dev.interpreter(home), "install", "--no-deps", "--no-index", wheel
    )
    assert done.returncode == 0, done.stdout + done.stderr
    program = dev.script("diagnose", home)
    assert run(program, "--version").stdout.split()[0] == "diagnose"
    assert "tls.chain-complete" in run(program, "list").stdout


SERVER = ("--resource-server", "https://127.0.0.1:9/api", "--auth-server", "https://127.0.0.1:9/auth/")


@pytest.mark.parametrize("command", [("list",), ("demo",), ("run", "--no-input", "--no-credentials", *SERVER)])
def test_a_folder_that_was_never_installed_says_so_and_is_never_ready(bare: Path, command: tuple[str, ...]) -> None:
    done = run(dev.interpreter(bare), "-m", "diagnose", *command, path=sources(bare))
    assert (done.returncode, "not installed" in done.stderr, "READY" in done.stdout) == (1, True, False), done


def sources(bare: Path) -> Path:
    """The three packages, as someone would have them who unpacked an archive."""
    folder = bare.parent / "sources"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, dirs_exist_ok=True)
    return folder


def entry_points() -> list[metadata.EntryPoint]:
    return list(metadata.distribution("halo-diagnose").entry_points)


@pytest.mark.parametrize("entry", entry_points(), ids=lambda entry: f"{entry.group}-{entry.name}")
def test_every_entry_point_leads_somewhere(entry: metadata.EntryPoint) -> None:
    assert entry.load() is not None


def test_there_is_a_door_for_checks_for_probes_and_for_formats() -> None:
    groups = {"console_scripts", "diagnose.checks", "diagnose.probes", "diagnose.formats"}
    assert {entry.group for entry in entry_points()} >= groups
