"""The captured chains, judged: what the TLS checks read. Plain values only, so that a check needs no cryptography."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from diagnose.fact import Derived

WARNING_DAYS = 14
"""Days before the first expiry from which on it will hurt soon; certificates live 47 days from 2029 on."""
CLOCK_DOUBT_SECONDS = 86400
"""A clock that is off by more than this puts every date in doubt."""

Role = Literal["leaf", "intermediate", "root", "duplicate", "unrelated", "cross-signed", "expired", "unreadable"]

End = Literal["root", "private_root", "self_signed", "missing", "unreadable"]
"""How the path ends: in a root in force; in a self-signed certificate that is none; in the server's own,
self-signed; where an issuer is neither sent nor found; or before it begins."""

Trust = Literal["trusted", "private", "refused", "undecided"]


class SentCertificate(msgspec.Struct, frozen=True):
    """One certificate as sent. Of an unreadable one only index, role and digest are known."""

    index: int
    role: Role
    on_path: bool
    sha256: str
    superfluous: str = ""
    """Why it need not be sent, in words; empty where it should be."""
    subject: str = ""
    issuer: str = ""
    serial: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: str = ""
    signature: str = ""
    ca: bool = False
    names: tuple[str, ...] = ()
    """Entries of subjectAltName, the first hundred of them."""
    names_total: int = 0


class PathCertificate(msgspec.Struct, frozen=True):
    """One certificate on the path from the server's own to its end."""

    subject: str
    issuer: str
    sha256: str
    not_before: datetime | None
    not_after: datetime | None
    origin: Literal["sent", "fetched", "root"]


class FetchedCertificate(msgspec.Struct, frozen=True):
    """One certificate that the server does not send and that was had by AIA."""

    subject: str
    sha256: str
    thumbprint: str
    """SHA-1 in capitals, as Windows shows it."""
    not_after: datetime | None
    url: str
    certificate: bytes


class Gap(msgspec.Struct, frozen=True):
    """What the server does not send."""

    child: str
    """Subject of the certificate below the gap."""
    missing: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Names of the issuers not sent, from the lowest up."""
    urls: tuple[str, ...]
    """Where the certificates say that the issuer can be had."""
    fetched: tuple[FetchedCertificate, ...]
    tried: tuple[str, ...]
    """What was tried to get the issuer above the gap, and what came of it."""
    either: bool
    """Nothing says where the issuer could be had: missing, or a private authority."""


class Dates(msgspec.Struct, frozen=True):
    """The dates on the path, as of the moment of the run."""

    first: str
    """Subject of the first to expire."""
    not_after: datetime | None
    expired: tuple[str, ...] = ()
    not_yet_valid: tuple[str, ...] = ()
    days_left: float = 0.0
    in_doubt: bool = False
    """This machine's clock and the server's are days apart, and the answer depends on which is right."""
    all_wrong: bool = False
    """Everything on the path is outside its dates: the clock is the first suspect."""

    @property
    def valid(self) -> bool:
        """Whether every certificate is within its dates."""
        return not self.expired and not self.not_yet_valid


class Verdicts(msgspec.Struct, frozen=True):
    """What two validators say of the chain alone; None where one could not be asked."""

    lenient: bool | None
    """OpenSSL's rules."""
    strict: bool | None
    """The rules of path-building web clients, as cryptography implements them."""
    lenient_code: int = 0
    """OpenSSL's X509_V_ERR number."""

    @property
    def accepted(self) -> bool:
        """Whether at least one of them accepts."""
        return self.lenient is True or self.strict is True

    @property
    def differ(self) -> bool:
        """Whether one accepts and the other refuses."""
        return None not in {self.lenient, self.strict} and self.lenient != self.strict


class JudgedChain(msgspec.Struct, frozen=True):
    """The chain that one address presented, question by question."""

    host: str
    port: int
    address: str
    completed: bool
    """The handshake was completed."""
    certificates: tuple[SentCertificate, ...]
    leaf: int | None
    """Index of the server's own certificate."""
    path: tuple[PathCertificate, ...]
    end: End
    gap: Gap | None
    trust: Trust
    refusal: str
    """Why every client refuses a path that does reach a root, in words."""
    names: tuple[str, ...]
    names_total: int
    name_matches: bool
    common_name_matches: bool
    """The host is in the subject's CN, which no longer counts."""
    dates: Dates
    purpose: tuple[str, ...]
    """Why it is not meant for servers, in words."""
    purpose_warnings: tuple[str, ...]
    strength: tuple[str, ...]
    """Weak keys and signatures, in words."""
    in_order: bool
    right_order: tuple[str, ...]
    """Subjects of the sent certificates on the path as they should come."""
    as_sent: Verdicts
    completed_by_aia: Verdicts | None
    """The verdicts with the fetched certificates added, where there are any."""
    dropped: int = 0
    """Certificates beyond the caps, which nobody looked at."""
    interceptor: str = ""
    """The product whose issuer signature was recognised."""
    intercepting_issuer: str = ""

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """The digests as sent, for comparing addresses."""
        return tuple(certificate.sha256 for certificate in self.certificates)

    @property
    def verdicts(self) -> Verdicts:
        """The verdicts with the missing certificates added where they were found."""
        return self.completed_by_aia or self.as_sent

    @property
    def known_to_the_end(self) -> bool:
        """Whether the path is known up to a self-signed certificate or a root in force."""
        return self.end in {"root", "private_root", "self_signed"}

    @property
    def in_the_way(self) -> tuple[str, ...]:
        """The checks that keep a credential from this channel; none where everything verifies."""
        if self.interceptor:
            return ("tls.not-intercepted",)
        if self.end == "unreadable":
            return ("tls.trusted",)
        faults = {
            "tls.chain-complete": self.end == "missing",
            "tls.trusted": self.trust in {"private", "refused"},
            "tls.name": not self.name_matches,
            "tls.dates": not self.dates.valid or self.dates.in_doubt,
            "tls.purpose": bool(self.purpose),
            "tls.strength": bool(self.strength),
        }
        found = tuple(id_ for id_, faulty in faults.items() if faulty)
        return found or (("tls.every-client",) if self.verdicts.lenient is not True else ())


class JudgedChains(Derived, frozen=True):
    """Every chain that was captured, judged."""

    JUDGED_BY: ClassVar[str] = "tls.handshake"
    chains: Annotated[tuple[JudgedChain, ...], msgspec.Meta(min_length=1)]
    not_tried: tuple[str, ...] = ()
    """Addresses of a family for which this machine has no route."""
    not_captured: tuple[str, ...] = ()
    """Addresses that accepted a connection and showed no certificate."""
    not_connected: tuple[str, ...] = ()
    """Addresses that did not accept a connection."""
    roots: str = ""
    """Where the roots in force come from, in words."""
    public: bool = True
    """False with `--trust-roots`."""
    file: str = ""
    """The certificate file that was judged instead of a server."""
    name_asked: bool = True
    """False for a file that was judged without `--name`."""
