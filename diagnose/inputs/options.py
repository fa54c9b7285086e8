"""What the command line gives as text, read once and strictly: one sentence names the option that is wrong."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from diagnose.errors import UsageError
from diagnose.facts.run import Override
from diagnose.halo import versions

LONGEST_TIMEOUT = 3600.0
LONGEST_WAIT = 86400.0
"""Seconds of `--wait`: a day of one run every ten seconds and more."""
PATCH = 3
"""Parts of a patch release."""
_RESOLVE = re.compile(r"^(\[[^\]]+\]|[^:\[\]]+):(\d{1,5}):(.+)$")


def overrides(values: Iterable[str]) -> tuple[Override, ...]:
    """Read `--resolve HOST:PORT:ADDRESS[,ADDRESS]`, IPv6 addresses in brackets as curl writes them."""
    read = [_override(value) for value in values]
    places = [(item.host, item.port) for item in read]
    for place in places:
        if places.count(place) > 1:
            raise UsageError(f"--resolve names {place[0]}:{place[1]} twice; give its addresses in one, with commas")
    return tuple(read)


def _override(value: str) -> Override:
    match = _RESOLVE.match(value.strip())
    if match is None or not 0 < int(match[2]) < 65536:  # noqa: PLR2004 - a port
        raise UsageError(
            f"--resolve {value}: it reads HOST:PORT:ADDRESS[,ADDRESS], e.g. halo.example.com:443:192.0.2.7"
        )
    found = tuple(_address(part, f"--resolve {value}") for part in match[3].split(","))
    return Override(host_name(match[1].strip("[]")), int(match[2]), found)


def addresses(values: Iterable[str], option: str) -> tuple[str, ...]:
    """Read addresses given one by one; UsageError names the one that is none."""
    return tuple(dict.fromkeys(_address(value, f"{option} {value}") for value in values))


def _address(text: str, where: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]")))
    except ValueError as error:
        raise UsageError(f"{where}: {text.strip() or 'nothing'} is no IP address") from error


def host_name(text: str) -> str:
    """Return the name as DNS and TLS use it: lower case, A-labels, no final dot."""
    name = text.strip().rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError as error:
        raise UsageError(f"{text} is no host name") from error


def latest_stable(value: str | None) -> str | None:
    """Read `--latest-stable`: a release line (`2.250`) or a patch (`2.250.32`)."""
    if value is None or not value.strip():
        return None
    version = versions.parse(value.strip())
    if version is None or len(version) > PATCH:
        raise UsageError(f"--latest-stable {value}: a HaloPSA version looks like 2.250 or 2.250.32")
    return versions.spelt(version)


def wait(value: float | None) -> float | None:
    """Read `--wait`: seconds, more than 0 and at most a day; None where it was not given."""
    if value is not None and not 0 < value <= LONGEST_WAIT:
        raise UsageError(f"--wait {value:g}: give seconds, more than 0 and at most {LONGEST_WAIT:.0f}")
    return value


def timeout(value: float) -> float:
    """Read `--timeout`: seconds, more than 0 and at most an hour."""
    if not 0 < value <= LONGEST_TIMEOUT:
        raise UsageError(f"--timeout {value:g}: give seconds, more than 0 and at most {LONGEST_TIMEOUT:.0f}")
    return value
