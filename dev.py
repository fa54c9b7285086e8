"""Set up this checkout and run it: `python3 dev.py demo`, `test`, `fuzz`, `check`, `bench`, `coverage`, `lock`, ...

Standard library only. The packages come into `.venv` from the lock files, every one checked against its
hash; as long as lock and pyproject.toml stay the same, the second time costs nothing.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file must say so itself, before anything newer is used
    sys.exit("diagnose needs Python 3.11 or newer; this is %d.%d. Try python3.13 dev.py" % sys.version_info[:2])  # noqa: UP031

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BENCH_VENVS = ROOT / ".bench"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
BENCH_LOCK = ROOT / "bench" / "requirements.lock"
REPORTS = ROOT / "demo-reports"
UNREACHABLE = ("NewConnectionError", "ConnectTimeout", "ReadTimeout", "name resolution", "getaddrinfo", "ProxyError")
"""Words of pip 23 to 26 for a registry that cannot be reached (seen 2026-11)."""


class SetupError(Exception):
    """The environment could not be made; the message is one sentence."""


def main(arguments: Sequence[str]) -> int:
    """Run the command that is named first; the rest is passed on to it."""
    commands: dict[str, Callable[[Sequence[str]], int]] = {
        "demo": demo,
        "test": test,
        "fuzz": fuzz,
        "check": check,
        "coverage": coverage,
        "bench": bench,
        "lock": lock,
        "clean": clean,
    }
    if not arguments or arguments[0] not in commands:
        width = max(map(len, commands))
        for name, function in commands.items():
            say(f"  python3 dev.py {name:{width}}  {(function.__doc__ or '').splitlines()[0]}")
        return 0 if not arguments or arguments[0] in {"-h", "--help", "help"} else 2
    try:
        return commands[arguments[0]](arguments[1:])
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def demo(arguments: Sequence[str]) -> int:
    """Diagnose the built-in simulated HaloPSA, healthy and broken; the reports go to demo-reports/."""
    environment(RUNTIME_LOCK, or_else=DEV_LOCK)
    listing = any(word in arguments for word in ("--list", "--help", "-h", "--output"))
    began = time.time() - 1
    code = run([script("diagnose"), "demo", *arguments, *([] if listing else ["--output", str(REPORTS)])])
    written = [page for page in sorted(REPORTS.rglob("report.*")) if page.stat().st_mtime >= began]
    pages = [page for page in written if page.suffix == ".html"] or written
    for page in [] if listing else pages:
        say(f"Open {page.relative_to(ROOT)} in a browser: {page.as_uri()}")
    return code


def test(arguments: Sequence[str]) -> int:
    """Run the tests, one more at a time than there are cores, for some wait; further arguments are pytest's."""
    environment(DEV_LOCK)
    workers = str((os.cpu_count() or 1) + 1)
    return run([python(), "-m", "pytest", "-n", workers, "--dist", "worksteal", *arguments])


def fuzz(arguments: Sequence[str]) -> int:
    """Make up bytes of strangers for every parser: once through, or again until SECONDS are over."""
    environment(DEV_LOCK)
    counted = bool(arguments) and arguments[0].isdecimal()
    seconds, rest = (int(arguments[0]), arguments[1:]) if counted else (0, arguments)
    os.environ["HYPOTHESIS_PROFILE"] = "long"
    until = time.monotonic() + seconds
    command = [python(), "-m", "pytest", "-n", "auto", "--dist", "worksteal", "-m", "fuzz", "-o", "timeout=0", *rest]
    code = run(command)
    while code == 0 and time.monotonic() < until:
        code = run(command)
    return code


def check(arguments: Sequence[str]) -> int:
    """Run every linter and type checker, or those named, and say which are green."""
    environment(DEV_LOCK)
    tools = {
        "ruff": [python(), "-m", "ruff", "check", "."],
        "format": [python(), "-m", "ruff", "format", "--check", "."],
        "mypy": [python(), "-m", "mypy"],
        "imports": [script("lint-imports"), "--no-cache", "--no-logo"],
        "deptry": [python(), "-m", "deptry", "."],
    }
    wrong = [name for name in arguments if name not in tools]
    if wrong:
        say(f"There is no check named {wrong[0]}; there are {', '.join(tools)}.")
        return 2
    codes = {}
    for name in arguments or tools:
        say(f"--- {name}")
        codes[name] = run(tools[name])
    say("")
    for name, code in codes.items():
        say(f"{name:8} {'green' if code == 0 else 'RED'}")
    return int(any(codes.values()))


def coverage(arguments: Sequence[str]) -> int:
    """Run the tests with branches counted, the command line's own processes included."""
    environment(DEV_LOCK)
    command = [python(), "-m", "coverage"]
    run([*command, "erase"])
    code = run([*command, "run", "-m", "pytest", "-n", "auto", *arguments])
    run([*command, "combine", "--quiet"])
    return run([*command, "report"]) or code


def bench(arguments: Sequence[str]) -> int:
    """Measure the program beside curl, openssl, sslyze and a manual runbook, near and far; --help says more."""
    environment(DEV_LOCK)
    if "--help" not in arguments and "-h" not in arguments:
        product = environment(RUNTIME_LOCK, venv=BENCH_VENVS / "product", editable=False)
        install_wheel(product)
        try:
            environment(BENCH_LOCK, venv=BENCH_VENVS / "sslyze", editable=False)
        except SetupError as error:
            say(f"Without sslyze, then. {error}")
    return run([python(), "-m", "bench", *arguments])


