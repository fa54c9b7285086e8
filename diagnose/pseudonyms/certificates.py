"""Certificates that hold names are left out; what the chain was judged to be is kept in their place."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from diagnose.converting import convert
from diagnose.fact import Fact, Probe, Unavailable
from diagnose.facts.chains import JudgedChain, JudgedChains, PathCertificate
from diagnose.facts.run import Moment
from diagnose.pseudonyms.words import Words
from diagnose.registry import Registry
from diagnose.report import Document, FactEntry, Report, rounded
from diagnose.runner import derived
from diagnose.support import stored

KEPT = "tls.judged_chains"
"""Where the judgement stands among the facts of a report under pseudonyms."""
LEFT_OUT = "left out: certificate {number} holds names that were replaced by pseudonyms"
"""What stands in the place of a certificate. Its own digests stand where the certificate's did, so that what was the
same certificate still is."""
SHORTEST_DER = 100
"""Bytes; a certificate has some hundred."""


def judged(document: Document, registry: Registry) -> JudgedChains | None:
    """Return what the chains in this report are judged to be; None where there are none."""
    report = document.report
    kept = kept_judgement(report.facts)
    if kept is not None:
        return kept
    moment = stored.fact(Moment, report.facts)
    if isinstance(moment, Unavailable):
        moment = Moment(report.run.started)
    providers = {probe.provides: probe for probe in registry.probes if not probe.stored}
    found = _value(JudgedChains, providers, {Moment: moment}, report)
    return found if isinstance(found, JudgedChains) else None


def _value(kind: type, providers: Mapping[type, Probe], values: dict[type, Any], report: Report) -> Any:  # noqa: ANN401 - a fact
    if kind not in values and kind in providers:
        for need in providers[kind].needs:
            _value(need.type, providers, values, report)
        values[kind] = derived(providers[kind], values)
    elif kind not in values:
        values[kind] = stored.fact(kind, report.facts) if issubclass(kind, Fact) else None
    return values[kind]


def kept_judgement(facts: Mapping[str, FactEntry]) -> JudgedChains | None:
    """Return the judgement that stands in the place of certificates; None where the certificates are there."""
    entry = facts.get(KEPT)
    if entry is None or entry.value is msgspec.UNSET:
        return None
    try:
        return convert(entry.value, JudgedChains, str_keys=True)
    except msgspec.ValidationError:
        return None


def as_of(chains: JudgedChains, moment: datetime) -> JudgedChains:
    """Return the judgement with its dates judged as of another moment; the clocks are compared no more."""
    return msgspec.structs.replace(chains, chains=tuple(_as_of(chain, moment) for chain in chains.chains))


class _Dated(msgspec.Struct, frozen=True):
    """A certificate of a path, as far as dates are concerned."""

    subject: str
    not_before: datetime | None
    not_after: datetime | None

    def is_current(self, moment: datetime) -> bool:
        """Whether it is within its dates."""
        return bool(self.not_before and self.not_after and self.not_before <= moment <= self.not_after)


def _as_of(chain: JudgedChain, moment: datetime) -> JudgedChain:
    from diagnose.chain import dates  # noqa: PLC0415 - imports cryptography

    path = [_dated(certificate) for certificate in chain.path]
    if not path:
        return chain
    return msgspec.structs.replace(chain, dates=dates.judge(path, moment, None))  # type: ignore[arg-type]


def _dated(certificate: PathCertificate) -> _Dated:
    return _Dated(certificate.subject, certificate.not_before, certificate.not_after)


def builtins(chains: JudgedChains) -> Any:  # noqa: ANN401 - a JSON value
    """Return the judgement as a report stores it."""
    return rounded(msgspec.to_builtins(chains, str_keys=True))


def leaves_of(chains: JudgedChains | None) -> dict[str, str]:
    """Return SHA-256 and serial number of every server's own certificate."""
    every = [each for chain in (chains.chains if chains else ()) for each in chain.certificates]
    return {each.sha256: each.serial for each in every if each.role == "leaf"}


def without_certificates(
    facts: Any,  # noqa: ANN401 - any JSON value
    words: Words,
    own: Iterable[str],
) -> tuple[Any, dict[bytes, bytes]]:
    """Return the facts without the certificates that hold names, and what stands in the place of each."""
    gone: dict[bytes, bytes] = {}
    leaves = set(own)

    def walk(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        der = _der(value)
        if der is None:
            return value
        digest = hashlib.sha256(der).hexdigest()
        if digest not in leaves and not words.holds(der):
            return value
        gone.setdefault(der, LEFT_OUT.format(number=len(gone) + 1).encode())
        return base64.b64encode(gone[der]).decode()

    return walk(facts), gone


def digests(gone: Mapping[bytes, bytes]) -> dict[str, str]:
    """Return the SHA-256 and SHA-1 of each certificate that was left out, and those of what stands in its place."""
    return {
        old: new for der, placeholder in gone.items() for old, new in zip(_both(der), _both(placeholder), strict=True)
    }


def _both(content: bytes) -> tuple[str, str]:
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest().upper()
    return hashlib.sha256(content).hexdigest(), sha1


def _der(value: Any) -> bytes | None:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str) or len(value) < SHORTEST_DER:
        return None
    try:
        content = base64.b64decode(value, validate=True)
    except ValueError:
        return None
    return content if content[:1] == b"\x30" else None
