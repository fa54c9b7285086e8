"""Reads the resource server's JSON: the few keys a check needs, strictly typed, and nothing of anyone's business."""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.facts.halo import Agent, AreaRead, AuthInfo, InstanceInfo
from diagnose.facts.http import Answer
from diagnose.text import harmless

HTTP_OK = 200
LONGEST = 300

LISTS = {"customers": "clients", "contracts": "contracts", "items": "items", "invoices": "invoices"}
"""The key that holds each area's records (HaloAPI PowerShell module and Halo's swagger, Feb 2026)."""


def instance_info(answer: Answer, document: object, *, with_token: bool = False) -> InstanceInfo:
    """Return what InstanceInfo says; only `app_version` is certain to be there."""
    body = _object(answer, document)
    version = _text(body, "app_version")
    return InstanceInfo(
        answer=answer,
        with_token=with_token,
        app_name=_text(body, "app_name"),
        app_version=version,
        database_version=_text(body, "database_version"),
        auth_url=_text(body, "auth_url"),
        tenant_id=_text(body, "tenant_id"),
        hosted_group=_text(body, "hosted_group"),
        readable=version is not None,
    )


def auth_info(answer: Answer, document: object) -> AuthInfo:
    """Return what AuthInfo says: `auth_url` and `tenant_id` are the keys that clients read."""
    body = _object(answer, document)
    url = _text(body, "auth_url") if isinstance(body.get("auth_url"), str) else None
    return AuthInfo(answer, url, _text(body, "tenant_id"), readable=url is not None or "tenant_id" in body)


def agent(answer: Answer, document: object) -> Agent:
    """Return which agent the token acts for."""
    body = _object(answer, document)
    number = body.get("id")
    email = _text(body, "email") or _text(body, "emailaddress")
    return Agent(
        answer=answer,
        id=number if isinstance(number, int) and not isinstance(number, bool) else None,
        name=_text(body, "name"),
        email=masked(email) if email else None,
    )


def masked(email: str) -> str:
    """Return `g***@example.com` for `gradient@example.com`."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}" if at else f"{email[:1]}***"


def area_read(area: str, answer: Answer, document: object) -> AreaRead:
    """Return how many records the area holds, by the envelope's count or else its list."""
    body = _object(answer, document)
    records = document if answer.status == HTTP_OK and isinstance(document, list) else body.get(LISTS[area])
    count = body.get("record_count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        count = len(records) if isinstance(records, list) else None
    return AreaRead(area, answer, count, readable=count is not None)


def _object(answer: Answer, document: object) -> Mapping[str, object]:
    return document if answer.status == HTTP_OK and isinstance(document, dict) else {}


def _text(body: Mapping[str, object], key: str) -> str | None:
    """Return a text or a number as text (database_version could be either); None for empty."""
    value = body.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = harmless(value.strip(), longest=LONGEST) if isinstance(value, str) else ""
    return text or None
