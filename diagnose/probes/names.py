"""Names: what the machine's own resolver says, and with `--dns-server` what a public one says.

dnspython is imported here alone, and only when a public resolver was asked for.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from ipaddress import ip_address

from diagnose.fact import Unavailable, probe
from diagnose.facts.network import Addresses, PublicAnswers, Resolution
from diagnose.facts.run import Settings, Target
from diagnose.outcome import Code
from diagnose.probes.network import Network
from diagnose.probes.resolver import resolve

RESOLVING = 10.0
"""Seconds; glibc asks each server for 5 s, twice (resolv.conf(5))."""
ASKING = 5.0
"""Seconds for one question to the public resolver."""
DNS_PORT = 53
PURPOSE = "public DNS answers (--dns-server)"


@probe(timeout=600.0, waits_for="the names are looked up")
async def look_up(target: Target, settings: Settings, network: Network) -> Addresses:
    """Look up every host of the target, once."""
    hosts = dict.fromkeys(host for host, _ in target.endpoints)
    return Addresses(tuple(await asyncio.gather(*(_look_up(host, target, settings, network) for host in hosts))))


async def _look_up(host: str, target: Target, settings: Settings, network: Network) -> Resolution:
    """A host of which every port in use was given by hand needs no resolver."""
    given = [settings.addresses_for(host, port) for name, port in target.endpoints if name == host]
    if all(addresses is not None for addresses in given):
        flat = dict.fromkeys(address for addresses in given for address in addresses or ())
        return Resolution(host, "overridden", tuple(flat))
    return await resolve(host, seconds=min(RESOLVING, network.remaining()))


@probe(timeout=600.0, waits_for="a public resolver is asked")
async def ask_public_resolver(
    addresses: Addresses, settings: Settings, network: Network
) -> PublicAnswers | Unavailable:
    """Ask the resolver of `--dns-server` for every name that was looked up."""
    if settings.dns_server is None:
        return Unavailable(Code.NOT_SELECTED, "no public resolver was given (--dns-server)")
    if importlib.util.find_spec("dns") is None:
        return Unavailable(
            Code.MISSING_INPUT, 'asking a resolver of your choice needs: python -m pip install "halo-diagnose[dns]"'
        )
    server = _server(settings.dns_server)
    names = [found.host for found in addresses.hosts if found.outcome not in {"literal", "overridden"}]
    if names:
        network.note(server[0], server[1], server[0], PURPOSE, 2 * len(names))
    answers = await asyncio.gather(*(_ask(name, server, min(ASKING, network.remaining())) for name in names))
    return PublicAnswers(settings.dns_server, tuple(answers))


def _server(text: str) -> tuple[str, int]:
    """Read `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`."""
    try:
        return str(ip_address(text)), DNS_PORT
    except ValueError:
        address, _, port = text.rpartition(":")
        return address.strip("[]"), int(port)


async def _ask(name: str, server: tuple[str, int], seconds: float) -> Resolution:
    began = time.monotonic()
    replies = await asyncio.gather(*(_records(name, kind, server, seconds) for kind in ("A", "AAAA")))
    found = tuple(dict.fromkeys(address for addresses, _, _ in replies for address in addresses))
    took = time.monotonic() - began
    detail = "; ".join(dict.fromkeys(detail for _, _, detail in replies if detail))
    if found:
        return Resolution(name, "resolved", found, detail, took)
    words = {word for _, word, _ in replies}
    if words == {"not_found"}:
        return Resolution(name, "not_found", (), detail, took)
    return Resolution(name, "timeout" if "timeout" in words else "failed", (), detail, took)


async def _records(name: str, kind: str, server: tuple[str, int], seconds: float) -> tuple[tuple[str, ...], str, str]:
    """Return (addresses, outcome where there are none, detail) for one type of record."""
    import dns.asyncquery  # noqa: PLC0415 - an extra
    import dns.exception  # noqa: PLC0415
    import dns.message  # noqa: PLC0415
    import dns.rcode  # noqa: PLC0415

    try:
        question = dns.message.make_query(name, kind)
        reply, _ = await dns.asyncquery.udp_with_fallback(
            question, server[0], timeout=seconds, port=server[1], ignore_unexpected=True
        )
    except dns.exception.Timeout:
        return (), "timeout", f"{server[0]} did not answer within {seconds:.0f} s"
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return (), "failed", f"{server[0]}: {error or type(error).__name__}"
    records = [item for rrset in reply.answer for item in rrset if dns.rdatatype.to_text(item.rdtype) == kind]
    addresses = tuple(str(record.address) for record in records)
    if addresses:
        return addresses, "", ""
    if reply.rcode() == dns.rcode.NXDOMAIN:
        return (), "not_found", "the name does not exist (NXDOMAIN)"
    if reply.rcode() == dns.rcode.NOERROR:
        return (), "not_found", "the name has no address"
    return (), "failed", f"{server[0]} answered {dns.rcode.to_text(reply.rcode())}"
