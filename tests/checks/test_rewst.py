"""Rewst's form takes a host name: the check of a further integrator, by its facts and in whole runs."""

from __future__ import annotations

import json

import pytest

from checks.rewst import a_host_name_says_it_all as judged
from diagnose import Status, lab, profile
from diagnose.target import read
from tests.cli.program import run_against

REWST = profile.load("rewst")


@pytest.mark.parametrize(
    ("resource", "auth", "status"),
    [
        ("https://halo.example.com/api", "https://halo.example.com/auth/", Status.PASS),
        ("https://halo.example.com:443/API/", "https://halo.example.com/Auth", Status.PASS),
        ("https://halo.example.com:443/api/", "https://halo.example.com/auth", Status.PASS),
        ("https://halo.example.com:8443/api", "https://halo.example.com:8443/auth/", Status.FAIL),
        ("https://halo.example.com/psa/api", "https://halo.example.com/auth/", Status.FAIL),
        ("https://halo.example.com/api", "https://sso.example.com/auth/", Status.FAIL),
        ("https://halo.example.com/api", "https://halo.example.com/", Status.FAIL),
    ],
)
def test_a_host_name_alone_must_do(resource: str, auth: str, status: Status) -> None:
    target = read(resource_server=resource, auth_server=auth, tenant=None)
    outcome = judged(target, REWST)
    assert outcome.status is status, outcome.summary
    assert outcome.remedy or status is not Status.FAIL


def test_what_to_type_is_the_evidence() -> None:
    target = read(
        resource_server="https://halo.example.com/api", auth_server="https://halo.example.com/auth/", tenant=None
    )
    assert judged(target, REWST).evidence["type_this"] == "halo.example.com"


def test_other_integrators_take_urls() -> None:
    target = read(resource_server="https://h.example:8443/api", auth_server="https://h.example:8443/auth/", tenant=None)
    assert judged(target, profile.load("gradient")).status is Status.SKIP


def test_the_profile_demands_it_and_the_permission_all_is_what_it_wants() -> None:
    with lab.start("all-ticked") as running:
        done = run_against(running, "--profile", "rewst", "--format", "json")
    report = json.loads(done.stdout)
    found = {check["id"]: check for check in report["checks"]}
    assert report["verdict"]["causes"] == ["rewst.host-name"], report["verdict"]  # the simulated server has a port
    assert (found["rewst.host-name"]["importance"], found["rewst.host-name"]["status"]) == ("required", "fail")
    assert {
        name: found[name]["status"] for name in ("auth.token", "auth.scopes", "api.customers", "auth.all-permission")
    } == {
        "auth.token": "pass",
        "auth.scopes": "pass",
        "api.customers": "pass",
        "auth.all-permission": "skip",
    }
