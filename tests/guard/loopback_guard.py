"""Tests talk to this machine alone: an audit hook refuses every connection and every look-up beyond it.

The hook cannot be taken out again (PEP 578), so it holds for the whole process; `sitecustomize` beside this
file brings it into the Python programs that tests start. Nothing is imported here before it is needed, so that
tests can look at what a program imports.
"""

import os
import sys
from typing import Any

REFUSED: list[str] = []
"""What was refused in this process, for the fixture that fails the test."""

ALSO = "DIAGNOSE_TEST_NETWORKS"
"""Networks that a test made itself, in network namespaces: `10.77.0.0/24,...`."""

RESERVED = ("test", "example", "invalid", "example.com", "example.net", "example.org")
"""Names that belong to nobody (RFC 2606, RFC 6761): they do not exist here, and nobody is asked."""

_state = {"installed": False}


def install() -> None:
    """Refuse from now on, once per process."""
    if not _state["installed"]:
        _state["installed"] = True
        sys.addaudithook(_judge)


def _judge(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(address[0]):
            _refuse_connection(address)
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_number_or_here(arguments[0]):
        _refuse_name(arguments[0])


def _is_here(host: str) -> bool:
    import ipaddress  # noqa: PLC0415 - see the head of this file

    if not _is_number(host):
        return _is_here_by_name(host)
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    networks = [ipaddress.ip_network(network) for network in os.environ.get(ALSO, "").split(",") if network]
    return mapped.is_loopback or mapped.is_unspecified or any(mapped in network for network in networks)


def _is_number(host: str) -> bool:
    import ipaddress  # noqa: PLC0415 - see the head of this file

    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_here_by_name(host: str) -> bool:
    return host in {"", "localhost"} or host.rstrip(".").endswith(".localhost")


def _is_number_or_here(host: str | bytes | None) -> bool:
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return _is_here_by_name(text) or _is_number(text)


def _refuse_connection(address: tuple[Any, ...]) -> None:
    import errno  # noqa: PLC0415 - see the head of this file

    REFUSED.append(f"{address[0]} port {address[1]}")
    raise OSError(errno.ENETUNREACH, f"a test may not leave this machine: {address[0]} port {address[1]}")


def _refuse_name(host: str | bytes) -> None:
    import socket  # noqa: PLC0415 - see the head of this file

    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    name = text.rstrip(".").lower()
    if not any(name == reserved or name.endswith(f".{reserved}") for reserved in RESERVED):
        REFUSED.append(f"the name {text}")
    raise socket.gaierror(socket.EAI_NONAME, f"a test may not ask for a name: {text}")
