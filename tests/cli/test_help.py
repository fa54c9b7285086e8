"""Help fits a screen and ends with examples; completion says something; a wrong word meets the nearest right one."""

from __future__ import annotations

import pytest

from diagnose.cli import COMMANDS
from diagnose.cli.helping import EXAMPLES, GROUPS
from diagnose.cli.run import command as run_command
from tests.cli.program import diagnose

SCREEN = {"COLUMNS": "80", "LINES": "24"}


def test_the_main_help_fits_24_lines_of_80_columns() -> None:
    lines = diagnose("--help", environment=SCREEN).stdout.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_ends_with_examples_of_that_command(name: str) -> None:
    lines = diagnose(name, "--help", environment=SCREEN).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    shown = [line.strip() for line in lines[-len(EXAMPLES[name]) :]]
    assert shown == [line.strip() for line in EXAMPLES[name]]


def test_every_option_of_run_stands_under_a_heading() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped))
    assert {parameter.name for parameter in run_command.params} <= set(grouped)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_each_shell(shell: str) -> None:
    done = diagnose(environment={"_DIAGNOSE_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0, done.stderr
    assert "_DIAGNOSE_COMPLETE" in done.stdout


def test_completion_names_commands_and_options() -> None:
    known = {"_DIAGNOSE_COMPLETE": "bash_complete", "COMP_WORDS": "diagnose ex", "COMP_CWORD": "1"}
    assert "plain,explain" in diagnose(environment=known).stdout
    known |= {"COMP_WORDS": "diagnose run --no-c", "COMP_CWORD": "2"}
    assert set(diagnose(environment=known).stdout.split()) == {"plain,--no-credentials", "plain,--no-color"}


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (("rnu",), "run"),
        (("run", "--formt", "json"), "--format"),
        (("run", "--resouce-server", "x"), "--resource-server"),
        (("run", "--format", "jsn"), "json"),
        (("run", "--fail-on", "warm"), "warn"),
        (("explain", "tls.dats"), "tls.dates"),
        (("demo", "heathy"), "healthy"),
        (
            ("run", "--resource-server", "https://a.test/api", "--auth-server", "https://a.test/auth/",
             "--no-credentials", "--profile", "gradiant"),
            "did you mean gradient?",
        ),
    ],
)  # fmt: skip
def test_the_nearest_right_word_is_named(arguments: tuple[str, ...], suggested: str) -> None:
    done = diagnose(*arguments)
    assert done.returncode == 2
    assert "did you mean" in done.stderr.lower()
    assert (
        suggested in done.stderr.lower().partition("did you mean")[1] + done.stderr.lower().partition("did you mean")[2]
    )
    assert len(done.stderr.splitlines()) == 1
