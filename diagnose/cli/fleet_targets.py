"""From one row of a fleet's list to one run: the options of `run`, read as `run` reads them, without the environment.

The environment is left out on purpose: HALO_CLIENT_SECRET is one customer's, and no other customer's server may get it.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import click

from diagnose import guard
from diagnose.cli import run as run_command
from diagnose.cli.request import ordered
from diagnose.cli.secret_input import Typed
from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.fleet.listing import Kind, Row
from diagnose.probes.roots import RootStore
from diagnose.registry import Registry

if TYPE_CHECKING:
    from diagnose.session import Keys, Order

OF_THE_FLEET = {"plugins", "plugin", "wait", "fail_on", "no_input", "config"}
"""Options of `run` that hold for all targets, or for none."""
SECRET_ENV = "client_secret_env"  # noqa: S105 - the name of a column
MOST_ROOTS = 8
"""Files of `--trust-roots` that are kept in memory."""
_reading = threading.Lock()
"""The first targets come at the same time, each in a thread of its own."""


@lru_cache(maxsize=1)
def _options() -> tuple[click.Option, ...]:
    """Return the options that a target may have, deaf to the environment."""
    found = []
    for option in run_command.command.params:
        meant = isinstance(option, click.Option) and option.name not in OF_THE_FLEET
        if meant and option.opts[0].startswith("--") and option.name not in {"format_", "directory", "no_color"}:
            deaf = copy.copy(option)
            deaf.envvar = None
            found.append(deaf)
    return tuple(each for each in found if isinstance(each, click.Option))


@lru_cache(maxsize=1)
def _command() -> click.Command:
    return click.Command("target", params=list(_options()), add_help_option=False)


def columns() -> dict[str, Kind]:
    """Return what a list may say about a target, apart from its name."""
    return {_column(option): _kind(option) for option in _options()} | {SECRET_ENV: Kind.TEXT}


def _column(option: click.Option) -> str:
    return option.opts[0].lstrip("-").replace("-", "_")


def _kind(option: click.Option) -> Kind:
    if option.is_flag:
        return Kind.FLAG
    if option.multiple:
        return Kind.LIST
    return Kind.NUMBER if option.type is click.FLOAT else Kind.TEXT


def ordered_by(row: Row, found: Registry) -> tuple[Order, Keys, Registry, RootStore]:
    """Return the run that this row orders; UsageError, ProfileError or click's own error in one sentence."""
    if row.problem:
        raise UsageError(row.problem)
    secrets = Secrets()
    for value in guard.current().secrets.values:
        secrets.add(value)
    order, keys, demanded = ordered(_given(row), secrets, found)
    return order, keys, demanded, roots(order.roots_file)


def roots(file: str | None) -> RootStore:
    """Return the roots in this file, read once for all the targets that are judged by them."""
    with _reading:
        return _roots(file)


@lru_cache(maxsize=MOST_ROOTS)
def _roots(file: str | None) -> RootStore:
    return RootStore.load(file)


def _given(row: Row) -> Mapping[str, Any]:
    given = _command().make_context("target", list(_arguments(row))).params
    given |= {"no_input": True, "client_secret_file": _secret(row)}
    return given


def _arguments(row: Row) -> list[str]:
    found: list[str] = []
    for option in _options():
        value = row.options.get(_column(option), ())
        if isinstance(value, bool):
            found += [option.opts[0]] if value else []
        else:
            found += [f"{option.opts[0]}={each}" for each in value]
    return found


def _secret(row: Row) -> str | Typed | None:
    """Return where the secret is; one that is given nowhere is never looked for in the environment or asked for."""
    file, variable = row.text("client_secret_file"), row.text(SECRET_ENV)
    if row.options.get("no_credentials") is True:
        return None
    if file and variable:
        raise UsageError("client_secret_file and client_secret_env are both given; one of them is enough")
    if file == "-":
        raise UsageError("client_secret_file: standard input cannot hold the secrets of a fleet; name a file")
    if variable:
        if not os.environ.get(variable):
            raise UsageError(f"client_secret_env: the environment has no {variable}")
        return Typed(os.environ[variable])
    if not file:
        raise UsageError("client_secret_file (or client_secret_env) is missing; or say no_credentials")
    return file
