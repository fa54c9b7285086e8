"""What every test gets: a clean environment, no network beyond this machine, one Hypothesis profile, no quiet skips."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

GUARD = Path(__file__).parent / "guard"
sys.path.insert(0, str(GUARD))

import loopback_guard  # noqa: E402 - found by the line above, under the name that other processes know it by

CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}
NO_SKIPS = os.environ.get("DIAGNOSE_NO_SKIPS") == "1"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
OTHERS = {
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
}
HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

hypothesis.settings.register_profile("quick", deadline=None, max_examples=25, derandomize=CI)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure() -> None:
    """Clean the environment before anything is collected: session fixtures and the programs they start see it too."""
    for name in list(os.environ):
        if name.startswith("HALO_") or name.lower() in PROXIES or name in OTHERS:
            del os.environ[name]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # some thousand processes would compile everything anew
    home = tempfile.mkdtemp(prefix="diagnose-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(dict.fromkeys(HOMES, home))
    inherited = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != str(GUARD)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(GUARD), *inherited])
    loopback_guard.install()


@pytest.fixture(autouse=True)
def only_this_machine(request: pytest.FixtureRequest) -> Generator[None]:
    """Fail the test that tried to reach beyond this machine, also where the tested code coped with the refusal."""
    before = len(loopback_guard.REFUSED)
    yield
    tried = loopback_guard.REFUSED[before:]
    if tried and "beyond_loopback" not in request.keywords:
        pytest.fail(f"the test tried to reach {', '.join(tried)}")


@pytest.fixture(scope="session")
def faults_of_page() -> Generator[Callable[[str], list[str]]]:
    """What a browser finds wrong with an HTML report, the browser being kept open for the next one.

    Without a browser nothing is found, so that a scenario's test is never lost; tests/reports/test_every_page.py is
    skipped then and says so.
    """
    from tests.reports import browser  # noqa: PLC0415 - playwright takes its time, and few tests want a browser

    if browser.MISSING:
        yield lambda _: []
        return
    page = browser.OnePage()
    yield page.faults
    page.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With DIAGNOSE_NO_SKIPS=1 a skipped test is a failed one."""
    report = yield
    return without_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do likewise for a file that skips itself as a whole."""
    report = yield
    return without_skip(report)


def without_skip(report: Report) -> Report:
    """Turn a skip into a failure that names its reason, where skips are not allowed."""
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"no test may be skipped here: {reason}"
    return report
