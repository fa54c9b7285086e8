"""Proxies: the one given is used, one that the machine is configured with is only named. Passwords are never kept."""

from __future__ import annotations

from urllib.parse import urlsplit

from diagnose.errors import UsageError

SCHEMES = ("http",)


def without_password(url: str, option: str) -> str:
    """Return `scheme://host:port` of a proxy URL; UsageError names `option` where it cannot be read."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(
            f"{option}: the proxy's URL cannot be read; it looks like http://proxy.example.com:3128"
        ) from error
    if not host:
        raise UsageError(f"{option}: the proxy's URL names no host; it looks like http://proxy.example.com:3128")
    if parts.scheme not in SCHEMES:
        raise UsageError(f"{option}: only {', '.join(SCHEMES)}:// proxies can be used")
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}:{port or 80}"


def password(url: str | None) -> str | None:
    """Return the password in a proxy URL, so that the run knows it as a secret."""
    if not url:
        return None
    try:
        return urlsplit(url if "://" in url else f"http://{url}").password
    except ValueError:
        return None


def configured() -> str | None:
    """Return the proxy that the environment or the system names for https, without its password; None if none."""
    from urllib.request import getproxies  # noqa: PLC0415 - reads the Windows registry or the environment

    found = getproxies().get("https")
    if not found:
        return None
    try:
        return without_password(found, "HTTPS_PROXY")
    except UsageError:
        return "(a proxy whose address cannot be read)"
