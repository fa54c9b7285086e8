"""Write into the README what commands really print, and one page per check into `docs/checks`.

`python docs/build.py` rewrites the blocks between their markers and the pages; `--check` says whether they are current.
Ports, dates and fingerprints differ from run to run and are replaced by fixed ones.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
CHECKS = ROOT / "docs" / "checks"
BLOCK = re.compile(r"(<!-- (checks|transcript: diagnose (.+?)) -->\n).*?(<!-- end -->)", re.DOTALL)
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
    lines = _printed(*(command or "").split()).splitlines()
    start = max(position for position, line in enumerate(lines) if line.startswith("Who must do what"))
    shown = "\n".join(line.rstrip() for line in lines[start:])
    return f"```console\n$ diagnose {command}\n...\n{_fixed(shown)}\n```\n"


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
