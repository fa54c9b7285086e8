"""The roots in force: certifi's, loaded explicitly, or those of `--trust-roots`, and only those.

Never the operating system's store: on Windows it holds intermediates, which repair the very fault that is
looked for, and a company's own authorities. cryptography and certifi are imported when roots are loaded.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.errors import UsageError
from diagnose.fact import Unavailable, probe
from diagnose.facts.channels import Channel
from diagnose.facts.tls import Handshakes, Issuers, TrustRoots
from diagnose.probes.wire import EVERY_SUITE

if TYPE_CHECKING:
    from cryptography.x509.verification import Store

    from diagnose.chain.certificate import CanonicalName, Certificate

MOST_BYTES = 16 * 1024 * 1024
"""Of a roots file; certifi's has 300 KiB, a whole operating system's bundle less than one MiB."""
MOST_CONTEXTS = 8
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class RootStore:
    """Every root in force, and TLS contexts that verify against them."""

    def __init__(
        self, parse: Callable[[], list[Certificate]], *, source: str, version: str, sha256: str, public: bool
    ) -> None:
        self._parse = parse
        self.source = source
        self.version = version
        self.sha256 = sha256
        self.public = public
        self._contexts: dict[tuple[bytes, ...], ssl.SSLContext] = {}

    @classmethod
    def load(cls, file: str | None) -> RootStore:
        """Return certifi's roots, or those in a PEM or DER file; UsageError names the option."""
        if file is not None:
            raw = _content(file)
            roots = _self_signed(_certificates(raw))
            if not roots:
                raise UsageError(f"--trust-roots {file} holds no root certificate: PEM or DER, self-signed")
            digest = hashlib.sha256(raw).hexdigest()
            return cls(lambda: roots, source=Path(file).name, version="", sha256=digest, public=False)
        import certifi  # noqa: PLC0415 - only for a run

        raw = Path(certifi.where()).read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        return cls(
            lambda: _certificates(raw), source="certifi", version=certifi.__version__, sha256=digest, public=True
        )

    @cached_property
    def certificates(self) -> list[Certificate]:
        """The roots, parsed when they are first needed."""
        return self._parse()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.certificates)

    def context(self, channel: Channel) -> ssl.SSLContext:
        """Return a verifying context that also knows the intermediates of this channel; one per set of them."""
        key = channel.intermediates
        if key not in self._contexts:
            if len(self._contexts) >= MOST_CONTEXTS:
                self._contexts.clear()
            self._contexts[key] = self._build(key)
        return self._contexts[key]

    def _build(self, intermediates: Iterable[bytes]) -> ssl.SSLContext:
        """Build one. Without VERIFY_X509_PARTIAL_CHAIN only a self-signed certificate anchors a chain."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(EVERY_SUITE)
        context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
        context.hostname_checks_common_name = False
        added = _not_self_issued(intermediates)
        context.load_verify_locations(cadata=b"".join([*(root.der for root in self.certificates), *added]))
        return context

    def vouches(self, channel: Channel, chain: Sequence[bytes]) -> bool:
        """Tell whether the strict validator accepts this chain (DER) for the channel's host at this moment."""
        from diagnose.chain.validators import accepts  # noqa: PLC0415 - imports cryptography

        others = [*chain[1:], *channel.intermediates]
        return bool(chain) and accepts(channel.host, chain[0], others, self._anchors, datetime.now(UTC))

    @cached_property
    def _anchors(self) -> Store | None:
        from diagnose.chain.validators import anchors  # noqa: PLC0415 - imports cryptography

        return anchors(self.certificates)

    def issuers_of(self, ders: Iterable[bytes]) -> tuple[bytes, ...]:
        """Return the roots whose subject is the subject or the issuer of one of these certificates."""
        return tuple(root.der for root in self.named_in(ders))

    def named_in(self, ders: Iterable[bytes]) -> list[Certificate]:
        """Return these roots themselves, in the order of the store."""
        from diagnose.chain.certificate import read_all  # noqa: PLC0415 - imports cryptography

        captured = read_all(ders)
        names = {each.issuer_name for each in captured} | {each.subject_name for each in captured}
        found = {place for name in names - {None} for place in self._places.get(name, ())}
        return [self.certificates[place] for place in sorted(found)]

    @cached_property
    def _places(self) -> dict[CanonicalName | None, list[int]]:
        """Where in the store the roots of each name are."""
        found: dict[CanonicalName | None, list[int]] = {}
        for place, root in enumerate(self.certificates):
            found.setdefault(root.subject_name, []).append(place)
        return found


def _content(file: str) -> bytes:
    try:
        with Path(file).open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"--trust-roots {file} cannot be read: {reason}") from error
    if len(raw) > MOST_BYTES:
        raise UsageError(f"--trust-roots {file} is larger than {MOST_BYTES // 1024 // 1024} MiB")
    return raw


def _certificates(raw: bytes) -> list[Certificate]:
    """Return every certificate that can be parsed, one by one: one bad entry must not cost the others."""
    from diagnose.chain.certificate import read_all  # noqa: PLC0415 - imports cryptography

    return read_all(_ders(raw))


def _ders(raw: bytes) -> list[bytes]:
    blocks = _PEM.findall(raw)
    if not blocks:
        return [raw]
    ders = []
    for block in blocks:
        try:
            ders.append(ssl.PEM_cert_to_DER_cert(block.decode("ascii")))
        except ValueError:  # of base64 and of ASCII
            continue
    return ders


def _self_signed(certificates: Iterable[Certificate]) -> list[Certificate]:
    """Return the roots among them: an intermediate in the file is not made an anchor."""
    from diagnose.chain.signatures import Signatures  # noqa: PLC0415 - imports cryptography

    return [each for each in certificates if Signatures().self_signed(each)]


def _not_self_issued(ders: Iterable[bytes]) -> list[bytes]:
    from diagnose.chain.certificate import read_all  # noqa: PLC0415 - imports cryptography

    return [each.der for each in read_all(ders) if not each.self_issued]


@probe(timeout=10, waits_for="the roots in force")
async def trust_roots(
    store: RootStore, handshakes: Handshakes | Unavailable, issuers: Issuers | Unavailable
) -> TrustRoots:
    """Note the roots in force, and keep those that the captured chains could lead to."""
    return relevant(store, handshakes, issuers)


def relevant(
    store: RootStore, handshakes: Handshakes | Unavailable, issuers: Issuers | Unavailable | None
) -> TrustRoots:
    """Return the roots in force with those that these chains could lead to."""
    captured: list[bytes] = []
    if not isinstance(handshakes, Unavailable):
        captured += [der for attempt in handshakes.shown for der in attempt.chain]
    if isinstance(issuers, Issuers):
        captured += [fetched.certificate for fetched in issuers.fetched]
    return TrustRoots(
        source=store.source,
        version=store.version,
        sha256=store.sha256,
        count=store.count,
        public=store.public,
        relevant=store.issuers_of(captured),
    )
