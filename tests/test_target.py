"""What an admin types as a URL: corrected where the run can go on, else one sentence; and never a secret kept."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.errors import UsageError
from diagnose.facts.run import ServerUrl
from diagnose.target import read, read_tenant, server_url


def auth(text: str) -> ServerUrl:
    return server_url(text, option="--auth-server", role="auth")


def resource(text: str) -> ServerUrl:
    return server_url(text, option="--resource-server", role="resource")


@pytest.mark.parametrize(
    ("typed", "used", "faults"),
    [
        ("https://halo.example.com/auth/", "https://halo.example.com/auth/", ()),
        ("  https://halo.example.com/auth/\n", "https://halo.example.com/auth/", ()),
        ("HTTPS://HALO.Example.com/Auth/", "https://halo.example.com/Auth/", ()),
        ("https://halo.example.com:443/auth/", "https://halo.example.com/auth/", ()),
        ("https://halo.example.com:80/auth/", "https://halo.example.com:80/auth/", ()),
        ("https://halo.example.com:/auth/", "https://halo.example.com/auth/", ()),
        ("https://halo.example.com./auth/", "https://halo.example.com/auth/", ()),
        ("https://halo.example.com/auth", "https://halo.example.com/auth/", ("no_slash",)),
        ("https://halo.example.com", "https://halo.example.com/", ("no_slash",)),
        ("https://halo.example.com/", "https://halo.example.com/", ()),
        ("http://halo.example.com/auth/", "https://halo.example.com/auth/", ("http",)),
        ("http://halo.example.com:80/auth/", "https://halo.example.com/auth/", ("http",)),
        ("http://halo.example.com:8080/auth/", "https://halo.example.com:8080/auth/", ("http",)),
        ("halo.example.com/auth/", "https://halo.example.com/auth/", ("no_scheme",)),
        ("halo.example.com:80", "https://halo.example.com/", ("no_scheme", "no_slash")),
        ("//halo.example.com/auth/", "https://halo.example.com/auth/", ("no_scheme",)),
        ("ftp://halo.example.com/auth/", "https://halo.example.com/auth/", ("other_scheme",)),
        ("https://halo.example.com/auth/?tenant=x", "https://halo.example.com/auth/", ("query",)),
        ("https://halo.example.com/auth/#x", "https://halo.example.com/auth/", ("fragment",)),
        ("https://halo.example.com?x#y", "https://halo.example.com/", ("query", "fragment", "no_slash")),
        ("https://me:pass@halo.example.com/auth/", "https://halo.example.com/auth/", ("userinfo",)),
        ("https://m\u00fcller.example/auth/", "https://xn--mller-kva.example/auth/", ()),
        ("https://halo.example.com/\u00fcber/", "https://halo.example.com/%C3%BCber/", ()),
        ("https://192.0.2.7/auth/", "https://192.0.2.7/auth/", ()),
        ("https://[2001:DB8::0:1]:8443/auth/", "https://[2001:db8::1]:8443/auth/", ()),
    ],
)
def test_what_can_be_read_is_corrected_and_each_fault_is_named(typed: str, used: str, faults: tuple[str, ...]) -> None:
    url = auth(typed)
    assert (url.used, url.faults) == (used, faults)


def test_a_resource_server_needs_no_slash_and_keeps_none() -> None:
    assert resource("https://halo.example.com/api").used == "https://halo.example.com/api"
    assert resource("https://halo.example.com/api/").used == "https://halo.example.com/api"
    assert resource("https://halo.example.com").used == "https://halo.example.com"
    assert resource("https://halo.example.com/api").faults == ()


def test_host_and_port_are_what_a_connection_needs() -> None:
    assert auth("https://[::1]:8443/").endpoint == ("::1", 8443)
    assert auth("halo.example.com").endpoint == ("halo.example.com", 443)
    assert auth("https://[::1]:8443/auth/").used.startswith(auth("https://[::1]:8443/").origin)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "https://",
        "https:///api",
        "https:/halo.example.com",
        "https:halo.example.com",
        "https//halo.example.com",
        "https://halo.example.com:0/",
        "https://halo.example.com:65536/",
        "https://halo.example.com:-1/",
        "https://halo.example.com:\u0664\u0664\u0663/",
        "https://halo.example.com:abc/",
        "https://halo example.com/",
        "https://halo.example.com\\auth\\",
        "https://halo.example.com/au\tth/",
        "https://halo.example.com/\u200b",
        "https://halo.example.com/\u202egnp",
        "https://2001:db8::1/",
        "https://[2001:db8::1/",
        "https://[fe80::1%25eth0]/",
        "https://[halo]/",
        "https://[::1]x/",
        "https://1.2.3/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://256.1.1.1/",
        "https://halo..example.com/",
        "https://-halo.example.com/",
        "https://stra\u00dfe.example/",
        "https://halo\uff0fevil.example/",
        "https://" + "a" * 64 + ".example/",
        "https://halo.example.com/" + "a" * 3000,
        "javascript:alert(1)",
    ],
)
def test_what_cannot_be_read_is_one_sentence_naming_the_option(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        auth(typed)
    assert str(caught.value).startswith("--auth-server: ")


@pytest.mark.parametrize(
    "typed",
    [
        "https://me:Pa55word!@halo.example.com/auth/",
        "me:Pa55word!@halo.example.com/auth",
        "https://halo.example.com/auth/?secret=Pa55word!",
        "https://halo.example.com/auth/#Pa55word!",
        "https://x@Pa55word!@halo.example.com/",
        "https://me:Pa55word!/@halo.example.com/auth/",
        "https://me:Pa55word!@/auth/",
    ],
)
def test_a_password_in_a_url_is_kept_nowhere(typed: str) -> None:
    try:
        kept = repr(auth(typed))
    except UsageError as error:
        kept = str(error)
    assert "Pa55word" not in kept


@pytest.mark.parametrize("typed", [None, "", "  ", "Not set", "not set", " NOT SET "])
def test_no_tenant_and_not_set_mean_the_same(typed: str | None) -> None:
    assert read_tenant(typed) is None


def test_a_tenant_is_kept_as_given() -> None:
    target = read(resource_server="https://h.example/api", auth_server="https://h.example/auth/", tenant=" Acme ")
    assert target.tenant == "Acme"
    assert target.endpoints == (("h.example", 443),)


@pytest.mark.parametrize("typed", ["a\nb", "x" * 201, "a\u202eb"])
def test_a_tenant_that_is_none_names_its_option(typed: str) -> None:
    with pytest.raises(UsageError, match=r"^--tenant: "):
        read_tenant(typed)


PIECES = st.sampled_from(
    [
        "https://",
        "http://",
        "//",
        "/",
        ":",
        "@",
        "?",
        "#",
        "[",
        "]",
        "::1",
        "host",
        "example.com",
        "443",
        "80",
        "%",
        "..",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map("".join)))
def test_no_text_leads_anywhere_but_to_a_url_or_a_usage_error(typed: str) -> None:
    for role in (auth, resource):
        with contextlib.suppress(UsageError):
            url = role(typed)
            assert re.fullmatch(r"https://[^/@?#\s]+(/[!-~]*)?", url.used)
            assert url.host
            assert 1 <= url.port <= 65535


@given(st.text(min_size=1, max_size=30))
def test_a_corrected_url_is_read_back_as_itself(path: str) -> None:
    try:
        once = auth(f"https://halo.example.com/{path}")
    except UsageError:
        return
    assert auth(once.used).used == once.used
