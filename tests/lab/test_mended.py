"""How to see that it is mended: what the sentence says is false while the fault is there, and true without it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from diagnose import lab
from diagnose.lab.running import Running
from diagnose.lab.scenarios import named
from tests.cli.program import run_against

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine"),
]

SHOWN = {
    "wrong-name": "tls.name",
    "cn-only": "tls.name",
    "wildcard-too-deep": "tls.name",
    "second-address-wrong-name": "tls.name",
    "expired": "tls.dates",
    "expired-intermediate": "tls.dates",
    "not-yet-valid": "tls.dates",
    "expires-soon": "tls.dates",
    "intermediate-expires-soon": "tls.dates",
    "second-address-expired": "tls.dates",
    "missing-intermediate": "tls.chain-complete",
    "missing-upper-intermediate": "tls.chain-complete",
    "missing-both-intermediates": "tls.chain-complete",
    "second-address-incomplete": "tls.chain-complete",
    "weak-key": "tls.strength",
    "weak-signature": "tls.strength",
    "wrong-purpose": "tls.purpose",
    "chain-unordered": "tls.chain-order",
    "chain-duplicates": "tls.chain-clean",
    "root-sent": "tls.chain-clean",
    "stranger-sent": "tls.chain-clean",
    "chain-too-long": "tls.chain-clean",
    "leaf-not-first": "tls.handshake",
    "old-tls": "tls.handshake",
    "second-address-old-tls": "tls.handshake",
    "alert": "tls.handshake",
    "reset": "tls.handshake",
    "closed": "tls.handshake",
    "plain-http": "tls.handshake",
    "second-address-differs": "tls.same-everywhere",
}
"""Scenarios, and the check whose sentence names a command."""

HEALTHY = {
    "missing-upper-intermediate": "two-intermediates",
    "missing-both-intermediates": "two-intermediates",
    "chain-unordered": "two-intermediates",
    **{name: "two-addresses" for name in SHOWN if name.startswith("second-address")},
}
"""The same server mended, where that is another one than the healthy one."""


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_to_be_seen_is_not_there_yet_and_is_there_afterwards(name: str) -> None:
    with lab.start(name) as broken:
        sentence = verify(broken, SHOWN[name])
        assert "un this diagnosis again" in sentence
        assert not holds(sentence, broken)
    mended = named(HEALTHY.get(name, "healthy"))
    given = named(name).given
    with lab.start(mended.but(given=mended.given.but(host=given.host))) as healthy:
        assert holds(sentence, healthy)


@pytest.mark.parametrize("name", ["auth-redirect-301", "auth-redirect-307", "auth-redirect-to-http"])
def test_a_redirect_is_seen_by_the_command(name: str) -> None:
    with lab.start(name) as broken:
        remedy = of(broken, "url.auth-endpoint")["remedy"]
        command = next(each["text"] for each in remedy["commands"] if each["shell"] == "sh")
        assert "no Location" in remedy["verify"]
        assert not answers_itself(asked(command, broken))
    with lab.start("healthy") as healthy:
        assert answers_itself(asked(command, healthy))


def answers_itself(said: str) -> bool:
    return bool(re.match(r"HTTP/\S+ 40[01]\b", said)) and "location:" not in said.casefold()


def of(running: Running, check: str) -> dict[str, Any]:
    report = json.loads(run_against(running, "--format", "json").stdout)
    found: dict[str, Any] = next(each for each in report["checks"] if each["id"] == check)
    return found


def verify(running: Running, check: str) -> str:
    sentence = of(running, check)["remedy"]["verify"]
    assert isinstance(sentence, str)
    return sentence


def asked(command: str, running: Running, address: str = "") -> str:
    """Run the command as it stands, but for the name, which no resolver knows."""
    port = urlsplit(running.origin).port
    command = re.sub(r"(https://)[^/ ]+", rf"\g<1>127.0.0.1:{port}", command)
    place = rf"\g<place>:{port}" if re.search(r"-connect (127\.|\[)", command) else f"127.0.0.1:{port}"
    command = re.sub(r"(?<=-connect )(?P<place>\S+):\d+", f"{address}:{port}" if address else place, command)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


def holds(sentence: str, running: Running) -> bool:
    """Do what the sentence says, to the letter, and tell whether what it promises is seen."""
    found = re.search(r"`(.+)` (.+?)\.(?: Repeat|$)", sentence)
    assert found is not None, sentence
    if " as with " in found[2]:
        addresses = re.findall(r"as with (.+) in the address", found[2])[0].split(", ")
        return len({fingerprint(asked(found[1], running, each)) for each in ("", *addresses)}) == 1
    return promised(found[2], asked(found[1], running))


def fingerprint(said: str) -> str:
    return re.findall("(?i)fingerprint=(.*)", said)[0]  # type: ignore[no-any-return]


def promised(words: str, said: str) -> bool:  # noqa: PLR0911 - one per kind of promise
    chain = re.findall(r"^ *\d+ s:(.*)\n.*i:.*\n +a:PKEY: (.*); sigalg: (.*)\n +v:(.*)$", said, re.MULTILINE)
    subjects = [subject.split("CN = ")[-1] for subject, *_ in chain]
    if words.startswith(("lists DNS:", "lists TLS Web")):
        parts = re.split(r" or | and ", words.removeprefix("lists "))
        return (any if " or " in words else all)(part in said for part in parts)
    if words.startswith("prints a notBefore"):
        return in_time(said)
    if "NotBefore" in words:
        return bool(chain) and all(in_time(dates) for *_, dates in chain)
    if "a line s: with" in words:
        return all(name in subjects for name in re.findall(r"with (.+?)(?: and a line|$)", words))
    if "in the lines s:" in words:
        return subjects == words.partition("in the lines s: ")[2].split(", then ")
    if "only" in words:
        return len(chain) == int(re.findall(r"only (\d+)", words)[0])
    if "rsaEncryption" in words:
        return all(strong(key) and "SHA256" in signature for _, key, signature, _ in chain)
    assert words == "prints New, TLSv1.2 or New, TLSv1.3 and, as its last word, DONE"
    return bool(re.search(r"^New, TLSv1\.[23],", said, re.MULTILINE)) and said.rstrip().endswith("DONE")


def strong(key: str) -> bool:
    kind, bits = re.findall(r"(\w+), (\d+) \(bit\)", key)[0]
    return int(bits) >= {"rsaEncryption": 2048, "ecPublicKey": 256}[kind]


def in_time(said: str) -> bool:
    begun, ends = (
        datetime.strptime(moment, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
        for moment in re.findall(r"(?i)not(?:before|after)[=:] *(.+? GMT)", said)[:2]
    )
    now = datetime.now(UTC)
    return begun < now and ends > now + timedelta(days=14)
