"""The main job: observe one HaloPSA, judge, and return the report."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from diagnose import foreign, tables, versions
from diagnose.credentials import Credentials, Secrets
from diagnose.evidence import EvidenceFiles
from diagnose.fact import Fact, Unavailable
from diagnose.facts.run import CredentialShape, Moment, Settings, Target
from diagnose.graph import Plan, plan
from diagnose.judging import results
from diagnose.outcome import Code
from diagnose.profile import Profile
from diagnose.redaction import without_secrets
from diagnose.registry import DISTRIBUTION, Registry, version
from diagnose.report import SCHEMA_VERSION, Contact, Document, Report, Run, TargetView, Tool, entries
from diagnose.runner import Observations, Progress, derived, ignore, nothing_observed, observe
from diagnose.selection import select
from diagnose.verdict import verdict
from diagnose.waivers import Waivers

USE_A_TOKEN = frozenset({"auth", "api", "halo", "version"})
"""Categories of checks that may need a token: without any of them no credential is sent."""


class Order(msgspec.Struct, frozen=True):
    """One run, as ordered: everything that was typed, read and understood. Holds no secret."""

    target: Target
    settings: Settings
    profile: Profile
    waivers: Waivers = Waivers()
    shape: CredentialShape | None = None
    client_id_shown: str | None = None
    roots_file: str | None = None
    """The file of `--trust-roots`; the report names it without its folder."""
    files: EvidenceFiles = EvidenceFiles()


class Keys:
    """What the run may use and no report may hold."""

    def __init__(self, secrets: Secrets, credentials: Credentials | None = None, proxy: str | None = None) -> None:
        self.secrets = secrets
        self.credentials = credentials
        self.proxy = proxy


def run(
    order: Order,
    keys: Keys,
    registry: Registry,
    began: float,
    watch: Callable[[Progress], None] = ignore,
    *,
    interrupted: bool = False,
) -> Document:
    """Diagnose one HaloPSA. `began` is `time.monotonic()` when the program started: `--timeout` counts from there.

    UsageError for an id that does not exist or a file that cannot be read; DeclarationError for a plugin
    whose declarations clash; nothing else, whatever the server does.
    """
    selected = select(registry.checks, order.settings.only, order.settings.skip)
    moment = Moment(datetime.now(UTC))
    given = _given(order, keys, moment, began + order.settings.timeout)
    if not any(check.foreign or check.category in USE_A_TOKEN for check in registry.checks if check.id in selected):
        given[Credentials] = Unavailable(Code.NOT_SELECTED, "no check that was asked needs a token")
    the_plan = plan([check for check in registry.checks if check.id in selected], registry.probes, given)
    observations = nothing_observed(the_plan, given)
    with contextlib.suppress(KeyboardInterrupt):
        if not interrupted:
            observations = asyncio.run(_observe(the_plan, given, began + order.settings.timeout, watch))
    with foreign.until(began + order.settings.timeout):
        observations = _redacted(the_plan, observations, keys.secrets)
        judged = results(registry.checks, selected, observations, order.waivers, moment.now.date())
    judged = without_secrets(judged, keys.secrets)
    return Document.of(
        Report(
            schema_version=SCHEMA_VERSION,
            tool=Tool(DISTRIBUTION, version(), registry.plugins, tables.in_force()),
            run=_run(order, moment, observations),
            target=without_secrets(_target(order), keys.secrets),
            verdict=verdict(judged, order.profile.integrator),
            checks=judged,
            facts=entries(observations.facts()),
            contacted=without_secrets(_contacted(observations.values), keys.secrets),
        )
    )


def _redacted(the_plan: Plan, observations: Observations, secrets: Secrets) -> Observations:
    """Take out what a stranger echoed, with every secret known by now; derive anew, as a recheck would, from the rest.

    What could not be derived in time stays so.
    """
    facts = {kind: value for kind, value in observations.values.items() if issubclass(kind, Fact)}
    clean = {kind: without_secrets(value, secrets) for kind, value in facts.items()}
    if all(clean[kind] is facts[kind] for kind in facts):
        return observations
    values = observations.values | clean
    for probe in the_plan.probes:
        if not probe.stored and not isinstance(values[probe.provides], Unavailable):
            values[probe.provides] = derived(probe, values)
    return msgspec.structs.replace(observations, values=values)


def _run(order: Order, moment: Moment, observations: Observations) -> Run:
    return Run(
        id=str(uuid.uuid4()),
        started=moment.now,
        finished=datetime.now(UTC),
        profile=order.profile.name,
        cancelled=observations.cancelled,
    )


def _target(order: Order) -> TargetView:
    target = order.target
    return TargetView(target.resource.given, target.auth.given, target.tenant, order.client_id_shown)


def _given(order: Order, keys: Keys, moment: Moment, deadline: float) -> dict[type, Any]:
    """Return what every probe and check may ask for without anything being observed."""
    from diagnose.probes.http import Http  # noqa: PLC0415 - httpx and ssl are imported by a run, not by --help
    from diagnose.probes.network import Network  # noqa: PLC0415
    from diagnose.probes.roots import RootStore  # noqa: PLC0415

    not_given = Unavailable(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
    network = Network(order.settings, keys.secrets, deadline, proxy=keys.proxy)
    roots = RootStore.load(order.roots_file)
    return {
        Target: order.target,
        Settings: order.settings,
        Profile: order.profile,
        Waivers: order.waivers,
        Moment: moment,
        CredentialShape: order.shape or not_given,
        EvidenceFiles: order.files,
        versions.Releases: versions.load(),
        Secrets: keys.secrets,
        Credentials: keys.credentials or not_given,
        Network: network,
        RootStore: roots,
        Http: Http(network, roots, keys.secrets),
    }


async def _observe(
    the_plan: Plan, given: dict[type, Any], deadline: float, watch: Callable[[Progress], None]
) -> Observations:
    from diagnose.probes.network import Network  # noqa: PLC0415

    try:
        return await observe(the_plan, given, deadline, watch)
    finally:
        await given[Network].close()


def _contacted(values: dict[type, Any]) -> tuple[Contact, ...]:
    from diagnose.probes.network import Network  # noqa: PLC0415

    return tuple(values[Network].contacted())
