"""What a failed TLS handshake was: the alert by its name in RFC 8446, or what else stood behind the port."""

from __future__ import annotations

import re
import ssl

import msgspec

from diagnose.facts.tls import HandshakeOutcome
from diagnose.probes.wire import TlsStream
from diagnose.text import harmless

ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}
"""RFC 8446, 6, with the older ones of RFC 5246, 7.2, RFC 6066 and RFC 7507. The numbers that CPython's
`ssl.AlertDescription` has too are the same there (3.11, compared 2026-11-23)."""

DEMANDS_CERTIFICATE = {
    "bad_certificate",
    "certificate_required",
    "certificate_unknown",
    "handshake_failure",
    "no_certificate",
    "unknown_ca",
    "access_denied",
}
"""What servers say to an empty client certificate, once their own has been sent."""

WRONG_KEY = {"BAD_SIGNATURE", "WRONG_SIGNATURE_TYPE", "WRONG_CERTIFICATE_TYPE", "WRONG_SIGNATURE_SIZE"}
"""OpenSSL's words for a signature that the first certificate's key does not verify, or could not have made (known to
3.0.22 by these names, 2026-11-23)."""

OLD = {"UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION"}
"""OpenSSL's words where the server chose a version below ours."""

_ALERT_RECORD = 21
_RECORD_TYPES = range(20, 25)
_REASON = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)")


class Trouble(msgspec.Struct, frozen=True):
    """Why there was no handshake."""

    outcome: HandshakeOutcome
    detail: str
    alert: str | None = None


def trouble(error: Exception, stream: TlsStream | None, *, certificates: int) -> Trouble:
    """Read the error, and what the peer said first; `certificates`: how many it had sent by then."""
    said = stream.first if stream is not None else b""
    if said and not _is_tls(said):
        return _other_protocol(said)
    if isinstance(error, TimeoutError):
        return Trouble(
            "silent", "the server accepted the connection and then said nothing, or too little in the time given"
        )
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Trouble("closed", "the server closed the connection in the middle of the handshake")
    if isinstance(error, ssl.SSLError):
        return _refused(error, alert_of(error) or _plain_alert(said), certificates)
    return Trouble("reset", "the server cut the connection off in the middle of the handshake")


def _refused(error: ssl.SSLError, alert: str | None, certificates: int) -> Trouble:
    if alert is not None:
        return _alerted(alert, certificates)
    if error.reason in WRONG_KEY:
        return Trouble("bad_signature", "the first certificate does not belong to the key that the server holds")
    if error.reason in OLD:
        return Trouble("old_protocol", "the server offers no TLS 1.2")
    return Trouble("failed", harmless(error.reason or str(error), longest=200))


def alert_of(error: ssl.SSLError) -> str | None:
    """Return the alert's name where OpenSSL's error is an alert that the peer sent."""
    match = _REASON.fullmatch(error.reason or "")
    name = match[1].lower() if match else ""
    return name if name in ALERTS.values() else None


def _alerted(alert: str, certificates: int) -> Trouble:
    if alert == "protocol_version":
        return Trouble("old_protocol", "the server refused TLS 1.2 and 1.3", alert)
    if certificates and alert in DEMANDS_CERTIFICATE:
        return Trouble("client_certificate", "the server demanded a client certificate, and refused without one", alert)
    return Trouble("alert", f"the server refused the handshake: {alert}", alert)


def _plain_alert(said: bytes) -> str | None:
    """Read an alert that came unencrypted before anything else: type, version, length 2, level, number."""
    if len(said) < 7 or said[0] != _ALERT_RECORD or said[3:5] != b"\0\x02":  # noqa: PLR2004 - one whole record
        return None
    return ALERTS.get(said[6], f"alert {said[6]}")


def _is_tls(said: bytes) -> bool:
    return said[0] in _RECORD_TYPES and said[1:2] in {b"\x03", b""}


def _other_protocol(said: bytes) -> Trouble:
    line = harmless(said.split(b"\n")[0].decode("latin-1").strip(), longest=100)
    if said[:5] == b"HTTP/" or b"<html" in said.lower() or b"<!doctype html" in said.lower():
        return Trouble("plain_http", f"the server speaks plain HTTP on this port: {line}")
    return Trouble("not_tls", f"something else than TLS answers on this port: {line}")
