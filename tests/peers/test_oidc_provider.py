"""A real OAuth authorization server instead of the simulated one: what it refuses has the right name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.behind import assert_judged
from tests.peers.oauth_server import FORMATS, SECRETS, OAuth, oauth_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OAuth]:
    folder = tmp_path_factory.mktemp("oidc")
    (folder / "nginx").mkdir()
    with oauth_server(folder) as started:
        yield started


@pytest.mark.parametrize("kind", FORMATS)
def test_the_right_application_is_ready(kind: str, server: OAuth) -> None:
    document = server.diagnosed(kind, "right")
    checks = assert_judged(document, "ready", auth__scopes="pass", auth__all_permission="pass", api__agent="pass")
    assert SECRETS["right"] not in str(document.raw)
    controls = checks["url.auth-endpoint"].evidence["controls"]
    assert not [said for said in controls.values() if "as an OAuth endpoint" in said]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_wrong_secret_is_refused(kind: str, server: OAuth) -> None:
    document = server.diagnosed(kind, "right", secret=SECRETS["all"])
    checks = assert_judged(document, "not_ready", "auth.token", url__auth_endpoint="pass", auth__scopes="unknown")
    assert checks["auth.token"].evidence["error"] == "invalid_client"
    assert SECRETS["all"] not in str(document.raw)


def test_an_unknown_client_is_refused(server: OAuth) -> None:
    document = server.diagnosed("strict", "right", client="99999999-1111-4222-8333-444444444444")
    checks = assert_judged(document, "not_ready", "auth.token", url__auth_endpoint="pass")
    assert checks["auth.token"].evidence["error"] == "invalid_client"


@pytest.mark.parametrize("name", ["code-only", "key-only"])
def test_an_application_for_another_way_to_log_in_is_refused(name: str, server: OAuth) -> None:
    checks = assert_judged(server.diagnosed("strict", name), "not_ready", "auth.token", url__auth_endpoint="pass")
    assert "Authentication Method" in str(checks["auth.token"].remedy) or name == "key-only"


@pytest.mark.parametrize("kind", FORMATS)
def test_one_missing_permission_is_named(kind: str, server: OAuth) -> None:
    document = server.diagnosed(kind, "one-missing")
    expected = {"auth__token": "pass", "auth__all_permission": "pass", "api__invoices": "pass"}
    checks = assert_judged(document, "not_ready", "auth.scopes", **expected)
    assert checks["auth.scopes"].evidence["missing"] == ["edit:invoices"]


@pytest.mark.parametrize("kind", ["strict", "dropping"])
def test_no_permission_at_all_is_no_matter_of_the_credentials(kind: str, server: OAuth) -> None:
    document = server.diagnosed(kind, "none")
    checks = assert_judged(document, "not_ready", "auth.scopes", auth__token="unknown", api__agent="unknown")
    assert len(checks["auth.scopes"].evidence["missing"]) == 7


def test_where_nothing_is_named_and_nothing_refused_the_api_tells(server: OAuth) -> None:
    """Every scope, also one that cannot exist, is met with a token that holds none: its use shows it."""
    document = server.diagnosed("dropping-opaque", "none")
    assert_judged(document, "not_ready", "api.agent", auth__token="pass", auth__scopes="unknown")


@pytest.mark.parametrize("kind", FORMATS)
def test_all_instead_of_the_named_ones_is_its_own_cause(kind: str, server: OAuth) -> None:
    document = server.diagnosed(kind, "all")
    assert_judged(document, "not_ready", "auth.all-permission", auth__scopes="unknown", auth__token="unknown")


@pytest.mark.parametrize("kind", FORMATS)
def test_all_beside_the_named_ones_is_its_own_cause(kind: str, server: OAuth) -> None:
    document = server.diagnosed(kind, "all-and-named")
    assert_judged(document, "not_ready", "auth.all-permission", auth__scopes="pass", auth__token="pass")


@pytest.mark.parametrize("path", ["/auth/oidc/", "/auth/token/", "/api/"])
def test_another_path_reaches_no_token_endpoint(path: str, server: OAuth) -> None:
    document = server.diagnosed("strict", "right", path=path)
    checks = assert_judged(document, "not_ready", "url.auth-endpoint", auth__token="unknown", halo__answers="pass")
    assert "path" in checks["url.auth-endpoint"].summary
