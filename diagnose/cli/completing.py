"""What a shell may complete besides commands and options: ids of checks, scenarios, profiles.

Asked by the shell only, and whatever goes wrong there completes nothing: a traceback would stand in the command line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def checks(ctx: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the checks whose id begins so, plug-ins' included as far as the command line so far says so."""
    with contextlib.suppress(Exception):
        from diagnose.registry import load  # noqa: PLC0415 - only when the shell asks

        given = ctx.params
        found = load(plugins=given.get("plugins", True), probes=False, files=given.get("plugin") or ())
        return _beginning(begun, ((check.id, check.title) for check in found.checks))
    return []


def scenarios(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the scenarios of the simulated HaloPSA whose name begins so."""
    with contextlib.suppress(Exception):
        from diagnose.lab import SCENARIOS  # noqa: PLC0415 - as above

        return _beginning(begun, ((name, scenario.sentence) for name, scenario in SCENARIOS.items()))
    return []


def profiles(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the bundled profiles whose name begins so, and files: first, for bash forgets what came before them."""
    with contextlib.suppress(Exception):
        from diagnose.profile import bundled  # noqa: PLC0415 - as above

        return [*files(_, __, begun), *_beginning(begun, ((name, "bundled") for name in bundled()))]
    return []


def files(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows the files."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when the shell asks

    return [CompletionItem(begun, type="file")]


def _beginning(begun: str, known: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    """Return what begins so; without commas, at which click's words for fish cut a sentence."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - as above

    return [CompletionItem(name, help=words.replace(",", ";")) for name, words in known if name.startswith(begun)]
