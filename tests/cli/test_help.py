"""Help fits a screen and ends with examples; completion says something; a wrong word meets the nearest right one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from diagnose.cli import COMMANDS, program
from diagnose.cli.helping import EXAMPLES, GROUPS, USUAL
from diagnose.cli.run import command as run_command
from tests.cli.program import diagnose

SCREEN = {"COLUMNS": "80", "LINES": "24"}


def test_the_main_help_fits_24_lines_of_80_columns() -> None:
    lines = diagnose("--help", environment=SCREEN).stdout.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def every() -> Iterator[tuple[str, click.Command]]:
    """Every command and subcommand, by the words that call it."""
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", command.commands[below]) for below in command.commands)


ALL = dict(every())


@pytest.mark.parametrize("name", ALL)
def test_every_commands_help_fits_the_screen_and_ends_with_examples_of_that_command(name: str) -> None:
    done = diagnose(*name.split(), "--help", environment=SCREEN)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    shown = [line.strip() for line in lines[-len(EXAMPLES[name]) :]]
    assert shown == [line.strip() for line in EXAMPLES[name]]
    assert lines[-len(EXAMPLES[name]) - 1].strip() == "Examples:"


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_told_by_help_or_by_the_help_that_help_names(name: str) -> None:
    """What `--help` leaves out for want of lines, `--help-all` tells; the first says so."""
    told = diagnose(*name.split(), "--help", environment=SCREEN).stdout
    if f"diagnose {name} --help-all" in told:
        told = diagnose(*name.split(), "--help-all", environment=SCREEN).stdout
    for option in ALL[name].params:
        if isinstance(option, click.Option) and not option.hidden:
            assert re.search(rf"^  .*{re.escape(option.opts[-1])}\b", told, re.MULTILINE), option.opts
            assert (option.help or "").split()[0] in told


def test_what_is_usual_of_a_command_is_an_option_of_it_and_no_command_hides_one_without_need() -> None:
    by_name = {name.split()[-1]: command for name, command in ALL.items()}
    for name, usual in USUAL.items():
        options = {parameter.name for parameter in by_name[name].params}
        assert set(usual) < options, name
    assert not {"list", "schema", "verify"} & set(USUAL)


def test_help_all_is_no_key_of_a_configuration_file(tmp_path: Path) -> None:
    """It is an option of the help and not of a run."""
    (tmp_path / "halo.toml").write_text("help-all = true\n", "utf-8")
    done = diagnose("run", "--config", str(tmp_path / "halo.toml"))
    assert (done.returncode, "there is no option 'help-all'" in done.stderr) == (2, True)


def test_every_option_of_run_stands_under_a_heading() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped))
    assert {parameter.name for parameter in run_command.params} <= set(grouped)


def test_a_group_alone_prints_its_help_as_the_program_does() -> None:
    """And tells each of its commands in whole sentences."""
    done = diagnose("vantage", environment=SCREEN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == diagnose("vantage", "--help", environment=SCREEN).stdout
    assert "..." not in done.stdout.replace("[ARGS]...", "")
    assert diagnose("vantage", "nonsense").returncode == 2


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
    ("words", "wanted"),
    [
        ("explain tls.chain-c", {"plain,tls.chain-complete", "plain,tls.chain-clean"}),
        ("run --only tls.name", {"plain,tls.name"}),
        ("run --skip nothing.like-it", set()),
        ("recheck --plugin mine", {"file,mine"}),
        ("demo missing-intermediate-p", {"plain,missing-intermediate-pem", "plain,missing-intermediate-p7c"}),
        ("run --profile gr", {"file,gr", "plain,gradient"}),
        ("vantage request --profile rew", {"file,rew", "plain,rewst"}),
        ("run --trust-roots lab", {"file,lab"}),
        ("explain --plugin not-there.py tls.name", set()),
    ],
)
def test_completion_knows_ids_scenarios_profiles_and_files(words: str, wanted: set[str]) -> None:
    """Where something goes wrong nothing is completed, and nothing is said either."""
    known = {"COMP_WORDS": f"diagnose {words}", "COMP_CWORD": str(len(words.split()))}
    done = diagnose(environment=known | {"_DIAGNOSE_COMPLETE": "bash_complete"})
    assert set(done.stdout.split()) == wanted
    assert done.stderr == ""


def documented(shell: str) -> str:
    """Return the lines of the how-to for this shell."""
    text = (ROOT / "docs" / "for-developers.md").read_text("utf-8")
    return text.partition(FILES[shell])[2].partition("\n")[2].partition("\n#")[0].partition("```")[0]


ROOT = Path(__file__).resolve().parents[2]
FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "config.fish"}
ASKS = {
    "bash": "COMP_WORDS=(diagnose explain tls.na); COMP_CWORD=2; _diagnose_completion diagnose tls.na explain; "
    'echo "${COMPREPLY[@]}"',
    "zsh": 'echo "${_comps[diagnose]}" tls.name',
    "fish": 'complete -C "diagnose explain tls.na"',
}


@pytest.mark.parametrize("shell", FILES)
def test_the_documented_lines_work_in_a_fresh_shell(shell: str, tmp_path: Path) -> None:
    """zsh knows no completion before compinit."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    plain = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    lines = documented(shell)
    assert "_DIAGNOSE_COMPLETE" in lines
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [shell, *plain, "-c", f"{lines}\n{ASKS[shell]}"], capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PATH": path, "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path)}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stderr == ""
    assert "tls.name" in done.stdout
    if shell == "zsh":
        assert "_diagnose_completion" in done.stdout


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
