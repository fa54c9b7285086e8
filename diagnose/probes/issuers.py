"""Issuer certificates from the addresses in the certificates (AIA caIssuers, RFC 5280, 4.2.2.1).

Nothing is fetched where the chain is complete. The addresses come from a stranger, so: plain http only,
ports 80 and 443 only, public addresses only, resolved first and connected to as checked, each redirect
checked anew, 64 KiB, ten seconds, five fetches. A host and port given by `--resolve` may be anywhere. What
comes is used only where it is a CA whose key signed the certificate in question.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from diagnose import addresses as table
from diagnose.chain import gaps, is_issuer
from diagnose.fact import probe
from diagnose.facts.run import Settings
from diagnose.facts.tls import FetchedIssuer, Handshakes, IssuerAttempt, Issuers
from diagnose.probes.network import Network
from diagnose.probes.replies import ExchangeError, Reply
from diagnose.probes.resolver import resolve
from diagnose.probes.roots import RootStore
from diagnose.probes.sockets import DialError
from diagnose.text import harmless

if TYPE_CHECKING:
    from cryptography import x509


MOST_FETCHES = 5
DEEPEST = 6
MOST_REDIRECTS = 3
MOST_BYTES = 64 * 1024
MOST_CERTIFICATES = 20
MOST_URLS = 4
"""Addresses of one certificate that are tried."""
CONNECTING = 5.0
IN_ALL = 10.0
"""Seconds. Chromium allows itself 5 fetches, 10 s and 64 KiB too (net/cert/internal/cert_issuer_source_aia.cc,
kMaxFetchesPerCert, kTimeoutMilliseconds and kMaxResponseBytes, read 2026-11-23)."""
PORTS = (80, 443)
PURPOSE = "issuer certificates (AIA)"

_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|PKCS7)-----.+?-----END \1-----", re.DOTALL)


@probe(timeout=600.0, waits_for="the issuers that the server does not send are fetched")
async def fetch_issuers(handshakes: Handshakes, settings: Settings, roots: RootStore, network: Network) -> Issuers:
    """Fetch what the captured chains lack; nothing where nothing is missing."""
    chains = tuple(dict.fromkeys(attempt.chain for attempt in handshakes.attempts if attempt.chain))
    if not settings.aia:
        return Issuers(allowed=False)
    search = _Search(network, roots)
    try:
        async with asyncio.timeout(min(IN_ALL, network.remaining())):
            for chain in chains:
                await search.complete(chain)
    except TimeoutError:
        search.attempts.append(
            IssuerAttempt(harmless(search.asking), "timeout", f"no issuer was found within {IN_ALL:.0f} s")
        )
    return Issuers(allowed=True, fetched=tuple(search.fetched), attempts=tuple(search.attempts))


class _FetchError(Exception):
    """Why one address gave nothing; `outcome` is the word of `IssuerAttempt.outcome`."""

    def __init__(self, outcome: str, detail: str = "", address: str = "") -> None:
        super().__init__(detail)
        self.attempt = (outcome, detail, address)


class _Search:
    """The issuers found so far, and how often the network was asked."""

    def __init__(self, network: Network, roots: RootStore) -> None:
        self._network = network
        self._roots = roots
        self._fetches = 0
        self._had: dict[str, list[bytes]] = {}
        self.asking = ""
        self.fetched: list[FetchedIssuer] = []
        self.attempts: list[IssuerAttempt] = []

    async def complete(self, chain: tuple[bytes, ...]) -> None:
        """Climb from each open end of this chain until nothing more is found."""
        known = list(chain)
        hopeless: set[bytes] = set()
        for _ in range(DEEPEST):
            open_ends = [end for end in gaps(known, self._roots.named_in(known)) if end[0] not in hopeless]
            if not open_ends:
                return
            for child, urls in open_ends:
                issuer = await self._issuer_of(child, urls)
                if issuer is None or issuer in known:
                    hopeless.add(child)
                else:
                    known.append(issuer)

    async def _issuer_of(self, child: bytes, urls: tuple[str, ...]) -> bytes | None:
        digest = hashlib.sha256(child).hexdigest()
        for fetched in self.fetched:
            if fetched.for_sha256 == digest:
                return fetched.certificate
        for url in urls[:MOST_URLS]:
            found = await self._from(url, child)
            if found is not None:
                self.fetched.append(FetchedIssuer(harmless(url), found, digest))
                return found
        return None

    async def _from(self, url: str, child: bytes) -> bytes | None:
        if url not in self._had and self._fetches >= MOST_FETCHES:
            return None
        try:
            candidates = self._had[url] if url in self._had else await self._fetch(url)
        except _FetchError as error:
            self._note(url, *error.attempt)
            self._had[url] = []
            return None
        self._had[url] = candidates
        found = next((candidate for candidate in candidates if is_issuer(child, candidate)), None)
        if candidates:
            self._note(url, "fetched" if found is not None else "not_the_issuer")
        return found

    def _note(self, url: str, outcome: str, detail: str = "", address: str = "") -> None:
        self.attempts.append(IssuerAttempt(harmless(url), outcome, harmless(detail), address))

    async def _fetch(self, url: str) -> list[bytes]:
        """Return the certificates at this address; redirects are followed, each one checked anew."""
        self._fetches += 1
        self.asking = url
        for _ in range(MOST_REDIRECTS + 1):
            reply, address = await self._get(url)
            if not reply.response.has_redirect_location:
                return _certificates(reply, address)
            url = _redirected(url, reply.response.headers["location"], address)
        raise _FetchError("too_many_redirects", f"more than {MOST_REDIRECTS} redirects")

    async def _get(self, url: str) -> tuple[Reply, str]:
        place = _place(url)
        addresses = await self._addresses(*place)
        trouble: Exception = ValueError("no address")
        for address in addresses[:2]:
            try:
                return await self._ask(url, *place, address), address
            except DialError as error:
                trouble = error
        raise _FetchError("unreachable", str(trouble), addresses[0])

    async def _ask(self, url: str, host: str, port: int, address: str) -> Reply:
        from diagnose.probes.exchange import exchange, request_for  # noqa: PLC0415 - only where something is missing

        try:
            request = request_for("GET", url)
        except ValueError as error:
            raise _FetchError("not_http", str(error)) from error
        line = await self._network.dial(host, port, address, seconds=CONNECTING, purpose=PURPOSE)
        self._network.note(host, port, address, PURPOSE, 1)
        try:
            return await exchange(line, request, MOST_BYTES)
        except ExchangeError as error:
            outcome = "too_large" if error.outcome == "too_large" else "http_error"
            raise _FetchError(outcome, error.detail, address) from error
        finally:
            self._network.lines.close(line)

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses that may be connected to: given by hand, or public ones on a web port."""
        given = self._network.settings.addresses_for(host, port)
        if given is not None:
            return given
        if port not in PORTS:
            raise _FetchError("refused_address", f"port {port} is neither 80 nor 443")
        found = (await resolve(host, seconds=CONNECTING)).addresses
        if not found:
            raise _FetchError("unreachable", f"{host} does not resolve")
        public = tuple(address for address in found if table.public(address))
        if not public:
            raise _FetchError("refused_address", f"{host} is a {table.kind(found[0])} address", found[0])
        return public


