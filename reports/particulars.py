"""What was diagnosed, when, from where, by what, and who was contacted for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from diagnose.report import Report


def moment(value: datetime) -> str:
    """Return the moment to the second, with its zone."""
    text = value.replace(tzinfo=None, microsecond=0).isoformat(" ")
    offset = value.utcoffset() or timedelta(0)
    return f"{text} UTC" if offset == timedelta(0) else value.isoformat(" ", "seconds")


def duration(report: Report) -> str:
    """Return how long the run took, e.g. `4.2 s`."""
    return f"{seconds(report):.1f} s"


def seconds(report: Report) -> float:
    """Return how many seconds the run took."""
    started, finished = (_with_zone(each) for each in (report.run.started, report.run.finished))
    return (finished - started).total_seconds()


def _with_zone(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def rows(report: Report) -> list[tuple[str, str]]:
    """Return what was diagnosed, when, from where and by what, as label and text."""
    run, tool = report.run, report.tool
    table = [
        *_what(report),
        ("When", f"{moment(run.started)}, took {duration(report)}"),
        *([("Seen from", run.vantage), ("Profile", run.profile)] if run.profile else []),
        *_way(report),
        ("Tool", f"{tool.name} {tool.version}"),
        *_judged_again(report),
    ]
    table += [("Plug-in", f"{plugin.name} {plugin.version}") for plugin in tool.plugins]
    table += [("Run", run.id), ("Schema", report.schema_version)]
    return table


def _judged_again(report: Report) -> list[tuple[str, str]]:
    again = report.recheck
    if isinstance(again, msgspec.UnsetType):
        return []
    tool = again.of_tool
    return [("Judged again", f"as of {moment(again.as_of)}, the facts being those of {tool.name} {tool.version}")]


def _what(report: Report) -> list[tuple[str, str]]:
    target = report.target
    if isinstance(target.certificate_file, str):
        return [("Certificate file", target.certificate_file)]
    return [
        ("Resource server", target.resource_server),
        ("Authorization server", target.auth_server),
        ("Tenant", target.tenant or "Not set"),
        ("Client ID", target.client_id or "none given"),
    ]


def _way(report: Report) -> list[tuple[str, str]]:
    """Return what the run went through or left aside on its way, and against which roots it judged."""
    entry = report.facts.get("run.settings")
    settings = entry.value if entry is not None and isinstance(entry.value, dict) else {}
    told = (
        ("Proxy", settings.get("proxy"), "{}"),
        ("Proxy", settings.get("proxy_not_used"), "{} is configured here and was not used (--proxy)"),
        ("Trusted roots", settings.get("trust_roots"), "those of {} instead of the public ones"),
    )
    return [(label, words.format(value)) for label, value, words in told if isinstance(value, str)]


def digest_words(report: Report) -> str:
    """Return the digest, e.g. `sha-256 0f3c...`."""
    return f"{report.digest.algorithm} {report.digest.value}" if report.digest is not None else "none"


def contacts(report: Report) -> list[tuple[str, str]]:
    """Return who was contacted and why."""
    return [
        (f"{contact.host} port {contact.port} ({contact.address})", _visits(contact.purpose, contact.requests))
        for contact in report.contacted
    ]


def _visits(purpose: str, requests: int) -> str:
    number = {0: "no request", 1: "1 request"}.get(requests, f"{requests} requests")
    return f"{purpose}, {number}"


def web_address(text: str) -> bool:
    """Whether this may become a link: an absolute http or https URL, and nothing else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable() and " " not in text
