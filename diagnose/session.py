"""The main job: observe one HaloPSA, judge, and return the report."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from diagnose import foreign, tables
from diagnose.credentials import Credentials, Secrets
from diagnose.fact import Fact, Unavailable
from diagnose.facts.run import CredentialShape, Moment, Settings, Target
from diagnose.facts.tls import Handshakes, Issuers, TrustRoots
from diagnose.graph import Plan, plan
from diagnose.halo import versions
from diagnose.inputs.evidence import EvidenceFiles
from diagnose.inputs.selection import select
from diagnose.inputs.waivers import Waivers
from diagnose.interrupts import Patience
from diagnose.judging import results
from diagnose.outcome import Code
from diagnose.profile import Profile
from diagnose.redaction import holds_secrets, without_secrets
from diagnose.registry import DISTRIBUTION, Registry, version
from diagnose.report import SCHEMA_VERSION, Contact, Document, Report, Run, TargetView, Tool, entries
from diagnose.runner import Event, Observations, derived, ignore, nothing_observed, observe
from diagnose.threads import call
from diagnose.verdict import verdict

if TYPE_CHECKING:
    from diagnose.probes.network import Network
    from diagnose.probes.roots import RootStore

LONGEST_JUDGING = 30.0
"""Seconds after the end of a run at which its plug-ins' checks must have been judged, or the run is given up."""
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
    watch: Callable[[Event], None] = ignore,
    *,
    interrupted: bool = False,
) -> Document:
    """Diagnose one HaloPSA. `began` is `time.monotonic()` when the program started: `--timeout` counts from there.

    UsageError for an id that does not exist or a file that cannot be read; DeclarationError for a plugin
    whose declarations clash; nothing else, whatever the server does.
    """
    with Patience() as patience:
        session = Session(order, keys, registry, began)
    with contextlib.suppress(KeyboardInterrupt):
        if not (interrupted or patience.seen):
            asyncio.run(session.observe(watch))
    return session.judged()


async def observe_and_judge(
    order: Order, keys: Keys, registry: Registry, began: float, *, roots: RootStore | None = None
) -> Document:
    """Diagnose one of several HaloPSAs at the same time; cancelled, it returns what it has as `run` does.

    `roots` are those in force, where they were loaded already.
    """
    session = Session(order, keys, registry, began, roots, one_of_many=True)
    await session.observe(ignore)
    if not any(check.foreign for check in registry.checks):
        return session.judged()
    return await call(session.judged, seconds=order.settings.timeout + LONGEST_JUDGING)