def _place(url: str) -> tuple[str, int]:
    """Return host and port of a plain http URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _FetchError("not_http", "the address cannot be read as a URL") from error
    if parts.scheme != "http" or not host:
        raise _FetchError("not_http", "only http:// addresses are asked")
    return host, port or PORTS[0]


def _redirected(url: str, location: str, address: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise _FetchError("not_http", "a redirect leads to an address that cannot be read", address) from error


def _certificates(reply: Reply, address: str) -> list[bytes]:
    response = reply.response
    if response.status_code != 200:  # noqa: PLR2004 - anything else brings no certificate
        raise _FetchError("http_error", f"status {response.status_code}", address)
    if not reply.whole:
        raise _FetchError("too_large", f"more than {MOST_BYTES} bytes", address)
    found = certificates_in(reply.body)
    if not found:
        raise _FetchError("not_a_certificate", response.headers.get("content-type", ""), address)
    return found


def certificates_in(data: bytes) -> list[bytes]:
    """Return the certificates (DER) in PEM, DER or p7c bytes; unreadable ones are left out."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - only where something is missing

    blocks = [match[0] for match in _PEM.finditer(data)] or [data]
    found = [certificate for block in blocks[:MOST_CERTIFICATES] for certificate in _read(block)]
    return [certificate.public_bytes(Encoding.DER) for certificate in found[:MOST_CERTIFICATES]]


def _read(block: bytes) -> list[x509.Certificate]:
    from cryptography import x509  # noqa: PLC0415 - only where something is missing
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import pkcs7  # noqa: PLC0415

    readers: tuple[Callable[[], list[x509.Certificate]], ...] = (
        lambda: [x509.load_pem_x509_certificate(block)],
        lambda: pkcs7.load_pem_pkcs7_certificates(block),
        lambda: [x509.load_der_x509_certificate(block)],
        lambda: pkcs7.load_der_pkcs7_certificates(block),
    )
    for read in readers[:2] if block.startswith(b"-----") else readers[2:]:
        try:
            return read()
        except (ValueError, UnsupportedAlgorithm):
            continue
    return []
