"""A certificate file before it is installed: what only a file shows."""

from __future__ import annotations

from typing import Any

from diagnose import Code, Importance, Outcome, Owner, Remedy, check, failed, passed, skipped
from diagnose.facts.certificate_file import CertificateFile


@check("certificate.key-matches", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def the_private_key_is_the_certificates(file: CertificateFile) -> Outcome:
    """The private key in the certificate file belongs to the server's certificate.

    A run needs no such question: a server whose key does not fit cannot complete a handshake.
    """
    evidence: dict[str, Any] = {"file": file.file, "form": file.form, "keys": list(file.key_kinds)}
    if file.key == "none":
        return skipped(
            Code.NOT_APPLICABLE,
            "the file holds no private key: it must be on the server already, where the certificate was requested",
            **evidence,
        )
    if file.key == "matches":
        return passed("the private key belongs to the server's certificate", **evidence)
    return failed(
        "the private key in the file does not belong to the server's certificate",
        remedy=Remedy(
            summary="Find the private key that was made together with the request for this certificate",
            steps=(
                (
                    "It is on the machine where the certificate was requested. On Windows, as administrator: "
                    "certlm.msc > Personal > Certificates; a certificate with a key in its icon has one."
                ),
                "If the certificate is there without its key, certutil -repairstore my SERIALNUMBER often joins them.",
                "If the key is lost, have the certificate issued anew for a new request.",
            ),
            verify="Run this diagnosis again on the file that holds both: diagnose certificate FILE passes this check.",
        ),
        **evidence,
    )
