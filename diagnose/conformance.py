"""The conformance kit, a pytest plug-in: `pytest --diagnose-plugin NAME_OR_FILE` tries every check of a plug-in.

NAME is an installed distribution, FILE a .py file; `halo-diagnose` means the bundled checks, which pass it
themselves. Without the option nothing is imported but pytest, which is there already.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from diagnose.conforming import Trial

OPTION = "--diagnose-plugin"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("halo-diagnose").addoption(
        OPTION, action="append", default=[], metavar="NAME_OR_FILE", help="Put the checks of this plug-in to the test."
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add one test for each check and trial of every plug-in that was named."""
    named: list[str] = config.getoption("diagnose_plugin")
    for name in named:
        items.extend(_items(session, name))


def _items(session: pytest.Session, name: str) -> Iterator[pytest.Item]:
    from diagnose.conforming import trials  # noqa: PLC0415 - only where the option is given
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.fact import DeclarationError  # noqa: PLC0415

    try:
        found = trials(name)
    except (UsageError, DeclarationError) as error:
        raise pytest.UsageError(f"{OPTION} {name}: {error}") from error
    for trial in found:
        yield Conforming.from_parent(session, name=f"{trial.subject}: {trial.claim}", trial=trial)


class Conforming(pytest.Item):
    """One claim about one check."""

    def __init__(self, *, trial: Trial, **more: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**more)
        self._hold: Callable[[], None] = trial.hold

    def runtest(self) -> None:
        """Hold the check to it."""
        self._hold()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Say it in one sentence, and with the traceback of what the check raised."""
        from diagnose.conforming import BrokenError  # noqa: PLC0415

        if not isinstance(excinfo.value, BrokenError):
            return super().repr_failure(excinfo, style)
        cause = excinfo.value.__cause__
        raised = "".join(traceback.format_exception(cause)) if cause is not None else ""
        return f"{excinfo.value}\n{raised}".rstrip()

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return where it is reported: under the name of the check."""
        return "diagnose", None, self.name
