"""From the options of `run` to one frozen order. Everything that can be wrong is found before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from diagnose import guard, profile, registry
from diagnose.cli import BEGAN, secret_input
from diagnose.cli.choices import Destination
from diagnose.cli.plugging import registry_of
from diagnose.cli.progress import Watcher
from diagnose.credential_shape import as_typed
from diagnose.credentials import Credentials, Secrets
from diagnose.errors import UsageError
from diagnose.facts.run import CredentialShape, Settings, Target
from diagnose.guard import Writer
from diagnose.inputs import evidence, options, waivers
from diagnose.inputs.proxy import configured, without_password
from diagnose.inputs.selection import demanded, select
from diagnose.report import Document
from diagnose.secret_places import of_a_proxy
from diagnose.session import Keys, Order, run
from diagnose.target import read as read_target

SHOWN = 4
"""Last characters of the client id that a report shows."""


class Request:
    """One `run`, read and checked: the order, what it may use, and where its report goes."""

    def __init__(self, order: Order, keys: Keys, found: registry.Registry, destination: Destination) -> None:
        self.order = order
        self.keys = keys
        self.registry = found
        self.destination = destination
        self.writer = Writer(keys.secrets)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Request:
        """Read the options; UsageError, ProfileError or DeclarationError in one sentence."""
        secrets = guard.current().secrets
        options.wait(given["wait"])
        destination = Destination(given["format_"], given["file"], given["directory"])
        found = registry_of(given)
        order, keys, found = ordered(given, secrets, found)
        return cls(order, keys, found, destination)

    def run(self, watcher: Watcher, began: float = BEGAN, *, interrupted: bool = False) -> Document:
        """Do it; where it was interrupted before it began, report that nothing was observed."""
        try:
            return run(self.order, self.keys, self.registry, began, watcher, interrupted=interrupted)
        finally:
            watcher.done()


def ordered(
    given: Mapping[str, Any], secrets: Secrets, found: registry.Registry
) -> tuple[Order, Keys, registry.Registry]:
    """Return the run that these options order, what it may use, and the checks as its profile demands them.

    UsageError, ProfileError or DeclarationError in one sentence.
    """
    for value in of_a_proxy(given["proxy"]):
        secrets.add(value)
    settings = _settings(given)
    wanted = profile.load(given["profile"] or profile.DEFAULT)
    ids = [check.id for check in found.checks]
    select(found.checks, settings.only, settings.skip)
    credentials, shape = _credentials(given, secrets)
    order = Order(
        target=_target(given),
        settings=settings,
        profile=wanted,
        waivers=waivers.read(given["waive"], ids),
        shape=shape,
        client_id_shown=shown(credentials.client_id) if credentials else None,
        roots_file=given["trust_roots"],
        files=evidence.found(rules=given["allow_list"], logs=given["server_log"], vantages=given["vantage"]),
    )
    _refuse_unknown(order, ids)
    demands = msgspec.structs.replace(found, checks=demanded(found.checks, wanted.checks))
    return order, Keys(secrets, credentials, given["proxy"]), demands


def _target(given: Mapping[str, Any]) -> Target:
    for option in ("resource_server", "auth_server"):
        if not given[option]:
            name = option.replace("_", "-")
            raise UsageError(f"--{name} is missing; HaloPSA shows it under Configuration > Integrations > HaloPSA API")
    return read_target(
        resource_server=given["resource_server"], auth_server=given["auth_server"], tenant=given["tenant"]
    )


def _settings(given: Mapping[str, Any]) -> Settings:
    proxy = without_password(given["proxy"], "--proxy") if given["proxy"] else None
    return Settings(
        ip_restriction=given["ip_restriction"],
        no_credentials=given["no_credentials"],
        latest_stable=options.latest_stable(given["latest_stable"]),
        integrator_ips=options.addresses(given["integrator_ip"], "--integrator-ip"),
        overrides=options.overrides(given["resolve"]),
        trust_roots=Path(given["trust_roots"]).name if given["trust_roots"] else None,
        aia=not given["no_aia"],
        proxy=proxy,
        proxy_not_used=None if proxy else configured(),
        dns_server=next(iter(options.addresses([given["dns_server"]], "--dns-server")), None)
        if given["dns_server"]
        else None,
        only=tuple(given["only"]),
        skip=tuple(given["skip"]),
        timeout=options.timeout(given["timeout"]),
    )


def _credentials(given: Mapping[str, Any], secrets: Secrets) -> tuple[Credentials | None, CredentialShape | None]:
    if given["no_credentials"]:
        return None, None
    if not (given["client_id"] or "").strip():
        raise UsageError("--client-id is missing; add it, or say --no-credentials for everything that needs no token")
    secret = secret_input.read(given["client_secret_file"], may_ask=not given["no_input"])
    client_id, client_secret, shape = as_typed(given["client_id"], secret)
    if not client_secret:
        raise UsageError("--client-secret-file: the client secret is empty")
    secrets.replace(client_id, shown(client_id))
    return Credentials(client_id, client_secret, secrets), shape


def shown(client_id: str) -> str:
    """Return the client id as a report shows it: its last four characters."""
    return f"…{client_id[-SHOWN:]}" if len(client_id) > SHOWN else "…"


def _refuse_unknown(order: Order, ids: list[str]) -> None:
    for name in order.profile.checks:
        if name not in ids:
            raise UsageError(f"--profile {order.profile.name} demands the check {name}, which is not installed")
