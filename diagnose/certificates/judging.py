"""A certificate file, judged: the report of a run that has a file and no server."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec

from diagnose import tables
from diagnose.certificates.completion import complete
from diagnose.certificates.verdict import verdict_on
from diagnose.chain.derivations import judged_chains
from diagnose.credentials import Secrets
from diagnose.fact import Fact, Unavailable
from diagnose.facts.certificate_file import CertificateFile
from diagnose.facts.chains import JudgedChain, JudgedChains
from diagnose.facts.run import Moment, Settings
from diagnose.facts.tls import Handshake, Handshakes, Issuers, TrustRoots
from diagnose.inputs.waivers import Waivers
from diagnose.judging import results
from diagnose.outcome import Code
from diagnose.probes.network import Network
from diagnose.probes.roots import RootStore, trust_roots
from diagnose.registry import DISTRIBUTION, Registry, version
from diagnose.report import SCHEMA_VERSION, Contact, Document, Report, Run, TargetView, Tool, entries
from diagnose.runner import Observations
from diagnose.schema import bundled_facts

NO_SERVER = Unavailable(Code.NOT_APPLICABLE, "no server is looked at")


class Question(msgspec.Struct, frozen=True):
    """What is asked: the file, and under which settings; `local` are the issuers of `--issuers`."""

    file: CertificateFile
    settings: Settings
    moment: Moment
    local: tuple[tuple[str, bytes], ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """The report, the judged chain, and the issuers that complete it."""

    document: Document
    chain: JudgedChain
    issuers: Issuers


def answer(question: Question, roots: RootStore, registry: Registry, secrets: Secrets) -> Answer:
    """Judge the file; the network is asked for missing issuers alone."""
    issuers, anchors, contacted = asyncio.run(_observe(question, roots, secrets))
    judged: JudgedChains = judged_chains.function(
        NO_SERVER, question.file, NO_SERVER, anchors, issuers, NO_SERVER, question.moment
    )
    facts: dict[type[Fact], Fact] = {
        CertificateFile: question.file,
        Issuers: issuers,
        TrustRoots: anchors,
        Moment: question.moment,
    }
    values: dict[type, Any] = dict.fromkeys(bundled_facts().values(), NO_SERVER)
    values |= dict.fromkeys((need.type for check in registry.checks for need in check.needs), NO_SERVER)
    values |= facts | {JudgedChains: judged}
    document = _report(question, registry, Observations(values, {}), contacted)
    return Answer(document, judged.chains[0], issuers)


async def _observe(
    question: Question, roots: RootStore, secrets: Secrets
) -> tuple[Issuers, TrustRoots, tuple[Contact, ...]]:
    settings, file = question.settings, question.file
    network = Network(settings, secrets, time.monotonic() + settings.timeout)
    try:
        issuers = await complete(file.certificates, question.local, settings, roots, network)
        captured = Handshakes((Handshake(file.host, 0, file.file, "completed", file.certificates),))
        return issuers, await trust_roots.function(roots, captured, issuers), network.contacted()
    finally:
        await network.close()


def _report(
    question: Question, registry: Registry, observations: Observations, contacted: tuple[Contact, ...]
) -> Document:
    moment, file = question.moment, question.file
    every = {check.id for check in registry.checks}
    judged = results(registry.checks, every, observations, Waivers(), moment.now.date())
    return Document.of(
        Report(
            schema_version=SCHEMA_VERSION,
            tool=Tool(DISTRIBUTION, version(), registry.plugins, tables.in_force()),
            run=Run(str(uuid.uuid4()), moment.now, datetime.now(UTC), profile=""),
            target=TargetView("", "", certificate_file=file.file),
            verdict=verdict_on(judged, file),
            checks=judged,
            facts=entries(observations.facts()),
            contacted=contacted,
        )
    )
