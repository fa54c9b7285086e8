"""The addresses that are looked for, and how to find them in bytes without reading every line.

The rule: a pattern may find too much (a longer address, a URL) and never too little; the line is then taken
apart, and its address column compared as an address.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import groupby

Address = IPv4Address | IPv6Address

LONGEST_CELL = 64
"""Characters of an address column; the longest IPv6 spelling with a zone has 45 and the zone."""

MOST_SPELLINGS = 64

HTTPS_PORT = 443


class Wanted:
    """The integrator's addresses, with the paths and ports that are Halo's."""

    def __init__(
        self,
        addresses: Collection[str],
        paths: Collection[str] = (),
        ports: Collection[int] = (),
        since: bytes = b"",
    ) -> None:
        self.addresses = tuple(dict.fromkeys(addresses))
        self._known = {_plain(ip_address(text)): text for text in self.addresses}
        self._spelt: dict[bytes, str] = {}
        """Spellings of the wanted addresses that were met; never another's."""
        self.patterns = tuple(_patterns(self._known))
        self.paths = _prefixes(paths)
        self.ports = frozenset({*ports, HTTPS_PORT})
        self.since = since

    def named_in(self, text: bytes) -> bool:
        """Whether a line may name a wanted address."""
        return any(pattern.search(text) for pattern in self.patterns)

    def address(self, cell: bytes) -> str | None:
        """Return the wanted address that this cell spells, or None: another client's, or no address."""
        known = self._spelt.get(cell)
        if known is not None or len(cell) > LONGEST_CELL:
            return known
        text = cell.decode("latin-1").strip("[]").partition("%")[0]
        try:
            known = self._known.get(_plain(ip_address(text)))
        except ValueError:
            return None
        if known is not None and len(self._spelt) < MOST_SPELLINGS:
            self._spelt[cell] = known
        return known

    def area(self, path: str) -> str | None:
        """Return the prefix of Halo's that covers this path, or None: another application's."""
        folded = re.sub(r"/{2,}", "/", path.casefold()) if "//" in path else path.casefold()
        return next((own for own in self.paths if folded == own or folded.startswith(own + "/")), None)


DEFAULT_PATHS = ("/auth", "/api")
"""Where HaloPSA puts its two applications (halopsa.com/guides kbid=2068, 2026-11)."""


def _prefixes(paths: Collection[str]) -> tuple[str, ...]:
    """A root covers everything and tells nothing, so the usual two stand in for it."""
    own = [path.casefold().rstrip("/") for path in paths]
    found = [path for path in own if path]
    return tuple(dict.fromkeys(found if found and len(found) == len(own) else [*found, *DEFAULT_PATHS]))


def _plain(address: Address) -> Address:
    """Windows writes an IPv4 client of a dual socket as ::ffff:192.0.2.1 (RFC 5952, 5)."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _patterns(addresses: Iterable[Address]) -> Iterable[re.Pattern[bytes]]:
    """One pattern per first number: `re` is fast where every alternative begins alike."""
    texts = sorted(str(address) for address in addresses if isinstance(address, IPv4Address))
    for _, group in groupby(texts, lambda text: text.partition(".")[0]):
        yield re.compile(_alternatives([text.encode() for text in group]))
    for address in addresses:
        if isinstance(address, IPv6Address):
            yield re.compile(_any_spelling(address))


def _alternatives(texts: list[bytes]) -> bytes:
    """`texts` are sorted, so what the first and the last have in common, all have."""
    pairs = enumerate(zip(texts[0], texts[-1], strict=False))
    start = texts[0][: next((place for place, (one, other) in pairs if one != other), len(texts[0]))]
    return re.escape(start) + b"(?:" + b"|".join(re.escape(text[len(start) :]) for text in texts) + b")"


def _any_spelling(address: IPv6Address) -> bytes:
    """The longest run of groups that are not zero: it stands in every spelling (RFC 5952, 2), but for leading zeros."""
    groups = [group.lstrip("0") for group in address.exploded.split(":")]
    runs = [list(run) for nonzero, run in groupby(groups, bool) if nonzero]
    first, *rest = max(runs, key=lambda run: len("".join(run)), default=[":"])
    return b"(?i:" + ":".join([first, *(f"{_zeros(group)}{group}" for group in rest)]).encode() + b")"


def _zeros(group: str) -> str:
    missing = 4 - len(group)
    return f"0{{0,{missing}}}" if missing else ""
