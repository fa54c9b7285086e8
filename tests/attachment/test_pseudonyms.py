"""Under pseudonyms nobody is named, what belongs together still does, and a recheck says the same."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import lab
from diagnose.pseudonyms import pseudonymised
from diagnose.pseudonyms.collected import NETWORKS, Collected
from diagnose.pseudonyms.words import Words
from diagnose.registry import load
from diagnose.report import Document, digest
from diagnose.support import saved
from diagnose.support.attachment import members
from diagnose.support.rechecking import results
from tests.cli.program import diagnose, run_against

REGISTRY = load(plugins=False)
NAMED = ["example.test", "Integration Agent", "i***@"]
SCENARIOS = sorted(name for name, scenario in lab.SCENARIOS.items() if scenario.subject != "hostile")
FEW = [
    *("missing-intermediate", "wrong-name", "name-not-found", "private-address", "two-addresses", "intercepted"),
    *(
        "advertised-differs",
        "auth-host",
        "hosted",
        "allowed-by-rules",
        "logs-show-refusal",
        "vantage-through",
        "wildcard",
    ),
]
"""One of each kind; `DIAGNOSE_EVERY_SCENARIO=1` takes all of them."""


def outcomes(document: Document) -> dict[str, tuple[object, ...]]:
    return {
        each.id: (each.status, each.reason and (each.reason.code, each.reason.blocked_by))
        for each in results(document, REGISTRY)
    }


def words(**names: list[str]) -> Words:
    return Words(Collected(**{kind: dict.fromkeys(names.get(kind, [])) for kind in Collected.__struct_fields__}))


def report_of(scenario: str, folder: Path) -> Document:
    file = folder / "report.json"
    with lab.start(scenario) as running:
        done = run_against(running, "-o", str(file), "--timeout", "30")
    assert done.returncode in {0, 3, 5}, done.stderr
    return saved.read(file)


@pytest.mark.parametrize("name", [name for name in FEW if name in SCENARIOS])
def test_a_recheck_says_the_same_and_nobody_is_named(name: str, tmp_path: Path) -> None:
    before = report_of(name, tmp_path)
    made = pseudonymised(before, REGISTRY)
    assert outcomes(made.document) == outcomes(before)
    assert made.document.report.verdict.causes == before.report.verdict.causes
    for place, content in members(made.document).items():
        spelt = place + content.decode("utf-8")
        for text in (spelt, *decoded(spelt)):
            assert [word for word in NAMED if word.lower() in text.lower()] == [], place


def decoded(text: str) -> list[str]:
    """Return what is hidden in base64: a certificate names its host."""
    joined = re.sub(r"(?<=[A-Za-z0-9+/]{64})\n", "", text)
    return [
        base64.b64decode(found + "=" * (-len(found) % 4)).decode("latin-1")
        for found in re.findall(r"[A-Za-z0-9+/]{60,}", joined)
        if len(found) % 4 != 1
    ]


def test_the_twin_is_named_in_its_certificate(tmp_path: Path) -> None:
    text = json.dumps(report_of("healthy", tmp_path).raw["facts"]["tls.handshakes"]["value"]["attempts"][0]["chain"])
    assert any("example.test" in found for found in decoded(text))


def test_the_map_stays_outside_and_leads_back(tmp_path: Path) -> None:
    before = report_of("missing-intermediate", tmp_path)
    made = pseudonymised(before, REGISTRY)
    after = json.dumps(made.document.raw)
    hosts = made.private["pseudonyms"]["host"]
    assert "halo.example.test" in hosts
    assert hosts["halo.example.test"] in after
    assert made.document.report.digest is not None
    assert made.document.report.digest.value == digest(made.document.raw)
    assert made.private["report_digest"] not in after
    assert all("PRIVATE" not in name for name in members(made.document))


def test_a_report_under_pseudonyms_stays_as_it_is(tmp_path: Path) -> None:
    made = pseudonymised(report_of("healthy", tmp_path), REGISTRY)
    assert pseudonymised(made.document, REGISTRY).document.raw == made.document.raw


def test_the_names_of_the_files_name_nobody(tmp_path: Path) -> None:
    report_of("healthy", tmp_path)
    (tmp_path / "report.json").rename(tmp_path / "acme-ltd.json")
    done = diagnose("attach", str(tmp_path / "acme-ltd.json"), "--yes", "-q", "--pseudonyms")
    assert done.returncode == 0, done.stderr
    made = {path.name for path in tmp_path.iterdir()} - {"acme-ltd.json"}
    assert sorted("PRIVATE-do-not-send" in name for name in made) == [False, True]
    assert not [name for name in made if "acme" in name]


def test_hosts_of_one_domain_stay_together_and_a_wildcard_stays_one() -> None:
    map_ = words(hosts=["halo.acme.com", "auth.acme.com", "other.org", "intranet"])
    halo, auth = map_.text("halo.acme.com"), map_.text("auth.acme.com")
    domain = halo.partition(".")[2]
    assert auth.endswith(f".{domain}")
    assert map_.text("*.acme.com") == f"*.{domain}"
    assert map_.text("see https://HALO.acme.com:8443/api.") == f"see https://{halo}:8443/api."
    assert map_.text("https%3A%2F%2Fhalo.acme.com%2Fauth") == f"https%3A%2F%2F{halo}%2Fauth"
    assert map_.text("unseen.acme.com").endswith(f".{domain}")
    assert domain not in map_.text("other.org")
    assert map_.text("https://intranet/api") != "https://intranet/api"


@pytest.mark.parametrize("text", ["notacme.com", "acme.com.example.net", "acme.commerce", "the intranet", "2.250.32"])
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert words(hosts=["halo.acme.com", "intranet"]).text(text) == text


def test_names_of_people_are_replaced_everywhere() -> None:
    map_ = words(hosts=["halo.acme.com"], agents=["Jo Doe"], mails=["jo@acme.com", "jo@gmail.com"])
    told = map_.text("Jo Doe <jo@acme.com>, jo@gmail.com")
    assert not re.search(r"Jo|Doe|acme|gmail", told)
    assert told.count("person-") == 2


@given(
    st.lists(
        st.sampled_from(NETWORKS).flatmap(lambda network: st.integers(0, 5000).map(lambda n: network[n])), min_size=1
    )
)
def test_a_private_address_becomes_one_of_the_same_network_in_the_same_order(
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    map_ = words(addresses=[str(address) for address in addresses])
    for network in NETWORKS:
        inside = sorted({address for address in addresses if address in network}, key=int)
        moved = [ipaddress.ip_address(map_.text(str(address))) for address in inside]
        assert moved == sorted(moved, key=int)
        assert len(set(moved)) == len(inside)
        assert all(address in network for address in moved)


def test_networks_stay_networks_and_public_addresses_stay() -> None:
    map_ = words(addresses=["10.1.2.0", "192.168.7.9", "10.0.0.0"])
    assert ipaddress.ip_network(map_.text("10.1.2.0/24")).prefixlen == 24
    assert map_.text("10.0.0.0/8") == "10.0.0.0/8"
    assert map_.text("3.19.3.152 127.0.0.1") == "3.19.3.152 127.0.0.1"
    assert "192.168.7.9" not in map_.text("from 192.168.7.9:443, then")
