"""Canaries: distinctive secrets are planted wherever one can get in, and looked for in everything that comes out."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from diagnose.lab.running import Running
from diagnose.secret_forms import spells_bytes
from tests.cli.echoing import COOKIE, echoing, forms
from tests.cli.program import diagnose, run_against

PROXY_PASSWORD = "kanarie-proxy-9a0364b9e99b"
SECRETS = ["kanarie-client-0123456789abcdef", 'kana+/%"<&>ÄÖ rie-4711-geheim']
SCENARIOS = ["healthy", "auth-redirect-302", "not-halo", "area-html"]
FORMATS = ["terminal", "json", "html", "markdown", "text", "junit", "csv", "nagios"]


def outputs(done: subprocess.CompletedProcess[str], *folders: Path) -> dict[str, bytes]:
    """Return everything that came out: both streams, the files, their names, and what is in archives."""
    found = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found[path.name] = path.read_bytes()
                found[f"name of {path.name}"] = path.name.encode()
    for name, content in list(found.items()):
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found |= {f"{name}: {member}": archive.read(member) for member in archive.namelist()}
    return found


def leaks(found: dict[str, bytes], secrets: list[str]) -> list[str]:
    """Return where a secret is, by the forms of the test and by those of the tool."""
    told = []
    for place, content in found.items():
        text = content.decode("utf-8", "replace")
        for secret in secrets:
            told += [f"{place}: {name} of {secret}" for name, form in forms(secret).items() if form in text]
        told += [f"{place}: one of them, as the tool finds it" for _ in [0] if spells_bytes(content, secrets)]
    return told


def planted(running: Running, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return the options and the environment of a run that meets its secrets in an option file and the environment."""
    config = folder / "halo.toml"
    config.write_text(f'client-secret-file = "{running.secret_file.as_posix()}"\ntenant = "Not set"\n', "utf-8")
    proxies = dict.fromkeys(("HTTPS_PROXY", "http_proxy"), f"http://anna:{PROXY_PASSWORD}@127.0.0.1:9")
    return ["--config", str(config)], proxies


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_secret_comes_out_of_a_run_or_of_what_is_made_of_its_report(
    secret: str, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with echoing(monkeypatch, secret, scenario, [PROXY_PASSWORD]) as (running, tokens):
        options, environment = planted(running, tmp_path)
        done = run_against(running, *options, "-v", "--output", str(out), environment=environment)
    secrets = [secret, *tokens, PROXY_PASSWORD, COOKIE]
    assert done.returncode in {0, 3, 5}, done.stderr
    assert leaks(outputs(done, out), secrets) == []
    report = out / "report.json"
    for arguments in commands(report, tmp_path):
        made = diagnose(*arguments)
        assert made.returncode in {0, 3, 5}, (arguments, made.stderr)
        assert leaks(outputs(made, out), secrets) == [], arguments


def commands(report: Path, folder: Path) -> list[list[str]]:
    """Return the commands that make something of a saved report."""
    zipped = folder / "out" / "a.zip"
    return [
        *(["render", str(report), "--format", form, "-v"] for form in ("terminal", "text")),
        ["recheck", str(report), "--format", "json"],
        ["compare", str(report), str(report)],
        ["attach", str(report), "--yes", "-o", str(zipped)],
        ["attach", str(report), "--yes", "--pseudonyms", "-o", str(folder / "out" / "b.zip")],
        ["verify", str(zipped)],
    ]


def test_the_twin_that_looks_finds_what_is_there() -> None:
    secret = SECRETS[1]
    for name, form in forms(secret).items():
        assert leaks({"x": f"before {form} after".encode()}, [secret]), name
    assert leaks({"x": secret.encode("utf-16")}, [secret])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a report and a word in it that a secret of the environment is then made of."""
    folder = tmp_path_factory.mktemp("saved")
    report = folder / "report.json"
    done = diagnose("demo", "missing-intermediate", "-o", str(report))
    assert done.returncode == 3, done.stderr
    return report, "Microsoft-IIS/10.0"


@pytest.mark.parametrize(
    "arguments",
    [
        *(["render", "{report}", "--format", form, "-v"] for form in FORMATS),
        ["render", "{report}", "--output", "{folder}"],
        ["recheck", "{report}", "-o", "{folder}/again.json"],
        ["attach", "{report}", "--yes", "-o", "{folder}/a.zip"],
        ["attach", "{report}", "--yes", "--pseudonyms", "-o", "{folder}/a.zip"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("way", ["HALO_CLIENT_SECRET", "HALO_CLIENT_SECRET_FILE", "ALL_PROXY"])
def test_a_secret_of_the_environment_in_a_report_is_written_nowhere(
    arguments: list[str], way: str, saved: tuple[Path, str], tmp_path: Path
) -> None:
    report, word = saved
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "secret").write_text(word, "utf-8")
    values = {
        "HALO_CLIENT_SECRET": word,
        "HALO_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "ALL_PROXY": f"http://anna:{word.replace('/', '%2F')}@proxy.example.test:3128",
    }
    filled = [argument.format(report=report, folder=folder) for argument in arguments]
    done = diagnose(*filled, environment={way: values[way]})
    assert done.returncode == (3 if "nagios" in arguments else 70), done.stdout + done.stderr
    assert done.stdout == "" or json.loads(done.stdout)["exit_code"] == 70
    assert word not in done.stdout
    assert list(folder.iterdir()) == []
    assert word not in done.stderr
    assert "the report" in done.stderr


def test_a_secret_typed_after_an_option_that_does_not_exist_is_not_repeated() -> None:
    for arguments in (["--client-secret", SECRETS[0]], [f"--client-secret={SECRETS[0]}"], ["extra", SECRETS[0]]):
        done = diagnose("run", *arguments, environment={"HALO_CLIENT_SECRET": SECRETS[0]})
        assert done.returncode == 2
        assert leaks(outputs(done), [SECRETS[0]]) == []


def test_the_password_of_a_proxy_that_is_not_there_is_in_no_message(tmp_path: Path) -> None:
    for proxy in (
        f"http://anna:{PROXY_PASSWORD}@127.0.0.1:9",
        f"socks9://anna:{PROXY_PASSWORD}@x",
        f"http://a:{PROXY_PASSWORD}@",
    ):
        done = diagnose(
            *(
                "run",
                "--resource-server",
                "https://halo.example.test/api",
                "--auth-server",
                "https://halo.example.test/auth/",
            ),
            *("--no-credentials", "--timeout", "5", "--proxy", proxy, "--output", str(tmp_path), "-v"),
        )
        assert done.returncode in {2, 3, 5}, done.stderr
        assert leaks(outputs(done, tmp_path), [PROXY_PASSWORD]) == []
