"""`--config FILE`: every option of `run` from a TOML file. Precedence: option, environment, file, default."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

RENAMED = {"format": "format_", "output": "directory", "no_color": "no_color", "quiet": "quiet", "verbose": "verbose"}
SECRETS = {"client_secret", "halo_client_secret", "secret", "password", "proxy_password", "token", "access_token"}
"""What a secret may be called; there is no such option, so nothing like it may be suggested."""
FORBIDDEN = {"client_secret", "config"}


def read(ctx: click.Context, _: click.Parameter, file: Path | None) -> None:
    """Make the file's values the command's defaults; click gives options and environment precedence."""
    if file is None:
        return
    known = {parameter.name: parameter for parameter in ctx.command.params if parameter.name}
    values: dict[str, Any] = {}
    for key, value in _parsed(file).items():
        name = RENAMED.get(key.replace("-", "_"), key.replace("-", "_"))
        if name in FORBIDDEN or name not in known:
            raise click.UsageError(f"--config {file}: {_unknown(key, known)}")
        values[name] = _checked(file, key, value, known[name])
    ctx.default_map = {**(ctx.default_map or {}), **values}


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise click.UsageError(f"--config {file}: {error.strerror or 'cannot be read'}") from error
    except (ValueError, RecursionError) as error:  # also a number that is too long for int()
        raise click.UsageError(f"--config {file}: this is no TOML: {error}") from error


def _checked(file: Path, key: str, value: Any, parameter: click.Parameter) -> Any:  # noqa: ANN401 - a TOML value
    if parameter.multiple:
        if isinstance(value, str):
            return [value]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise click.UsageError(f"--config {file}: {key} takes a list of texts")
    flag = isinstance(parameter, click.Option) and parameter.is_flag
    if flag is not isinstance(value, bool) or isinstance(value, list | dict):
        wanted = "true or false" if flag else "one text or number"
        raise click.UsageError(f"--config {file}: {key} takes {wanted}")
    return value if isinstance(value, bool | int | float) else str(value)


def _unknown(key: str, known: dict[str, click.Parameter]) -> str:
    if key.lower().replace("-", "_") in SECRETS:
        return "a secret does not belong in this file; name a file with client-secret-file"
    from diagnose.inputs.selection import nearest  # noqa: PLC0415 - only where something is wrong

    return f"there is no option {key!r}{nearest(key, [name.replace('_', '-') for name in known])}"
