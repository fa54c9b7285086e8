"""What is derived from the captured chains: their judgement, and which channels a request may use.

Only these functions are known to the engine, so cryptography is imported when the first chain is judged.
"""

from __future__ import annotations

from diagnose.fact import Unavailable, derive, derive_quickly
from diagnose.facts.certificate_file import CertificateFile
from diagnose.facts.chains import JudgedChain, JudgedChains
from diagnose.facts.channels import Channel, Endpoint, OpenChannels, VerifiedChannels
from diagnose.facts.clock import ServerClock
from diagnose.facts.network import Addresses, Connections
from diagnose.facts.run import Moment, Target
from diagnose.facts.tls import Handshake, Handshakes, Issuers, TrustRoots
from diagnose.outcome import SKIPS, Code

HTTPS = 443


@derive
def judged_chains(
    handshakes: Handshakes | Unavailable,
    file: CertificateFile | Unavailable,
    connections: Connections | Unavailable,
    roots: TrustRoots,
    issuers: Issuers | Unavailable,
    clock: ServerClock | Unavailable,
    moment: Moment,
) -> JudgedChains | Unavailable:
    """Judge every chain that was captured, or the one in a file; without any there is nothing to judge."""
    if isinstance(file, CertificateFile):
        return _judged_file(file, roots, issuers, moment)
    if isinstance(handshakes, Unavailable):
        known = handshakes.blocked_by or handshakes.code in SKIPS
        return handshakes if known else Unavailable(handshakes.code, handshakes.detail, (Handshakes.JUDGED_BY,))
    from diagnose.chain.certificate import read_all  # noqa: PLC0415 - imports cryptography
    from diagnose.chain.judgement import Measure, judge  # noqa: PLC0415 - imports cryptography

    anchors = read_all(roots.relevant)
    found = None if isinstance(issuers, Unavailable) else issuers
    offsets = {} if isinstance(clock, Unavailable) else dict(clock.by_host)
    chains = tuple(
        judge(attempt, Measure(anchors, found, moment.now, offsets.get(attempt.host)))
        for attempt in handshakes.shown
        if attempt.chain
    )
    if not chains:
        return Unavailable(Code.BLOCKED, "no certificate was seen at any address", ("tls.handshake",))
    tried = () if isinstance(connections, Unavailable) else connections.attempts
    return JudgedChains(
        chains=chains,
        not_tried=tuple(each.address for each in tried if each.outcome == "not_tried"),
        not_captured=tuple(
            each.address for each in handshakes.attempts if not each.chain and each.outcome != "not_tried"
        ),
        not_connected=tuple(each.address for each in tried if each.outcome not in {"accepted", "not_tried"}),
        roots=f"{roots.source} {roots.version}".strip(),
        public=roots.public,
    )


def _judged_file(
    file: CertificateFile, roots: TrustRoots, issuers: Issuers | Unavailable, moment: Moment
) -> JudgedChains:
    """Judge a file as a server would be judged that sends exactly what is in it."""
    from diagnose.chain.certificate import read_all  # noqa: PLC0415 - imports cryptography
    from diagnose.chain.judgement import Measure, judge  # noqa: PLC0415 - imports cryptography

    found = None if isinstance(issuers, Unavailable) else issuers
    sent = Handshake(file.host, HTTPS, file.file, "completed", file.certificates)
    own = file.certificates[file.own] if file.own < len(file.certificates) else None
    chain = judge(sent, Measure(read_all(roots.relevant), found, moment.now, own=own))
    return JudgedChains(
        (chain,),
        roots=f"{roots.source} {roots.version}".strip(),
        public=roots.public,
        file=file.file,
        name_asked=file.name_asked,
    )


@derive_quickly
def verified_channels(
    target: Target,
    handshakes: Handshakes | Unavailable,
    connections: Connections | Unavailable,
    addresses: Addresses | Unavailable,
    judged: JudgedChains | Unavailable,
) -> VerifiedChannels:
    """Find, per endpoint, the first address to which a credential may be sent."""
    obstacles = _Obstacles(handshakes, connections, addresses)
    chains = () if isinstance(judged, Unavailable) else judged.chains
    return VerifiedChannels(tuple((endpoint, _verified(endpoint, chains, obstacles)) for endpoint in target.endpoints))


