"""Write into the README what commands really print, and one page per check into `docs/checks`.

`python docs/build.py` rewrites the blocks between their markers and the pages; `--check` says whether they are current.
Ports, dates and fingerprints differ from run to run and are replaced by fixed ones.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
CHECKS = ROOT / "docs" / "checks"
OWN_FAULTS = ROOT / "tests" / "hostile" / "test_own_faults.py"
BLOCK = re.compile(r"(<!-- (checks|tried|transcript: diagnose (.+?)) -->\n).*?(<!-- end -->)", re.DOTALL)
VARYING = (
    (re.compile(r"\.test:\d{4,5}"), ".test:8443"),
    (re.compile(r"port \d{4,5}"), "port 8443"),
    (re.compile(r"connect (\S+):\d{4,5}"), r"connect \1:8443"),
    (re.compile(r"\b[0-9A-F]{40}\b"), "0123456789ABCDEF0123456789ABCDEF01234567"),
    (re.compile(r"\b[0-9A-F]{16}\.cer"), "0123456789ABCDEF.cer"),
    (re.compile(r"\b\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?"), "2026-11-23"),
)


def current(text: str) -> str:
    """Return the README with every block as the program prints it today."""
    return BLOCK.sub(lambda found: found[1] + _block(found[2], found[3]) + found[4], text)


def _block(kind: str, command: str | None) -> str:
    if kind == "checks":
        return _printed("list", "--format", "markdown")
    if kind == "tried":
        return _tried() + _own_faults()
    lines = _printed(*(command or "").split()).splitlines()
    start = max(position for position, line in enumerate(lines) if line.startswith("Who must do what"))
    shown = "\n".join(line.rstrip() for line in lines[start:])
    return f"```console\n$ diagnose {command}\n...\n{_fixed(shown)}\n```\n"


def _tried() -> str:
    """Return a table of the hostile scenarios, by their groups, and of the verdicts that the tests hold them to."""
    sys.path[:] = [folder for folder in sys.path if Path(folder) != CHECKS.parent]  # docs/checks is not the package
    from diagnose.lab.scenarios import hostile, hostile_tls, this_side  # noqa: PLC0415 - only for this block

    lines = ["| tried | scenarios | what the report says |", "|---|---|---|"]
    for module in (hostile, hostile_tls, this_side):
        for group, scenarios in module.GROUPS.items():
            names = ", ".join(f"`{scenario.name}`" for scenario in scenarios)
            lines.append(f"| {group} | {names} | {_said(scenarios)} |")
    return "\n".join(lines) + "\n"


def _said(scenarios: Iterable[Any]) -> str:
    """Return the verdicts and causes of a group, the commonest first, and how often each where there are several."""
    from diagnose.verdict import SPOKEN  # noqa: PLC0415

    said = Counter((SPOKEN[one.expected_verdict], one.expected_causes) for one in scenarios)
    verdicts = [
        f"{verdict}{': ' if causes else ''}{', '.join(f'`{cause}`' for cause in causes)}"
        + (f" ({times})" if len(said) > 1 else "")
        for (verdict, causes), times in said.most_common()
    ]
    return "; ".join(verdicts)


def _own_faults() -> str:
    """Return the sentences of the tests of faults on this side: their names."""
    names = re.findall(r"^def test_(\w+)", OWN_FAULTS.read_text("utf-8"), re.MULTILINE)
    sentences = [name.replace("_", " ").replace("ipv6", "IPv6") for name in names]
    return "\nAnd on this side:\n\n" + "".join(f"- {sentence[0].upper()}{sentence[1:]}.\n" for sentence in sentences)


def _printed(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "diagnose", *arguments], capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout


def _fixed(text: str) -> str:
    for pattern, fixed in VARYING:
        text = pattern.sub(fixed, text)
    return text


def pages() -> dict[Path, str]:
    """Return the page of every bundled check, by its file."""
    sys.path[:] = [folder for folder in sys.path if Path(folder) != CHECKS.parent]  # docs/checks is not the package
    from diagnose.catalogue import DISTRIBUTION, page  # noqa: PLC0415 - the README alone needs no import
    from diagnose.registry import load  # noqa: PLC0415

    checks = load(plugins=False, probes=False).checks
    return {CHECKS / f"{check.id}.md": page(check) for check in checks if check.source == DISTRIBUTION}


def stale() -> list[Path]:
    """Return the pages that are missing, different, or of no check any more."""
    wanted = pages()
    there = {file: file.read_text("utf-8") for file in CHECKS.glob("*.md")}
    return sorted(file for file in {*wanted, *there} if wanted.get(file) != there.get(file))


def _write_pages() -> None:
    CHECKS.mkdir(exist_ok=True)
    wanted = pages()
    for file in stale():
        if file in wanted:
            file.write_text(wanted[file], "utf-8", newline="\n")
        else:
            file.unlink()


def main(arguments: list[str]) -> int:
    """Rewrite README and pages, or with `--check` only compare."""
    text = README.read_text("utf-8")
    wanted = current(text)
    if "--check" in arguments:
        return int(text != wanted or bool(stale()))
    _write_pages()
    README.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
