"""What is wrong is said in one whole sentence that leads nowhere wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import diagnose

BUNDLED = "dnsfilter, gradient, rewst"
TARGET = ("--resource-server", "https://a.test/api", "--auth-server", "https://a.test/auth/", "--no-credentials")


@pytest.mark.parametrize("key", ["secret", "client-secret", "Client_Secret", "password", "token", "halo-client-secret"])
def test_a_secret_in_the_configuration_is_no_misspelt_option(tmp_path: Path, key: str) -> None:
    """`secret` is near to `server-log`, and what stands behind it is nobody's business."""
    file = tmp_path / "halo.toml"
    file.write_text(f'{key} = "hunter2hunter2"\n', "utf-8")
    done = diagnose("run", "--config", str(file))
    assert done.returncode == 2
    assert "a secret does not belong in this file; name a file with client-secret-file" in done.stderr
    assert "did you mean" not in done.stderr
    assert "hunter2" not in done.stderr


def test_an_option_that_is_misspelt_there_is_still_suggested(tmp_path: Path) -> None:
    file = tmp_path / "halo.toml"
    file.write_text('resource-sever = "https://a.test/api"\n', "utf-8")
    assert "did you mean resource-server?" in diagnose("run", "--config", str(file)).stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nofile.toml", f"the profile nofile.toml: no such file; bundled are {BUNDLED}"),
        ("folder/gradient", f"the profile folder/gradient: no such file; bundled are {BUNDLED}"),
        ("gradiant", f"there is no profile 'gradiant'; did you mean gradient? Bundled are {BUNDLED}, or name a file"),
        ("zzz", f"there is no profile 'zzz'; bundled are {BUNDLED}, or name a file"),
    ],
)
def test_a_profile_that_is_not_there_is_taken_for_what_it_looks_like(given: str, said: str) -> None:
    done = diagnose("run", *TARGET, "--profile", given)
    assert (done.returncode, done.stderr) == (2, f"diagnose: {said}\n")


def test_a_scenario_and_a_format_are_suggested_in_whole_sentences(tmp_path: Path) -> None:
    assert "did you mean healthy? All of them are named by: diagnose demo --list" in diagnose("demo", "heathy").stderr
    assert "'qqq'; all of them are named by: diagnose demo --list" in diagnose("demo", "qqq").stderr
    (tmp_path / "rules.txt").write_text("x", "utf-8")
    said = diagnose("run", *TARGET, "--allow-list", f"ngnix:{tmp_path / 'rules.txt'}").stderr
    assert "did you mean nginx? There are " in said
