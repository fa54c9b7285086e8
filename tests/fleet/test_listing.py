"""The list of a fleet: CSV and TOML, what is wrong with all of it and what with one row."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.cli.fleet_targets import columns
from diagnose.errors import UsageError
from diagnose.fleet.listing import Row, parse

SAFE = re.compile(r"[a-z0-9_-]{1,80}")
GUID = "1a2b3c4d-0000-4000-8000-00000000000f"


def read(text: str, suffix: str = ".csv") -> tuple[Row, ...]:
    return parse(text.encode(), suffix, columns())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_names_options_with_either_sign_and_any_usual_delimiter(delimiter: str) -> None:
    rows = read(
        delimiter.join(["Name", "resource-server", "no_aia"]) + "\r\n" + delimiter.join(["a", "https://x", "YES"])
    )
    assert rows == (Row("a", {"resource_server": ("https://x",), "no_aia": True}),)


def test_a_cell_may_hold_several_values_and_an_empty_one_is_not_given() -> None:
    rows = read('name,resolve,tenant\na,"x:443:1.2.3.4,1.2.3.5; y:443:1.2.3.4",\n\n')
    assert rows == (Row("a", {"resolve": ("x:443:1.2.3.4,1.2.3.5", "y:443:1.2.3.4")}),)


def test_toml_targets_take_the_defaults_and_their_own_secret_replaces_the_common_one() -> None:
    text = """
    [defaults]
    profile = "gradient"
    client-secret-file = "all.txt"
    [[target]]
    name = "a"
    timeout = 20
    [[target]]
    resource-server = "https://b.test/api"
    client_secret_env = "B"
    resolve = ["x:443:192.0.2.1"]
    no-aia = true
    """
    first, second = read(text, ".toml")
    assert first == Row("a", {"profile": ("gradient",), "client_secret_file": ("all.txt",), "timeout": ("20",)})
    assert second.name == "https://b.test/api"
    assert "client_secret_file" not in second.options
    assert second.options["client_secret_env"] == ("B",)
    assert second.options["no_aia"] is True


@pytest.mark.parametrize(
    ("text", "suffix", "said"),
    [
        ("name,client_secret\na,hunter2hunter2", ".csv", "a secret does not belong in this file"),
        ("name,Client-Secret\na,hunter2hunter2", ".csv", "client_secret_env"),
        ('[[target]]\nname = "a"\nclient_secret = "hunter2hunter2"', ".toml", "a secret does not belong"),
        ('[defaults]\nclient-secret = "hunter2hunter2"', ".toml", "a secret does not belong"),
        ("name,resource_sever\na,b", ".csv", "did you mean resource_server?"),
        ("name,name\na,b", ".csv", "'name' is given twice"),
        ("name,plugin\na,b.py", ".csv", "there is no option 'plugin'"),
        ("name,tenant\na,b\na,c", ".csv", "two targets are called a"),
        ("name,tenant\n,b", ".csv", "line 2: the target has no name"),
        ("name\n" + "a" * 201, ".csv", "more than 200"),
        ("name,tenant\n", ".csv", "no target"),
        ("", ".csv", "no target"),
        ('name,tenant\na,"b', ".csv", "no CSV"),
        ("x = [", ".toml", "this is no TOML"),
        ("x = 1", ".toml", "'x' is neither"),
        ("target = 1", ".toml", "[[target]] tables"),
        ("target = [1]", ".toml", "[[target]] tables"),
        ('[defaults]\nname = "a"', ".toml", "cannot give a name"),
        ("[[target]]\nname = 5", ".toml", "target 1: the target has no name"),
        ("name\na", ".xlsx", "must be .csv, .tsv, .txt or .toml"),
        ("name\na", "", "must be .csv, .tsv, .txt or .toml"),
        ("kunde,url\na,b", ".csv", "this is no list of targets"),
        ("tenannt\na", ".csv", "there is no option 'tenannt'; did you mean tenant?"),
    ],
)
def test_what_is_wrong_with_the_whole_list_is_one_sentence(text: str, suffix: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read(text, suffix)
    assert said in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".toml"])
@pytest.mark.parametrize("secret", [GUID, f"{GUID}-{GUID}", "hunter2hunter2!", "geheimnis" * 9, f'"{GUID}" = 1'])
@pytest.mark.parametrize("around", ["{}", "name,{}\na,b", "{}\n{}", "[[target]]\n{} = 1"])
def test_a_file_that_holds_a_secret_where_a_name_belongs_is_refused_without_it(
    suffix: str, secret: str, around: str
) -> None:
    """Somebody names the file of the secret in place of the list."""
    with pytest.raises(UsageError) as error:
        read(around.format(secret, secret), suffix)
    assert GUID[:13] not in str(error.value).replace("_", "-")
    assert "hunter2" not in str(error.value)
    assert "geheimnis" * 9 not in str(error.value)


def test_bytes_that_are_no_text_are_refused_and_those_of_excel_are_read() -> None:
    with pytest.raises(UsageError, match="UTF-8"):
        parse(b"name\n\xff\xe4", ".csv", columns())
    assert parse("name\ttenant\nä\tb".encode("utf-16"), ".txt", columns())[0].name == "ä"
    assert parse("name,tenant\nä,b".encode("utf-8-sig"), ".csv", columns())[0].name == "ä"


@pytest.mark.parametrize(
    ("text", "suffix", "said"),
    [
        ("name,no_aia\na,perhaps\nb,yes", ".csv", "no_aia is yes or no"),
        ("name,tenant\na,b,c\nb,c", ".csv", "line 2 has 3 cells and the header 2"),
        ('[[target]]\nname="a"\nno_aia="yes"\n[[target]]\nname="b"', ".toml", "no_aia takes true or false"),
        ('[[target]]\nname="a"\ntenant=1\n[[target]]\nname="b"', ".toml", "tenant takes one text"),
        ('[[target]]\nname="a"\nresolve=[1]\n[[target]]\nname="b"', ".toml", "resolve takes a list of texts"),
    ],
)
def test_what_is_wrong_with_one_target_is_its_own_problem(text: str, suffix: str, said: str) -> None:
    wrong, right = read(text, suffix)
    assert wrong.problem == said
    assert right.problem == ""


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..",
        ".",
        "/",
        "C:\\x",
        "con",
        "NUL",
        "index",
        "a/b",
        "",
        "ä",
        "\u202e",
        "a" * 200,
        "a:b",
        "-x",
    ],
)
def test_no_name_leaves_the_folder_or_takes_a_file_of_ours(name: str) -> None:
    stem = Row(name).stem
    assert SAFE.fullmatch(stem)
    assert stem not in {"con", "nul", "index"}
    assert not stem.startswith("-")


def test_a_plain_name_is_its_own_file_name_and_spellings_do_not_meet() -> None:
    assert Row("acme_ltd-2").stem == "acme_ltd-2"
    assert len({Row(name).stem for name in ("acme", "Acme", "ACME", "acme ", "acme/")}) == 5


@given(st.text(max_size=200))
def test_any_name_becomes_a_safe_file_name(name: str) -> None:
    assert SAFE.fullmatch(Row(name).stem)


@pytest.mark.fuzz
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)), st.sampled_from([".csv", ".toml"]))
def test_any_bytes_are_a_list_or_one_sentence(content: bytes, suffix: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse(content, suffix, columns())