def lock(arguments: Sequence[str]) -> int:
    """Write the lock files anew from pyproject.toml, without any address (needs uv, or fetches it)."""
    base = ["pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
    base += ["--no-annotate", "--quiet", *arguments]
    jobs = {
        DEV_LOCK: ["pyproject.toml", "--all-extras", "--group", "dev"],
        RUNTIME_LOCK: ["pyproject.toml", "--all-extras", "--group", "build", "-c", str(DEV_LOCK)],
        BENCH_LOCK: ["--group", "bench"],
    }
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv") or fetch_uv(Path(folder))
        return max(run([uv, *base, *job, "-o", str(file)], stdout=subprocess.DEVNULL) for file, job in jobs.items())


def clean(_arguments: Sequence[str]) -> int:
    """Remove what the other commands made: environments, caches, reports, builds."""
    if Path(sys.prefix).resolve() == VENV:
        raise SetupError("This Python lives in .venv, which is to be removed: run dev.py with another one.")
    names = (".venv", ".bench", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "build", "dist")
    found = [ROOT / name for name in (*names, "demo-reports", "tests/peers/node_modules")]
    found += [*ROOT.glob("*.egg-info"), *ROOT.glob(".coverage*")]
    found += [cache for cache in ROOT.rglob("__pycache__") if ".venv" not in cache.parts]
    for path in found:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return 0


def environment(lock: Path, *, venv: Path = VENV, editable: bool = True, or_else: Path | None = None) -> Path:
    """Return the environment with what `lock` names (and this checkout), made only where it is not there yet."""
    locks = [lock, or_else] if or_else else [lock]
    if interpreter(venv).exists() and any(stamp(venv, one).is_file() for one in locks):
        return venv
    say(f"Setting up {venv.relative_to(ROOT)} (once; needs the network) ...")
    if not works(interpreter(venv)):
        make(venv)
    pip(venv, "--require-hashes", "--no-deps", "-r", str(lock))
    if editable:
        pip(venv, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    for old in venv.glob(f"stamp-{lock.stem}-*"):
        old.unlink()
    stamp(venv, lock).touch()
    return venv


def stamp(venv: Path, lock: Path) -> Path:
    """Return the file that says: this environment holds exactly this lock and this pyproject.toml."""
    digest = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return venv / f"stamp-{lock.stem}-{digest[:16]}"


def make(venv: Path) -> None:
    """Make an empty environment; SetupError where this Python cannot."""
    made = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        last = (made.stdout + made.stderr).strip().splitlines()
        hint = " (on Debian and Ubuntu: apt install python3-venv)" if sys.platform == "linux" else ""
        raise SetupError(
            f"Python could not make the environment {venv.name}{hint}: {last[-1] if last else 'no reason'}"
        )


def pip(venv: Path, *arguments: str) -> None:
    """Install into the environment; SetupError with one sentence where that fails."""
    command = [str(interpreter(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(  # noqa: S603 - our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd=ROOT
    )
    log = venv / "setup.log"
    log.write_bytes(done.stdout)
    if done.returncode:
        raise SetupError(f"{why(done.stdout.decode('utf-8', 'replace'))} (pip's own words: {log})")


def why(output: str) -> str:
    """Return one sentence on why pip failed."""
    if any(word in output for word in UNREACHABLE):
        return "The packages could not be installed: pip does not reach the package registry from here."
    if "DO NOT MATCH THE HASHES" in output:
        return "The packages could not be installed: one does not have the hash that the lock file names."
    errors = [line for line in output.splitlines() if line.lstrip().startswith("ERROR:")]
    return f"The packages could not be installed: {errors[-1].strip() if errors else 'pip gave no reason'}"


def install_wheel(venv: Path) -> None:
    """Build the wheel and install it, compiled, as a user would have it."""
    with tempfile.TemporaryDirectory() as folder:
        pip(venv, "--no-deps", "--force-reinstall", str(build_wheel(Path(folder), python())))


def build_wheel(folder: Path, builder: str) -> Path:
    """Build the wheel from a copy, so that what an earlier build left behind cannot get into it; return its path."""
    source = folder / "source"
    for name in ("diagnose", "checks", "reports"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, source)
    command = [builder, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", ".", "./source"]
    if subprocess.run(command, cwd=folder, check=False).returncode:  # noqa: S603 - our own words
        raise SetupError("The wheel could not be built; pip says why above.")
    return next(folder.glob("*.whl"))


def fetch_uv(folder: Path) -> str:
    """Install uv into a folder that is thrown away; return its path."""
    say("Fetching uv ...")
    make(folder / "venv")
    pip(folder / "venv", "uv")
    return script("uv", folder / "venv")


def interpreter(venv: Path) -> Path:
    """Return where the environment's Python is."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def python() -> str:
    """Return the checkout's own Python."""
    return str(interpreter(VENV))


def script(name: str, venv: Path = VENV) -> str:
    """Return a command that was installed into the environment."""
    return str(interpreter(venv).with_name(f"{name}.exe" if os.name == "nt" else name))


def works(file: Path) -> bool:
    """Tell whether this is a Python that starts and is new enough."""
    code = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return file.exists() and subprocess.run([str(file), "-c", code], check=False).returncode == 0  # noqa: S603


def run(command: Sequence[str], stdout: int | None = None) -> int:
    """Run a command in the checkout, its output where ours goes; return its exit code."""
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, stdout=stdout, check=False).returncode  # noqa: S603 - our own words


def say(text: str) -> None:
    """Print one line for the person at the keyboard."""
    print(text, flush=True)  # noqa: T201 - this is a program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
