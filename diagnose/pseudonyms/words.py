"""The words that stand for names, and how they get everywhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from diagnose.pseudonyms.collected import NETWORKS, PUBLIC_SUFFIXES, Collected

SHORTEST = 3
"""Characters of an agent's name that is replaced inside of texts too; a shorter one only where it stands alone."""
SHA256 = 64
"""Characters of a SHA-256 in hex; one certificate counts once in the map, though its SHA-1 is replaced too."""
UNTOUCHED = frozenset({"tool", "schema_version", "run.profile"})
"""The tool's and the integrator's own words."""
_ADDRESS = re.compile(
    r"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3}|(?<!:)(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:]+(?!:))(/\d{1,3})?(?!\w|\.\d)",
    re.IGNORECASE,
)
_BEFORE = r"(?:(?<=%[0-9A-Fa-f]{2})|(?<![\w.-]))"
_AFTER = r"(?![\w-])(?!\.\w)"
_ATTRIBUTE = re.compile(r"((?:^|[,+])\s*)([A-Za-z][A-Za-z0-9.-]*|[0-9.]+)=((?:\\.|[^\\,+])*)")
"""One attribute of a distinguished name (RFC 4514, 3)."""
_PLACES = frozenset({"l", "st", "street", "postalcode", "2.5.4.17"})
Numbered = dict[str, str]


