"""Answered vantage requests for the scenarios: texts to be filled, and sealed with their digest when they are."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from diagnose.vantage import ANSWER, REQUEST, digest_of

NONCE = "5e1f" * 8
SEAL = '"{digest}"'
SERVER = "127.0.0.1"
_URLS = {"auth": "{auth}/", "api": "{origin}/api"}


def moments(now: datetime) -> dict[str, str]:
    """Return the moments that a text may hold."""
    return {"now": now.isoformat(), "two_days_ago": (now - timedelta(days=2)).isoformat()}


def request(*, when: str = "{now}", nonce: str = NONCE) -> dict[str, Any]:
    """Return a request about the scenario's server."""
    targets = [{"role": role, "url": url} for role, url in _URLS.items()]
    return {"schema": REQUEST, "request_id": "from-the-lab", "created": when, "nonce": nonce, "targets": targets}


def answer(left_from: str, reach: dict[str, Any], *, role: str = "integrator", when: str = "{now}") -> str:
    """Return the text of an answer from this address, at both server URLs the same."""
    egress = [{"address": left_from, "method": "stated"}]
    targets = [{"role": name, "url": url, "reaches": [_at(name, reach)]} for name, url in _URLS.items()]
    document: dict[str, Any] = {"schema": ANSWER, "request": request(when=when), "nonce": NONCE}
    document |= {"vantage": {"role": role, "egress": egress}, "started": when, "ended": when, "targets": targets}
    return json.dumps(document | {"digest": SEAL.strip('"')}, indent=2)


def _at(role: str, reach: dict[str, Any]) -> dict[str, Any]:
    marked = {
        "auth": ("POST", "/auth/token", 401, "oauth_error"),
        "api": ("GET", "/api/InstanceInfo", 200, "instance_info"),
    }
    method, path, status, marker = marked[role]
    asked = {"method": method, "path": path, "outcome": "answered", "status": status, "kind": "json", "marker": marker}
    return {"address": SERVER, **reach} | ({"asked": [asked]} if reach.get("tls") == "completed" else {})


THROUGH = {"tcp": "accepted", "tls": "completed", "tls_version": "TLSv1.3", "leaf_sha256": "{leaf_sha256}"}
DROPPED = {"tcp": "no_answer"}
ELSEWHERE = THROUGH | {"leaf_sha256": "ab" * 32}


def sealed(text: str) -> str:
    """Return the text with its digest in place, where it asks for one."""
    return text.replace(SEAL, f'"{digest_of(json.loads(text))}"') if SEAL in text else text