@derive_quickly
def open_channels(
    target: Target,
    handshakes: Handshakes | Unavailable,
    connections: Connections | Unavailable,
    addresses: Addresses | Unavailable,
    verified: VerifiedChannels | Unavailable,
) -> OpenChannels:
    """Find, per endpoint, the address that requests without a credential use: the verified one where there is one."""
    obstacles = _Obstacles(handshakes, connections, addresses)
    ways: list[tuple[Endpoint, Channel | Unavailable]] = []
    for endpoint in target.endpoints:
        way = verified if isinstance(verified, Unavailable) else verified.of(endpoint)
        ways.append((endpoint, way if isinstance(way, Channel) else obstacles.any_completed(endpoint)))
    return OpenChannels(tuple(ways))


def _verified(endpoint: Endpoint, chains: tuple[JudgedChain, ...], obstacles: _Obstacles) -> Channel | Unavailable:
    completed = [chain for chain in chains if chain.endpoint == endpoint and chain.completed]
    for chain in completed:
        if not chain.in_the_way:
            return Channel(chain.host, chain.port, chain.address, True, _intermediates(chain), _shown(chain))
    if not completed:
        way = obstacles.any_completed(endpoint)
        return way if isinstance(way, Unavailable) else _blocked("no certificate was seen", "tls.handshake")
    ids = dict.fromkeys(id_ for chain in completed for id_ in chain.in_the_way)
    return _blocked(f"no credential is sent to {endpoint[0]} while its certificate does not verify", *ids)


def _intermediates(chain: JudgedChain) -> tuple[bytes, ...]:
    """Return what AIA gave for this path; its end is a root in force, so none of them is an anchor."""
    return tuple(each.certificate for each in chain.gap.fetched) if chain.gap else ()


def _shown(chain: JudgedChain) -> tuple[str, ...]:
    """Return the digests of all that was sent; none where some of it was too much to be looked at."""
    return () if chain.dropped else tuple(each.sha256 for each in chain.certificates)


class _Obstacles:
    """What broke first on the way to an endpoint: the name, the connection, or the handshake."""

    def __init__(
        self,
        handshakes: Handshakes | Unavailable,
        connections: Connections | Unavailable,
        addresses: Addresses | Unavailable,
    ) -> None:
        self._handshakes = handshakes
        self._connections = connections
        self._addresses = addresses

    def any_completed(self, endpoint: Endpoint) -> Channel | Unavailable:
        """Return the first completed handshake as a channel that is not verified, or why there is none."""
        if isinstance(self._handshakes, Unavailable):
            return _handed_on(self._handshakes)
        attempts = self._handshakes.of(endpoint)
        for attempt in attempts:
            if attempt.outcome == "completed":
                return Channel(attempt.host, attempt.port, attempt.address, False)
        if any(attempt.outcome != "not_tried" for attempt in attempts):
            return _blocked(f"no TLS handshake with {endpoint[0]} was completed", "tls.handshake")
        return self._before_the_handshake(endpoint)

    def _before_the_handshake(self, endpoint: Endpoint) -> Unavailable:
        if not isinstance(self._addresses, Unavailable):
            resolution = [each for each in self._addresses.hosts if each.host == endpoint[0]]
            if resolution and not resolution[0].addresses:
                return _blocked(f"{endpoint[0]} does not resolve", "dns.resolves")
        if not isinstance(self._connections, Unavailable):
            tried = self._connections.of(endpoint)
            if any(each.outcome == "accepted" for each in tried):
                return _blocked(f"no TLS handshake with {endpoint[0]} took place", "tls.handshake")
        return _blocked(f"no address of {endpoint[0]} accepts a connection", "net.reachable")


def _handed_on(reason: Unavailable) -> Unavailable:
    """Return the reason with the check that tells of it; what was never asked stays as it is."""
    if reason.blocked_by or reason.code in SKIPS or reason.code is Code.CANCELLED:
        return reason
    return _blocked(reason.detail, Handshakes.JUDGED_BY)


def _blocked(detail: str, *by: str) -> Unavailable:
    return Unavailable(Code.BLOCKED, detail, by)