class Words:
    """One word for each name, by its type. `mapping` tells them; it is never part of what is sent."""

    def __init__(self, names: Collected) -> None:
        self._kinds: dict[str, Numbered] = {}
        self._names = names
        for name in names.hosts:
            self.host(name)
        self._addresses = _moved(names.addresses)
        for mail in names.mails:
            self._mail(mail)
        self._subjects = {subject: self._subject(subject) for subject in names.subjects}
        self._certificates: Numbered = {}
        self._steps = self._replacements()

    def everywhere(self, value: Any, key: str = "") -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON value with every name replaced, in its keys too."""
        if isinstance(value, str):
            return self.tenant(value) if "tenant" in key else self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(name): item if name in UNTOUCHED else self.everywhere(item, name)
                for name, item in value.items()
            }
        return [self.everywhere(item, key) for item in value] if isinstance(value, list) else value

    def text(self, text: str) -> str:
        """Return the text with every name replaced."""
        for step in self._steps:
            text = step(text)
        return text

    def tenant(self, text: str) -> str:
        """Return the word for a tenant, or the text with every name replaced."""
        return self._word("tenant", text) if text in self._names.tenants else self.text(text)

    def host(self, name: str) -> str:
        """Return the word for a host name, label by label, so that what lies below one domain still does."""
        name = name.lower()
        for suffix in PUBLIC_SUFFIXES:
            if name.endswith(f".{suffix}"):
                return self._below(name.removesuffix(f".{suffix}"), suffix, suffix)
        labels = name.split(".")
        if len(labels) == 1:
            return self._word("host", name)
        domain = ".".join(labels[-2:])
        word = self._word("domain", domain, ".example")
        return self._below(".".join(labels[:-2]), domain, word)

    def _below(self, labels: str, parent: str, word: str) -> str:
        for label in reversed(labels.split(".") if labels else []):
            parent = f"{label}.{parent}"
            word = f"{label if label == '*' else self._word('host', parent)}.{word}"
        return word

    def holds(self, content: bytes) -> bool:
        """Tell whether these bytes hold a name that is replaced."""
        lower = content.lower()
        names = (*self._domains(), *self._names.hosts, *self._names.agents, *self._names.mails)
        wanted = [name.lower() for name in names if len(name) > SHORTEST]
        return any(name.encode(kind, "replace") in lower for name in wanted for kind in ("utf-8", "utf-16-be"))

    def certificates(self, digests: Mapping[str, str], serials: Iterable[str]) -> None:
        """Replace the digests and serial numbers of certificates too: they could be looked up."""
        self._kinds["certificate"] = {old: new for old, new in digests.items() if len(old) == SHA256}
        self._certificates = dict(digests) | {serial: self._word("serial", serial) for serial in serials}

    def counts(self) -> dict[str, int]:
        """Return how many names of each type were replaced."""
        return {kind: len(words) for kind, words in self.mapping().items()}

    def mapping(self) -> dict[str, Numbered]:
        """Return every name and its word, by type."""
        hosts = {name: self.host(name) for name in self._kinds.get("host", {})}
        found = self._kinds | {"host": hosts, "address": self._addresses, "subject": self._subjects}
        return {kind: dict(words) for kind, words in sorted(found.items()) if words}

    def _word(self, kind: str, name: str, ending: str = "") -> str:
        words = self._kinds.setdefault(kind, {})
        return words.setdefault(name, f"{kind}-{len(words) + 1}{ending}")

    def _domains(self) -> tuple[str, ...]:
        return tuple(self._kinds.get("domain", {}))

    def _mail(self, mail: str) -> str:
        user, _, place = mail.rpartition("@")
        if not user.strip("*"):
            return mail
        return f"{self._word('person', mail)}@{self.text_of_host(place)}"

    def text_of_host(self, place: str) -> str:
        """Return the word for the host of an e-mail address: one that is known, or a general one."""
        domain = ".".join(place.lower().split(".")[-2:])
        return self.host(place) if domain in self._kinds.get("domain", {}) else "mail.example"

    def _subject(self, subject: str) -> str:
        return _ATTRIBUTE.sub(lambda found: f"{found[1]}{found[2]}={self._attribute(found[2], found[3])}", subject)

    def _attribute(self, kind: str, value: str) -> str:
        if kind.lower() in {"c", "2.5.4.6"}:
            return value
        plain = value.lower().removeprefix("*.")
        if plain in self._names.hosts:
            return self.host(value)
        return self._word("place" if kind.lower() in _PLACES else "organisation", value)

    def _replacements(self) -> list[Callable[[str], str]]:
        agents = [name for name in self._names.agents if len(name) >= SHORTEST]
        return [
            self._whole,
            _each(self._subjects, self._subjects.__getitem__),
            _each(self._names.mails, self._mail),
            self._hosts(),
            lambda text: _ADDRESS.sub(self._address, text),
            _each(agents, lambda name: self._word("agent", name), r"(?<!\w)", r"(?!\w)"),
            self._without_digests,
            self._tenant_in_a_url,
        ]

    def _whole(self, text: str) -> str:
        if text in self._names.agents:
            return self._word("agent", text)
        return self.host(text) if text.lower() in self._names.hosts and "." not in text else text

    def _hosts(self) -> Callable[[str], str]:
        exact = [name for name in self._names.hosts if name.endswith(tuple(f".{each}" for each in PUBLIC_SUFFIXES))]
        single = [re.escape(name) for name in self._names.hosts if "." not in name]
        parts = [rf"(?:[\w*-]+\.)*{re.escape(domain)}" for domain in self._domains()]
        found = ["%[0-9a-f]{2}"]
        found += [rf"{_BEFORE}(?:{'|'.join([*map(re.escape, exact), *parts])}){_AFTER}"] if exact or parts else []
        found += [rf"(?<=//)(?:{'|'.join(single)})(?=[:/]|$)"] if single else []
        pattern = re.compile("|".join(found) or r"(?!)", re.IGNORECASE)
        return lambda text: pattern.sub(lambda match: match[0] if match[0][0] == "%" else self.host(match[0]), text)

    def _address(self, found: re.Match[str]) -> str:
        word = self._addresses.get(found[1])
        if word is None:
            return found[0]
        try:
            network = ipaddress.ip_network(found[0]) if found[2] else None
            if network is not None and network in NETWORKS:
                return found[0]
            return str(ipaddress.ip_network(f"{word}{found[2]}", strict=False)) if network is not None else word
        except ValueError:
            return f"{word}{found[2] or ''}"

    def _without_digests(self, text: str) -> str:
        for digest, word in self._certificates.items():
            text = text.replace(digest, word)
        return text

    def _tenant_in_a_url(self, text: str) -> str:
        for tenant in self._names.tenants:
            sent = re.compile(rf"(?<=tenant=){re.escape(tenant)}(?=&|$)")
            text = sent.sub(lambda found: self._word("tenant", found[0]), text)
        return text


def _each(names: Iterable[str], word: Callable[[str], str], before: str = "", after: str = "") -> Callable[[str], str]:
    ordered = sorted((name for name in names if name), key=len, reverse=True)
    if not ordered:
        return lambda text: text
    pattern = re.compile(f"{before}(?:{'|'.join(map(re.escape, ordered))}){after}")
    return lambda text: pattern.sub(lambda found: word(found[0]), text)


def _moved(addresses: Iterable[str]) -> Numbered:
    """Return another address of the same private network for each, in the same order: ranges stay ranges."""
    parsed = {text: ipaddress.ip_address(text) for text in addresses}
    moved: Numbered = {}
    for network in NETWORKS:
        inside = sorted({address for address in parsed.values() if address in network}, key=int)
        words = {address: str(network.network_address + place) for place, address in enumerate(inside, 1)}
        moved |= {text: words[address] for text, address in parsed.items() if address in words}
    return moved
