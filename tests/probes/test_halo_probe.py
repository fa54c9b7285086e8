"""What is asked of the resource server, and how little of its answers is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from diagnose.fact import Unavailable
from diagnose.facts.channels import OpenChannels, VerifiedChannels
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Answer, Gate
from diagnose.facts.tokens import OAuthAnswer, TokenGrant
from diagnose.outcome import Code
from diagnose.probes import halo
from tests.probes.scripted import GRADIENT, Asked, Bench, Reply, run, serve

INSTANCE = {
    "app_name": "Halo PSA",
    "app_version": "2.250.32",
    "database_version": 2250,
    "auth_url": "https://halo.example.test/auth",
    "agent_count": 12345,
    "dbid": "0f1a2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b",
    "last_login": "2026-10-03T20:17:40",
}
GRANT = TokenGrant(
    OAuthAnswer(Answer("POST", "", "answered", 200), GRADIENT.scopes, granted=True, oauth=True, scope=GRADIENT.scopes)
)
TOKEN = "token-of-this-run-1234567890"
WITH_TOKEN = (halo.agent_probe, halo.area_reads, halo.instance_info_with_token)


def observed(work: Callable[[Bench], Any], script: Callable[[Asked], Reply]) -> tuple[Any, list[Asked]]:
    with serve(script) as server:
        bench = Bench(server)
        bench.credentials.hold(TOKEN)
        return run(bench, work), server.asked


def asking(probe: Any, *facts: Any, **changes: Any) -> Callable[[Bench], Any]:
    """Call a probe with what its parameters are named after."""

    async def ask(bench: Bench) -> Any:
        known = {
            "target": bench.target,
            "profile": bench.profile,
            "channels": bench.verified if probe in WITH_TOKEN else bench.open,
            "grant": GRANT,
            "credentials": bench.credentials,
            "http": bench.http,
            "network": bench.network,
            "first": facts[0] if facts else None,
        } | changes
        return await probe.function(**{need.name: known[need.name] for need in probe.needs})

    return ask


def test_instance_info_is_asked_without_a_token_and_nothing_else_is_kept() -> None:
    info, asked = observed(asking(halo.instance_info_probe), lambda _: Reply(200, INSTANCE))
    assert asked == [Asked("GET", "/api/InstanceInfo", {}, "")]
    assert (info.app_version, info.database_version, info.readable) == ("2.250.32", "2250", True)
    kept = msgspec.json.encode(info).decode()
    assert "12345" not in kept
    assert "0f1a2b3c" not in kept


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"app_version": None},
        {"app_version": ["2.250"]},
        {"app_version": True},
        {"app_version": ""},
        b'{"app_version": "2.250.32", "app_version": "2.1.1"}',
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 5000,
    ],
)
def test_what_is_no_instance_info_is_not_readable(body: object) -> None:
    info, _ = observed(asking(halo.instance_info_probe), lambda _: Reply(200, body))
    assert info.readable is False
    assert info.app_version is None


def test_an_error_that_looks_like_instance_info_is_none() -> None:
    info, _ = observed(asking(halo.instance_info_probe), lambda _: Reply(500, INSTANCE))
    assert info.readable is False


def first(status: int, gate: Gate | None = None) -> InstanceInfo:
    return InstanceInfo(Answer("GET", "", "answered", status, gate=gate))


def test_it_is_asked_again_with_the_token_only_where_it_was_answered_401() -> None:
    again, asked = observed(asking(halo.instance_info_with_token, first(401)), lambda _: Reply(200, INSTANCE))
    assert [one.bearer for one in asked] == [TOKEN]
    assert again.info.readable
    assert again.info.with_token
    unneeded, unasked = observed(asking(halo.instance_info_with_token, first(200)), lambda _: Reply(200, INSTANCE))
    assert (unneeded.code, unasked) == (Code.NOT_APPLICABLE, [])


IIS_PAGE = b"<title>401 - Unauthorized: Access is denied due to invalid credentials.</title><h1>Server Error</h1>"


@pytest.mark.parametrize("challenges", [(), (("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "Bearer"))])
def test_it_is_asked_again_also_where_iis_laid_its_page_over_the_401(challenges: tuple[tuple[str, str], ...]) -> None:
    def script(asked: Asked) -> Reply:
        return Reply(200, INSTANCE) if asked.bearer else Reply(401, IIS_PAGE, challenges)

    async def both(bench: Bench) -> Any:
        info = await asking(halo.instance_info_probe)(bench)
        return info, await asking(halo.instance_info_with_token, info)(bench)

    (info, again), asked = observed(both, script)
    assert info.answer.status == 401
    assert (info.answer.gate is None) == bool(challenges)
    assert again.info.readable
    assert [one.bearer for one in asked] == ["", TOKEN]


def test_it_is_not_asked_again_where_somebody_else_wrote_the_401() -> None:
    waf = Gate("modsecurity", "ModSecurity", "waf", "blocked")
    unneeded, unasked = observed(asking(halo.instance_info_with_token, first(401, waf)), lambda _: Reply(200, INSTANCE))
    assert (unneeded.code, unasked) == (Code.NOT_APPLICABLE, [])


def test_auth_info_gives_url_and_tenant() -> None:
    info, asked = observed(
        asking(halo.auth_info_probe), lambda _: Reply(200, {"auth_url": "https://x/auth", "tenant_id": None})
    )
    assert (info.auth_url, info.tenant_id, info.readable) == ("https://x/auth", None, True)
    assert asked == [Asked("GET", "/api/AuthInfo", {}, "")]


def test_the_agents_address_is_masked() -> None:
    agent, asked = observed(
        asking(halo.agent_probe), lambda _: Reply(200, {"id": 7, "name": "Gradient", "email": "gradient@example.com"})
    )
    assert (agent.id, agent.name, agent.email) == (7, "Gradient", "g***@example.com")
    assert asked == [Asked("GET", "/api/Agent/me", {}, TOKEN)]


def test_one_record_of_each_area_is_read_and_none_is_kept() -> None:
    lists = {"Client": "clients", "ClientContract": "contracts", "Item": "items", "Invoice": "invoices"}

    def script(asked: Asked) -> Reply:
        name = asked.path.removeprefix("/api/").partition("?")[0]
        return Reply(200, {"record_count": 42, lists[name]: [{"name": "Secret Customer"}]})

    reads, asked = observed(asking(halo.area_reads), script)
    assert sorted(one.path for one in asked) == sorted(
        f"/api/{name}?pageinate=true&page_size=1&page_no=1" for name in lists
    )
    assert {(one.method, one.bearer) for one in asked} == {("GET", TOKEN)}
    assert [(read.area, read.record_count, read.readable) for read in reads.areas] == [
        (area, 42, True) for area in GRADIENT.areas
    ]
    assert "Secret Customer" not in msgspec.json.encode(reads).decode()


@pytest.mark.parametrize(
    ("status", "body", "count"),
    [
        (200, {"record_count": 0, "items": []}, 0),
        (200, {"items": [{}]}, 1),
        (200, [{}, {}], 2),
        (200, {"record_count": -1, "items": []}, 0),
        (200, {"record_count": True}, None),
        (200, {"error": "x"}, None),
        (200, b"<html>", None),
        (403, {"record_count": 3}, None),
        (500, [{}], None),
    ],
)
def test_an_envelope_is_read_strictly(status: int, body: object, count: int | None) -> None:
    async def read(bench: Bench) -> Any:
        bench.profile = msgspec.structs.replace(GRADIENT, areas=("items",))
        return await asking(halo.area_reads)(bench)

    reads, _ = observed(read, lambda _: Reply(status, body))
    assert (reads.areas[0].record_count, reads.areas[0].readable) == (count, count is not None)


def test_an_area_whose_scope_was_refused_is_not_asked() -> None:
    named = tuple(scope for scope in GRADIENT.scopes if scope != "read:items")
    refused = OAuthAnswer(Answer("POST", "", "answered", 400), ("read:items",), oauth=True, error="invalid_scope")
    grant = TokenGrant(msgspec.structs.replace(GRANT.first, scope=named), (refused,))
    reads, asked = observed(asking(halo.area_reads, grant=grant), lambda _: Reply(200, {"record_count": 1}))
    assert reads.not_asked == ("items",)
    assert len(asked) == 3


@pytest.mark.parametrize("probe", WITH_TOKEN)
@pytest.mark.parametrize(
    ("changes", "code", "blocked_by"),
    [
        ({"grant": Unavailable(Code.NOT_SELECTED)}, Code.NOT_SELECTED, ()),
        ({"grant": Unavailable(Code.BLOCKED, "", ("tls.dates",))}, Code.BLOCKED, ("tls.dates",)),
        ({"grant": Unavailable(Code.TIMEOUT)}, Code.TIMEOUT, ("auth.token",)),
        ({"channels": Unavailable(Code.BLOCKED, "", ("tls.name",))}, Code.BLOCKED, ("tls.name",)),
        ({"credentials": Unavailable(Code.NOT_SELECTED)}, Code.BLOCKED, ("auth.token",)),
    ],
)
def test_no_token_leaves_where_something_stands_in_the_way(
    probe: Any, changes: dict[str, Any], code: Code, blocked_by: tuple[str, ...]
) -> None:
    missing, asked = observed(asking(probe, first(401), **changes), lambda _: Reply(200, INSTANCE))
    assert (missing.code, missing.blocked_by) == (code, blocked_by)
    assert asked == []


def test_no_token_leaves_on_a_channel_that_is_not_verified() -> None:
    async def ask(bench: Bench) -> Any:
        way = Unavailable(Code.BLOCKED, "", ("tls.trusted",))
        bench.verified = VerifiedChannels(((bench.target.resource.endpoint, way),))
        return await asking(halo.agent_probe)(bench)

    missing, asked = observed(ask, lambda _: Reply(200, {}))
    assert (missing.blocked_by, asked) == (("tls.trusted",), [])


def test_without_a_way_nothing_is_asked() -> None:
    async def ask(bench: Bench) -> Any:
        way = Unavailable(Code.BLOCKED, "closed", ("net.reachable",))
        bench.open = OpenChannels(((bench.target.resource.endpoint, way),))
        return [await asking(halo.instance_info_probe)(bench), await asking(halo.auth_info_probe)(bench)]

    missing, asked = observed(ask, lambda _: Reply(200, {}))
    assert [one.blocked_by for one in missing] == [("net.reachable",)] * 2
    assert asked == []