class Session:
    """One run, prepared: first it observes, then it judges what was observed by then."""

    def __init__(
        self,
        order: Order,
        keys: Keys,
        registry: Registry,
        began: float,
        roots: RootStore | None = None,
        *,
        one_of_many: bool = False,
    ) -> None:
        from diagnose.probes.network import Network  # noqa: PLC0415 - ssl is imported by a run, not by --help
        from diagnose.probes.roots import RootStore  # noqa: PLC0415

        self._order = order
        self._keys = keys
        self._registry = registry
        self._deadline = began + order.settings.timeout
        self._moment = Moment(datetime.now(UTC))
        self._selected = select(registry.checks, order.settings.only, order.settings.skip)
        asked = [check for check in registry.checks if check.id in self._selected]
        network = Network(order.settings, keys.secrets, self._deadline, proxy=keys.proxy, ahead=not one_of_many)
        self._given = _given(order, keys, self._moment, network, roots or RootStore.load(order.roots_file))
        if not any(check.foreign or check.category in USE_A_TOKEN for check in asked):
            self._given[Credentials] = Unavailable(Code.NOT_SELECTED, "no check that was asked needs a token")
        self._plan = plan(asked, registry.probes, self._given)
        self._observations = nothing_observed(self._plan, self._given)

    async def observe(self, watch: Callable[[Event], None]) -> None:
        """Run the probes until they are done, or time is up; never raises for what a probe does."""
        from diagnose.probes import warming  # noqa: PLC0415 - as in __init__
        from diagnose.probes.network import Network  # noqa: PLC0415
        from diagnose.probes.roots import RootStore  # noqa: PLC0415

        warming.begin(self._given[RootStore])
        try:
            self._observations = await observe(self._plan, self._given, self._deadline, watch)
        finally:
            await self._given[Network].close()
        self._look_back()

    def _look_back(self) -> None:
        """Judge the other chains too that connections were shown after the first one to the same address."""
        from diagnose.probes.captured import with_later  # noqa: PLC0415 - as in __init__
        from diagnose.probes.network import Network  # noqa: PLC0415
        from diagnose.probes.roots import RootStore, relevant  # noqa: PLC0415

        values = self._observations.values
        first, roots = values.get(Handshakes), values.get(TrustRoots)
        if not isinstance(first, Handshakes) or not isinstance(roots, TrustRoots):
            return
        every = with_later(first, self._given[Network])
        if every is not first:
            found = relevant(self._given[RootStore], every, values.get(Issuers))
            self._observations = _anew(self._plan, self._observations, {Handshakes: every, TrustRoots: found})

    def judged(self) -> Document:
        """Return the report on what was observed; Ctrl-C meanwhile is remembered, and is told in it."""
        order, secrets = self._order, self._keys.secrets
        with Patience() as patience, foreign.until(self._deadline):
            observations = _redacted(self._plan, self._observations, secrets)
            today = self._moment.now.date()
            judged = results(self._registry.checks, self._selected, observations, order.waivers, today)
            judged = without_secrets(judged, secrets)
            run = _run(order, self._moment, cancelled=observations.cancelled or patience.seen)
            return Document.of(
                Report(
                    schema_version=SCHEMA_VERSION,
                    tool=Tool(DISTRIBUTION, version(), self._registry.plugins, tables.in_force()),
                    run=run,
                    target=without_secrets(_target(order), secrets),
                    verdict=verdict(judged, order.profile.integrator),
                    checks=judged,
                    facts=entries(observations.facts()),
                    contacted=without_secrets(_contacted(observations.values), secrets),
                )
            )


def _redacted(the_plan: Plan, observations: Observations, secrets: Secrets) -> Observations:
    """Take out what a stranger echoed, with every secret known by now; derive anew, as a recheck would, from the rest.

    What could not be derived in time stays so.
    """
    facts = {kind: value for kind, value in observations.values.items() if issubclass(kind, Fact)}
    if not holds_secrets(tuple(facts.values()), secrets):
        return observations
    clean = {kind: without_secrets(value, secrets) for kind, value in facts.items()}
    return _anew(the_plan, observations, clean)


def _anew(the_plan: Plan, observations: Observations, facts: Mapping[type, Any]) -> Observations:
    """Return the observations with these facts, and with everything derived again that was derived in time."""
    values = {**observations.values, **facts}
    for probe in the_plan.probes:
        if not probe.stored and not isinstance(values[probe.provides], Unavailable):
            values[probe.provides] = derived(probe, values)
    return msgspec.structs.replace(observations, values=values)


def _run(order: Order, moment: Moment, *, cancelled: bool) -> Run:
    return Run(
        id=str(uuid.uuid4()),
        started=moment.now,
        finished=datetime.now(UTC),
        profile=order.profile.name,
        cancelled=cancelled,
    )


def _target(order: Order) -> TargetView:
    target = order.target
    return TargetView(target.resource.given, target.auth.given, target.tenant, order.client_id_shown)


def _given(order: Order, keys: Keys, moment: Moment, network: Network, roots: RootStore) -> dict[type, Any]:
    """Return what every probe and check may ask for without anything being observed."""
    from diagnose.probes.http import Http  # noqa: PLC0415 - as in Session
    from diagnose.probes.network import Network  # noqa: PLC0415
    from diagnose.probes.roots import RootStore  # noqa: PLC0415

    not_given = Unavailable(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
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


def _contacted(values: dict[type, Any]) -> tuple[Contact, ...]:
    from diagnose.probes.network import Network  # noqa: PLC0415

    return tuple(values[Network].contacted())
