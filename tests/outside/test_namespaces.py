"""A source that is dropped, one that is rejected and one that is let in are told apart by `vantage answer`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from diagnose import vantage
from diagnose.facts.allowlist import VantageAnswers
from diagnose.reachability.combine import combine
from diagnose.reachability.outside import Inside, from_vantages
from tests.outside import namespaces as ns

HERE = ns.why_not()
pytestmark = pytest.mark.skipif(bool(HERE), reason=HERE or "namespaces can be made")
LAST = {ns.LET_IN: 0, ns.DROPPED: 3, ns.PROHIBITED: 3, ns.RESET: 3, ns.PORT_UNREACHABLE: 3}


class Came(NamedTuple):
    """What one source address got back."""

    code: int
    told: str
    document: vantage.VantageDocument


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Came]]:
    """Every source's answer to the same request."""
    folder = tmp_path_factory.mktemp("outside")
    two = ns.Two()
    try:
        two.build()
        with two.served() as place:
            yield {address: _answered(two, place, folder, address) for address in LAST}
    finally:
        two.remove()


def _answered(two: ns.Two, place: dict[str, str], folder: Path, address: str) -> Came:
    request, answer = folder / "request.json", folder / f"{address}.json"
    if not request.exists():
        urls = ("--resource-server", place["resource"], "--auth-server", place["auth"])
        assert two.diagnose("vantage", "request", *urls, "-o", str(request)).returncode == 0
    two.send_from(address)
    done = two.diagnose(
        "vantage", "answer", str(request), "--resolve", place["resolve"], "--egress", address, "-o", str(answer)
    )
    return Came(done.returncode, done.stderr, vantage.read_answer(answer.read_bytes()))


@pytest.mark.parametrize("address", LAST)
def test_the_exit_code_says_whether_halo_was_reached(came: dict[str, Came], address: str) -> None:
    assert came[address].code == LAST[address], came[address].told


@pytest.mark.parametrize(
    ("address", "tcp", "tls", "word"),
    [
        (ns.LET_IN, "accepted", "completed", "through"),
        (ns.DROPPED, "no_answer", "not_tried", "did not answer"),
        (ns.PROHIBITED, "unreachable", "not_tried", "No route to host"),
        (ns.RESET, "refused", "not_tried", "refused"),
        (ns.PORT_UNREACHABLE, "refused", "not_tried", "refused"),
    ],
)
def test_what_the_wire_said_is_recorded(came: dict[str, Came], address: str, tcp: str, tls: str, word: str) -> None:
    for one in came[address].document.targets:
        assert [(reach.tcp, reach.tls) for reach in one.reaches] == [(tcp, tls)]
    assert word in came[address].told


def test_only_who_is_let_in_sees_the_certificate_and_halos_own_marks(came: dict[str, Came]) -> None:
    seen = {
        address: {asked.marker for one in each.document.targets for reach in one.reaches for asked in reach.asked}
        for address, each in came.items()
    }
    assert seen == {address: {"oauth_error", "instance_info"} if address == ns.LET_IN else set() for address in LAST}
    leafs = {reach.leaf_sha256 for one in came[ns.LET_IN].document.targets for reach in one.reaches}
    assert all(len(leaf) == 64 for leaf in leafs)


def test_all_answers_together_prove_the_one_and_refute_the_others(came: dict[str, Came]) -> None:
    request = came[ns.LET_IN].document.request
    given = VantageAnswers(tuple(vantage.as_fact(each.document, address, request) for address, each in came.items()))
    inside = [Inside(asked.role, asked.url) for asked in request.targets]
    told = combine([tuple(LAST)], [from_vantages(given, tuple(LAST), inside, came[ns.LET_IN].document.ended)])
    assert {one.address: one.outcome for one in told.addresses} == {
        address: "allow" if address == ns.LET_IN else "deny" for address in LAST
    }


def test_no_credential_and_no_text_of_the_server_is_in_an_answer(came: dict[str, Came]) -> None:
    text = vantage.written(came[ns.LET_IN].document).decode()
    assert not any(word in text for word in ("client_secret", "client_id", "app_version", "error_description"))
    assert json.loads(text)["digest"]
