"""The answers in a file: what stood there stays, and no secret is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click
import pytest

from diagnose.cli import keeping
from diagnose.cli.run import command
from diagnose.cli.secret_input import Typed

WRONG = "00000000-0000-4000-8000-000000000000"
USUAL = dict(command.make_context("diagnose run", []).params)


def test_every_option_that_differs_from_its_default_is_kept() -> None:
    """One of each kind; those that are as usual are left out."""
    more = {
        "skip": ("tls.*",), "waive": Path("waivers.toml"), "fail_on": "warn", "plugins": False, "timeout": 30.0,
        "wait": 900.0, "no_color": True, "verbose": 2, "directory": Path("out"), "format_": "json",
        "client_secret_file": "secret.txt", "proxy": "http://proxy.example.test:3128",
    }  # fmt: skip
    assert keeping.settings({**USUAL, **more}, command) == {
        "skip": ["tls.*"], "waive": "waivers.toml", "fail-on": "warn", "plugins": False, "timeout": 30.0,
        "wait": 900.0, "no-color": True, "verbose": 2, "output": "out", "format": "json",
        "client-secret-file": "secret.txt", "proxy": "http://proxy.example.test:3128",
    }  # fmt: skip
    assert keeping.settings(USUAL, command) == {}


def test_every_key_that_is_written_is_read_by_config(tmp_path: Path) -> None:
    values = {"output": "out", "format": "json", "wait": 900.0, "plugins": False, "skip": ["tls.*"], "no-color": True}
    file = tmp_path / "halo.toml"
    file.write_text(keeping.as_toml(values), "utf-8")
    read = command.make_context("diagnose run", ["--config", str(file)]).params
    assert keeping.settings(read, command) == values


@pytest.mark.parametrize(
    "secret",
    [
        {"client_id": f"{WRONG}-{WRONG}"},
        {"client_secret_file": Typed("geheim")},
        {"proxy": "http://kim:geheim@proxy.example.test:3128"},
    ],
    ids=["a client secret in place of the id", "typed", "in the proxy"],
)
def test_a_secret_is_not_kept(secret: dict[str, object]) -> None:
    assert keeping.settings({**USUAL, **secret}, command) == {}


def test_a_file_is_changed_where_it_must_be_and_nowhere_else() -> None:
    text = """# ours
resource_server = "https://old.example.test/api"   # the host
client-id = 'x' # not any more
skip = [
  "tls.*",   # for now
]
proxy = "http://kim:geheim@proxy.example.test"
"""
    values = {"resource-server": "https://new.example.test/api", "skip": ["tls.*"], "tenant": "Not set"}
    assert (
        keeping.edited(text, values)
        == """# ours
resource-server = "https://new.example.test/api"   # the host
skip = [
  "tls.*",   # for now
]
tenant = "Not set"
"""
    )
    assert keeping.edited(text, {**values, "skip": ["net.*"]}) is None


def test_a_file_that_cannot_be_edited_is_told_from_one_that_can() -> None:
    text = 'tenant = """one\ntwo"""\n'
    assert keeping.edited(text, {"tenant": "acme"}) is None
    assert tomllib.loads(keeping.edited('tenant = "one"\n', {"tenant": "acme"}) or "") == {"tenant": "acme"}


def test_options_are_named_as_the_command_names_them() -> None:
    """Otherwise a key that is written is refused when it is read."""
    names = {option for each in command.params if isinstance(each, click.Option) for option in each.opts}
    for key in keeping.ANSWERED:
        assert f"--{key}" in names
