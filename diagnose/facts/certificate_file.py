"""A certificate file as it was given to `diagnose certificate`: what is in it, and never a key or a password."""

from __future__ import annotations

from typing import ClassVar, Literal

from diagnose.fact import Fact

Key = Literal["none", "matches", "other"]


class CertificateFile(Fact, frozen=True):
    """The certificates in a file that somebody is about to install."""

    NAME: ClassVar[str] = "certificate.file"
    JUDGED_BY: ClassVar[str] = "certificate.key-matches"
    file: str
    """The file's name without its folder; several are joined by ` + `."""
    form: str
    """`PEM`, `DER`, `PKCS #7` or `PFX`."""
    certificates: tuple[bytes, ...]
    """DER, in the order of the file; where the form has no order, in the one in which a server sends them."""
    own: int
    """Index of the server's own certificate."""
    key: Key
    """Whether a private key is in the file, and whether it belongs to the server's own certificate."""
    key_kinds: tuple[str, ...] = ()
    """The private keys in words, e.g. `RSA 2048`."""
    host: str = ""
    """The host name to judge for, or else the first one that the certificate names."""
    name_asked: bool = False
    """`--name` was given."""
