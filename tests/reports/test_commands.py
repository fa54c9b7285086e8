"""A command that is broken into lines is still the same command, for its shell and for whoever pastes it."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.text import harmless
from reports.commands import SHELLS, folded
from reports.lines import columns
from tests.reports import strategies

WIDTH = 40
IIS = "Add-WebConfigurationProperty -Name '.' -Value @{ipAddress='192.0.2.4';subnetMask='255.255.255.255'}"
WORDS = st.text(st.characters(codec="ascii", exclude_categories=("Cc", "Zs")), min_size=1, max_size=6)


def lines(shell: str, text: str, width: int = WIDTH) -> list[str]:
    return list(folded(shell, text, width))


def test_what_fits_is_left_alone() -> None:
    assert lines("powershell", "certutil  -addstore\n  CA # now") == ["certutil  -addstore", "  CA # now"]


def test_powershell_goes_on_after_a_backtick_or_where_it_expects_more() -> None:
    assert lines("powershell", IIS) == [
        "Add-WebConfigurationProperty -Name `",
        "  '.' -Value @{ipAddress='192.0.2.4';",
        "  subnetMask='255.255.255.255'}",
    ]


def test_nothing_in_quotes_and_no_comment_is_broken() -> None:
    text = "Write-Host 'one, two; three and four' -Sep \"a, b\"   # five, six seven"
    assert lines("powershell", text) == [
        "Write-Host `",
        "  'one, two; three and four' -Sep `",
        '  "a, b" # five, six seven',
    ]


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh here")
@given(st.lists(WORDS, min_size=4, max_size=12))
def test_sh_reads_the_same_words_before_and_after(words: list[str]) -> None:
    text = "printf '%s\\n' " + shlex.join(words)
    found = lines("sh", text)
    done = subprocess.run(["sh", "-c", "\n".join(found)], capture_output=True, check=True)
    assert done.stdout.decode("ascii").splitlines() == words
    assert all(columns(line) <= WIDTH for line in found)


@given(strategies.texts(), st.sampled_from(sorted(SHELLS)), st.integers(20, 90))
def test_no_line_is_too_wide_and_nothing_but_blanks_and_marks_is_added(text: str, shell: str, width: int) -> None:
    wanted = harmless(text)
    found = lines(shell, wanted, width)
    assert all(columns(line) <= width for line in found)
    mark = SHELLS[shell].mark
    assert squeezed("".join(found)).replace(mark, "") == squeezed(wanted).replace(mark, "")


@given(strategies.texts(), st.integers(20, 90))
def test_what_is_no_shell_s_is_broken_like_any_text(text: str, width: int) -> None:
    wanted = harmless(text)
    found = lines("url", wanted, width)
    assert squeezed("".join(found)) == squeezed(wanted)
    assert all(columns(line) <= width for line in found)


def squeezed(text: str) -> str:
    return "".join(text.split())
