"""What dev.py says when it cannot do what it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

import dev


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)'",
            "does not reach the package registry",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "does not have the hash"),
        ("Collecting\nERROR: No matching distribution found for click==99", "No matching distribution found for click"),
        ("", "gave no reason"),
    ],
)
def test_a_failed_installation_is_one_sentence(output: str, words: str) -> None:
    assert words in dev.why(output)
    assert "\n" not in dev.why(output)


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["frobnicate"]) == 2
    assert "python3 dev.py demo" in capsys.readouterr().out


def test_without_a_command_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main([]) == 0
    said = capsys.readouterr().out
    assert [name for name in ("demo", "test", "check", "bench", "lock", "clean") if f"dev.py {name}" not in said] == []


def test_another_lock_is_another_stamp(tmp_path: Path) -> None:
    """So the environment is made anew when, and only when, what it must hold has changed."""
    lock = tmp_path / "one.lock"
    lock.write_text("click==8.5.1\n", "utf-8")
    before = dev.stamp(tmp_path, lock)
    assert dev.stamp(tmp_path, lock) == before
    lock.write_text("click==8.5.2\n", "utf-8")
    assert dev.stamp(tmp_path, lock) != before


def test_an_environment_of_nothing_does_not_work(tmp_path: Path) -> None:
    assert not dev.works(tmp_path / "python")
