"""The certificate host: what a client finds at the caIssuers address (RFC 5280, 4.2.2.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from diagnose.lab.exchange import Incoming, Reply
from diagnose.lab.pki import Pki

ENDLESS = 10_000_000
"""Bytes of the file that is too large for any certificate."""


class IssuerHost:
    """Serves `/NAME.cer` as the certificate NAME, unless `instead` says otherwise for that path.

    `instead` values: `pem:NAME`, `der:NAME`, `p7c:NAME`, `redirect:URL`, `html`, `404`, `endless`.
    """

    def __init__(self, pki: Pki, instead: Mapping[str, str], fill: Callable[[str], str]) -> None:
        self._pki = pki
        self._instead = instead
        self._fill = fill

    def answer(self, request: Incoming) -> Reply:
        """Answer one request."""
        what, _, detail = self._instead.get(request.path, self._usual(request.path)).partition(":")
        plain = {"Server": "Apache", "X-Powered-By": ""}
        if what == "redirect":
            return Reply(302, b"", plain | {"Location": self._fill(detail)})
        if what == "html":
            return Reply(200, b"<!DOCTYPE html><title>Moved</title>", plain | {"Content-Type": "text/html"})
        if what == "endless":
            return Reply(200, bytes(ENDLESS), plain | {"Content-Type": "application/pkix-cert"})
        if what == "404":
            return Reply(404, b"Not Found", plain | {"Content-Type": "text/plain"})
        return Reply(200, self._encoded(what, detail), plain | {"Content-Type": _TYPES[what]})

    def _usual(self, path: str) -> str:
        name = path.removeprefix("/").removesuffix(".cer")
        return f"der:{name}" if name in self._pki else "404"

    def _encoded(self, form: str, name: str) -> bytes:
        if form == "pem":
            return self._pki.pem(name).encode()
        if form == "p7c":
            certificate = x509.load_der_x509_certificate(self._pki.der(name))
            return pkcs7.serialize_certificates([certificate], Encoding.DER)
        return self._pki.der(name)


_TYPES = {
    "der": "application/pkix-cert",
    "pem": "application/x-x509-ca-cert",
    "p7c": "application/pkcs7-mime",
}
"""RFC 2585, 4.1 and RFC 8551; `x-x509-ca-cert` is what servers often say."""
