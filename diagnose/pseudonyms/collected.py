"""Which names a report holds that must not leave: read from the fields that are made for them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from diagnose.facts.chains import JudgedChain, JudgedChains
from diagnose.report import Document

HOST_KEYS = frozenset({"host", "hosts", "resolved", "common_name"})
URL_KEYS = frozenset(
    {"url", "given", "used", "auth_url", "location", "resource_server", "auth_server", "proxy", "proxy_not_used"}
)
PUBLIC_SUFFIXES = (
    "halopsa.com",
    "haloservicedesk.com",
    "haloitsm.com",
    "azurewebsites.net",
    "azurefd.net",
    "cloudapp.azure.com",
    "trafficmanager.net",
    "cloudfront.net",
    "amazonaws.com",
)
"""What stands below these belongs to a customer, the suffix itself to nobody who must be hidden."""
NEVER = frozenset({"localhost", "*", ""})
_INTERNAL = re.compile(
    r"(?<![\w.@-])(?:[a-z0-9_-]+\.)+(?:local|lan|internal|corp|intranet|localdomain|home\.arpa)(?![\w-])", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]*[\w*][\w.!#$%&'*+=?^`{|}~-]*@(?:[\w-]+\.)+[\w-]{2,}")
_PRIVATE4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_PRIVATE6 = re.compile(r"(?<![\w:.])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:]+(?![\w:])", re.IGNORECASE)
_NAME = re.compile(r"\w(?:[\w.-]*\w)?")
NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)
"""RFC 1918, 6598, 3927, 4193, 4291: what is told apart when an address is called private."""


class Collected(msgspec.Struct):
    """Everything that is to be replaced, in the order in which it was found."""

    hosts: dict[str, None] = {}
    addresses: dict[str, None] = {}
    mails: dict[str, None] = {}
    agents: dict[str, None] = {}
    tenants: dict[str, None] = {}
    subjects: dict[str, None] = {}


def collect(document: Document, chains: JudgedChains | None) -> Collected:
    """Return the names in this report and in the certificates that were seen."""
    found = Collected({}, {}, {}, {}, {}, {})
    raw = document.raw
    facts = {name: entry for name, entry in _mapping(raw.get("facts")).items() if name != "run.profile"}
    for source in (raw.get("target"), facts, raw.get("contacted")):
        for key, text in _texts(source):
            _sort(key, text, found)
    for chain in chains.chains if chains is not None else ():
        _certificate(chain, found)
    for text in (text for _, text in _texts([facts, raw.get("checks"), raw.get("verdict")])):
        found.mails |= dict.fromkeys(match[0] for match in _MAIL.finditer(text))
        found.addresses |= dict.fromkeys(addresses_in(text))
    agent = _mapping(_mapping(facts.get("api.agent")).get("value"))
    found.agents |= dict.fromkeys(text for text in (agent.get("name"),) if isinstance(text, str) and text)
    for address in _of_the_integrator(raw):
        found.addresses.pop(address, None)
    return found


def _certificate(chain: JudgedChain, found: Collected) -> None:
    """Take the names of the server's own certificate, and its subject: it tells the organisation and the place."""
    own = [each for each in chain.certificates if each.role == "leaf"]
    for name in (*chain.names, *(name for each in own for name in each.names)):
        _host(name, found)
    for subject in (each.subject for each in own):
        found.subjects |= {subject: None} if subject else {}
        for common in re.findall(r"CN=((?:\\.|[^\\,+])*)", subject):
            if "." in common:
                _host(common, found)


def addresses_in(text: str) -> Iterator[str]:
    """Yield the private addresses that are written in a text."""
    for match in (*_PRIVATE4.finditer(text), *_PRIVATE6.finditer(text)):
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            continue
        if any(address in network for network in NETWORKS):
            yield match[0]


def host_of(url: str) -> str:
    """Return the host in a URL, or nothing."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def _sort(key: str, text: str, found: Collected) -> None:
    if key in HOST_KEYS:
        _host(text, found)
    elif key in URL_KEYS:
        _host(host_of(text), found)
    elif key in {"tenant", "tenant_id", "sent_tenant"}:
        found.tenants[text] = None
    for match in _INTERNAL.finditer(text):
        _host(match[0], found)


def _host(name: str, found: Collected) -> None:
    plain = name.strip().rstrip(".").lower().removeprefix("*.")
    if plain in NEVER or plain in PUBLIC_SUFFIXES or _NAME.fullmatch(plain) is None or _is_address(plain):
        return
    found.hosts[plain] = None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _of_the_integrator(raw: Mapping[str, Any]) -> Iterator[str]:
    facts = _mapping(raw.get("facts"))
    settings = _mapping(_mapping(facts.get("run.settings")).get("value"))
    for _, text in _texts([settings.get("integrator_ips"), facts.get("run.profile")]):
        yield text


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Yield every text with the key it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, key)
