"""What is diagnosed: the URLs as an admin types them, corrected where the run can go on.

The rule: what is merely wrong is recorded as a fault and corrected, what cannot be read is a `UsageError`.
A URL may hold a password or a secret by mistake, so no message repeats what was typed, and user
information, query and fragment are masked in what is kept.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Literal
from urllib.parse import quote

from diagnose.errors import UsageError
from diagnose.facts.run import ServerUrl, Target

LONGEST = 2048
"""Characters of a URL; longer ones are refused by IIS' default (maxUrl 4096, maxQueryString 2048) or soon."""

LONGEST_TENANT = 200

MASK = "***"

HTTPS_PORT = 443
HTTP_PORT = 80
LARGEST_PORT = 65535

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HALF_A_SCHEME = re.compile(r"https?(:/?(?!/)|//)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH_KEPT = "/%:@!$&'()*+,;=~-._"
"""The characters of a path that stay as typed: RFC 3986, 3.3 `pchar`, the slash and the percent sign."""

_DEVIATING = "\u00df\u03c2\u200c\u200d"
"""Characters that IDNA 2003 and 2008 turn into different names (UTS #46, section 7): never guessed."""

NOT_SET = "not set"
"""What HaloPSA's page shows, and what Gradient tells on-premise users to type."""

Role = Literal["resource", "auth"]


def read(*, resource_server: str, auth_server: str, tenant: str | None = None) -> Target:
    """Return the target these three options name; UsageError names the option that cannot be read."""
    return Target(
        resource=server_url(resource_server, option="--resource-server", role="resource"),
        auth=server_url(auth_server, option="--auth-server", role="auth"),
        tenant=read_tenant(tenant),
    )


def read_tenant(text: str | None) -> str | None:
    """Return the tenant to send, or None: absent, empty and `Not set` mean the same."""
    typed = (text or "").strip()
    if typed.casefold() in {"", NOT_SET}:
        return None
    if len(typed) > LONGEST_TENANT or not typed.isprintable():
        raise UsageError(f"--tenant: at most {LONGEST_TENANT} visible characters are a tenant's name")
    return typed


def server_url(text: str, *, option: str, role: Role) -> ServerUrl:
    """Return the URL as typed and as used; UsageError names `option` where it cannot be read."""
    typed = _readable(text.strip(), option)
    scheme, rest = _without_scheme(typed, option)
    authority, path, tail = _pieces(rest)
    faults = [*_scheme_faults(scheme), *_tail_faults(tail)]
    _, at, place = authority.rpartition("@")
    if at:
        faults.append("userinfo")
    host, port = _host_and_port(place, option)
    if port is None or (port == HTTP_PORT and scheme in {"", "http"}):
        port = HTTPS_PORT
    used = quote(path, safe=_PATH_KEPT).rstrip("/")
    if role == "auth":
        used, faults = _with_slash(path, faults)
    return ServerUrl(
        given=_masked(scheme, bool(at), place, path, tail),
        used=_origin(host, port) + used,
        host=host,
        port=port,
        path=used or "/",
        faults=tuple(faults),
    )


def _with_slash(path: str, faults: list[str]) -> tuple[str, list[str]]:
    quoted = quote(path, safe=_PATH_KEPT)
    return (quoted, faults) if path.endswith("/") else (quoted + "/", [*faults, "no_slash"])


def _readable(typed: str, option: str) -> str:
    if not typed:
        raise UsageError(f"{option}: the URL is empty")
    if len(typed) > LONGEST:
        raise UsageError(f"{option}: the URL is longer than {LONGEST} characters")
    if "\\" in typed:
        raise UsageError(f"{option}: a URL is written with forward slashes, and this one holds a backslash")
    if any(character.isspace() for character in typed):
        raise UsageError(f"{option}: the URL holds a blank; please remove it")
    if any(unicodedata.category(character).startswith("C") for character in typed):
        raise UsageError(f"{option}: the URL holds an invisible character; please type it anew")
    return typed


def _without_scheme(typed: str, option: str) -> tuple[str, str]:
    found = _SCHEME.match(typed)
    if found:
        return found[1].lower(), typed[found.end() :]
    if _HALF_A_SCHEME.match(typed):
        raise UsageError(f"{option}: the URL must begin with https:// and both slashes")
    return "", typed.removeprefix("//")


def _pieces(rest: str) -> tuple[str, str, str]:
    """Return authority, path, and query with fragment (RFC 3986, 3)."""
    hierarchical, mark, after = rest, "", ""
    found = re.search(r"[?#]", rest)
    if found:
        hierarchical, mark, after = rest[: found.start()], found[0], rest[found.end() :]
    authority, slash, path = hierarchical.partition("/")
    return authority, slash + path, mark + after


def _scheme_faults(scheme: str) -> list[str]:
    return {"https": [], "": ["no_scheme"], "http": ["http"]}.get(scheme, ["other_scheme"])


def _tail_faults(tail: str) -> list[str]:
    found = [] if tail[:1] != "?" else ["query"]
    return [*found, "fragment"] if "#" in tail else found


def _host_and_port(place: str, option: str) -> tuple[str, int | None]:
    if place.startswith("["):
        literal, bracket, after = place[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise UsageError(f"{option}: the IPv6 address is not closed by a bracket")
        return _ipv6(literal, option), _port(after[1:], option)
    if place.count(":") > 1:
        raise UsageError(f"{option}: an IPv6 address is written in brackets, https://[2001:db8::1]/")
    name, _, port = place.partition(":")
    return _name(name, option), _port(port, option)


def _port(text: str, option: str) -> int | None:
    if not text:
        return None
    number = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    if not 1 <= number <= LARGEST_PORT:
        raise UsageError(f"{option}: the port must be a number from 1 to {LARGEST_PORT}")
    return number


def _ipv6(literal: str, option: str) -> str:
    if "%" in literal:
        raise UsageError(f"{option}: an address with a zone (%) means this machine only")
    try:
        return ipaddress.IPv6Address(literal).compressed
    except ValueError as error:
        raise UsageError(f"{option}: what stands in the brackets is no IPv6 address") from error


def _name(text: str, option: str) -> str:
    host = _a_label(text, option).removesuffix(".")
    labels = host.split(".")
    longest = 253  # RFC 1035, 2.3.4, as text
    if len(host) > longest or not all(_LABEL.fullmatch(label) for label in labels):
        raise UsageError(f"{option}: no host name can be read from the URL")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(host, option)
    return host


def _ipv4(host: str, option: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise UsageError(f"{option}: an IPv4 address has four numbers from 0 to 255") from error


def _a_label(text: str, option: str) -> str:
    if text.isascii():
        return text.lower()
    if any(character in _DEVIATING for character in text):
        raise UsageError(f"{option}: please write this international name in its ASCII form (xn--...)")
    try:
        return text.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise UsageError(f"{option}: this international name has no ASCII form (xn--...)") from error


def _origin(host: str, port: int) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return f"https://{bracketed}" if port == HTTPS_PORT else f"https://{bracketed}:{port}"


def _masked(scheme: str, userinfo: bool, place: str, path: str, tail: str) -> str:
    """Return what was typed without what may be a password: whoever was named, query and fragment."""
    shown = f"{scheme}://" if scheme else ""
    masked_tail = tail[:1] + MASK if len(tail) > 1 else tail
    return shown + (f"{MASK}@" if userinfo else "") + place + path + masked_tail
