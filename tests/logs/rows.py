"""Log text as Windows writes it (Microsoft KB 820729, IIS logFile, firewall logging)."""

from __future__ import annotations

import io
from collections.abc import Collection

from diagnose.logs.model import LogEvidence, Seen
from diagnose.logs.reader import read

OURS = "3.19.3.152"
SECOND = "3.19.4.238"
STRANGER = "81.2.69.142"
AGENT = "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)"

IIS_FIELDS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)
HTTPERR_FIELDS = (
    "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename"
)
FIREWALL_FIELDS = (
    "date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin "
    "icmptype icmpcode info path pid"
)


def iis_header(fields: str = IIS_FIELDS) -> str:
    """What IIS writes when it opens a log."""
    return (
        "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
        f"#Date: 2026-11-22 09:00:00\r\n#Fields: {fields}\r\n"
    )


def iis_row(
    address: str = OURS,
    status: str = "401 0",
    *,
    path: str = "/auth/token",
    time: str = "09:00:03",
    port: int = 443,
    agent: str = AGENT,
) -> str:
    """One row with the usual fields."""
    return f"2026-11-22 {time} 10.0.0.5 POST {path} - {port} - {address} {agent} - {status} 0 31\r\n"


def iis(*rows: str) -> bytes:
    """A whole IIS log."""
    return (iis_header() + "".join(rows)).encode()


def httperr(*rows: str) -> bytes:
    """A whole HTTPERR log."""
    head = "#Software: Microsoft HTTP API 2.0\r\n#Version: 1.0\r\n#Date: 2026-11-22 09:00:00\r\n"
    return (head + f"#Fields: {HTTPERR_FIELDS}\r\n" + "".join(f"{row}\r\n" for row in rows)).encode()


def firewall(*rows: str) -> bytes:
    """A whole firewall log."""
    head = "#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n#Time Format: Local\r\n"
    return (head + f"#Fields: {FIREWALL_FIELDS} \r\n\r\n" + "".join(f"{row}\r\n" for row in rows)).encode()


def firewall_row(
    action: str = "DROP",
    address: str = OURS,
    *,
    port: int = 443,
    flags: str = "S",
    protocol: str = "TCP",
    way: str = "RECEIVE",
    time: str = "10:00:00",
) -> str:
    """One row with the usual fields."""
    return f"2026-11-22 {time} {action} {protocol} {address} 10.0.0.5 51000 {port} 52 {flags} 1 0 64240 - - - {way} 4"


def evidence(text: bytes, addresses: Collection[str] = (OURS,), **options: object) -> LogEvidence:
    """The log, read from memory."""
    return read(io.BytesIO(text), "the.log", addresses, **options)  # type: ignore[arg-type]  # options of any kind


def seen(text: bytes, address: str = OURS, **options: object) -> Seen:
    """What the log says about one address."""
    return evidence(text, (address,), **options).seen[0]
