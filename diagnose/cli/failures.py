"""Every error becomes one sentence on standard error and an exit code; in JSON mode also one problem document.

This path uses no renderer: what failed may be the renderer. Problem details are RFC 9457's. A secret that was
typed into the wrong place is replaced in the sentence; any other one ends the program with exit code 70.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence

import click

from diagnose import exit_codes, guard, streams
from diagnose.credentials import Secrets
from diagnose.secret_places import given_by_mistake


def run(program: Callable[[], object], arguments: Sequence[str]) -> int:
    """Return the exit code of `program`, with every byte that it prints on its way searched for secrets."""
    with guard.watching(*given_by_mistake(arguments)), streams.guarded():
        code = guarded(program, arguments)
        return guarded(streams.release, arguments) or code


def guarded(program: Callable[[], object], arguments: Sequence[str]) -> int:
    """Return the exit code of `program`, whatever it raises."""
    try:
        result = program()
        return result if isinstance(result, int) else 0
    except (click.exceptions.Exit, SystemExit) as error:  # click leaves by the latter after completing a word
        code = error.exit_code if isinstance(error, click.exceptions.Exit) else error.code
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, click.exceptions.Abort):
        return tell("interrupted before anything was observed", exit_codes.INTERRUPTED, arguments)
    except click.ClickException as error:
        return tell(_sentence(error), exit_codes.USAGE, arguments)
    except BrokenPipeError:
        return _closed_output()
    except Exception as error:  # noqa: BLE001 - the last net: a sentence, not a traceback
        return _other(error, arguments)


def _other(error: Exception, arguments: Sequence[str]) -> int:
    if isinstance(error, guard.OutputError):
        streams.write_nowhere()
    return tell(*sentence_of(error), arguments, alone=not isinstance(error, guard.FilesNotWrittenError))


def sentence_of(error: Exception) -> tuple[str, int]:
    """Return what to say about this error, and its exit code."""
    from diagnose.errors import UsageError  # noqa: PLC0415 - only where something failed
    from diagnose.fact import DeclarationError  # noqa: PLC0415
    from diagnose.profile import ProfileError  # noqa: PLC0415
    from diagnose.registry import NotInstalledError  # noqa: PLC0415
    from diagnose.report import ReportError  # noqa: PLC0415

    if isinstance(error, click.ClickException):
        return _sentence(error), exit_codes.USAGE
    if isinstance(error, UsageError | ProfileError | DeclarationError | ReportError):
        return str(error), exit_codes.USAGE
    if isinstance(error, guard.SecretFoundError):
        return str(error), exit_codes.SECRET_REFUSED
    if isinstance(error, NotInstalledError):
        return str(error), exit_codes.INTERNAL_ERROR
    if os.environ.get("DIAGNOSE_TRACEBACK"):
        import traceback  # noqa: PLC0415 - for developers

        guard.current().live("".join(traceback.format_exception(error)))
    where = f"{type(error).__name__} in {_place(error)}"
    return f"the tool itself failed ({where}); please report it", exit_codes.INTERNAL_ERROR


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace is not None else "?"


def _sentence(error: click.ClickException) -> str:
    suggested = _nearest_choice(error)
    said = error.format_message().removesuffix(".") if suggested else error.format_message()
    return " ".join(f"{said}{suggested}".split())


def _nearest_choice(error: click.ClickException) -> str:
    """Return the choice that is nearest to the wrong one; click names it for options and commands only."""
    param = error.param if isinstance(error, click.BadParameter) else None
    given = re.match("'(.+)' is not one of", error.message)
    if param is None or given is None or not isinstance(param.type, click.Choice):
        return ""
    from diagnose.inputs.selection import nearest  # noqa: PLC0415 - only where something is wrong

    return nearest(given[1], [str(choice) for choice in param.type.choices])


def tell(sentence: str, exit_code: int, arguments: Sequence[str], *, alone: bool = True) -> int:
    """Say it on standard error, and as a problem document where JSON was asked for; return the exit code.

    `alone`: no report stands on standard output, which holds one JSON document and no more.
    """
    writer = guard.current()
    said = _without_what_was_typed(sentence, writer.secrets, arguments)
    try:
        writer.refuse(said, "the message of an error")
    except guard.SecretFoundError as error:
        said, exit_code = str(error), exit_codes.SECRET_REFUSED
    writer.message(f"diagnose: {said}")
    if alone and (_wants(arguments, "json") or _wants(arguments, "jsonl")):
        writer.output(json.dumps(problem(said, exit_code)) + "\n")
    return exit_codes.NAGIOS_ERROR if _wants(arguments, "nagios") else exit_code


def _without_what_was_typed(sentence: str, known: Secrets, arguments: Sequence[str]) -> str:
    """Replace the secrets that stand on the command line itself: an error message may quote it."""
    typed = Secrets()
    for value in known.values:
        if any(value in argument for argument in arguments):
            typed.add(value)
    return typed.redact(sentence)


def problem(sentence: str, exit_code: int) -> dict[str, object]:
    """Return the RFC 9457 problem object of an error of the tool or its options."""
    usage = exit_code == exit_codes.USAGE
    return {
        "type": "about:blank",
        "title": "Usage error" if usage else "The run could not be done",
        "status": 400 if usage else 500,
        "detail": sentence,
        "exit_code": exit_code,
    }


def _wants(arguments: Sequence[str], name: str) -> bool:
    """Tell whether this format was asked for, read from the raw arguments: the options may be unreadable."""
    asked = ""
    for position, argument in enumerate(arguments):
        if argument == "--format" and position + 1 < len(arguments):
            asked = arguments[position + 1]
        elif argument.startswith("--format="):
            asked = argument.partition("=")[2]
    return asked == name


def _closed_output() -> int:
    """Whoever read the output has gone, e.g. `| head`: no message, nothing more to write."""
    streams.write_nowhere()
    return exit_codes.INTERNAL_ERROR


def leave(code: int) -> None:
    """End the process at once: nothing is left to do, and the interpreter's own end takes a tenth of a run's time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
