"""What an answer means before its content does: nobody answered, a gate answered, or too many were asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from diagnose import Code, Outcome, Owner, Remedy, blocked, failed, unknown
from diagnose.fact import Unavailable
from diagnose.facts.halo import InstanceInfo, InstanceInfoWithToken
from diagnose.facts.http import Answer, asks_for_bearer
from diagnose.outcome import SKIPS

OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, PROXY_LOGIN, TOO_MANY, SERVER_ERROR = 200, 401, 403, 404, 407, 429, 500

NETWORK_LOGIN = 511
"""RFC 6585, 6: a login portal of the network."""

LEGAL = 451
"""RFC 7725: withheld for legal reasons; web filters use it."""

REWRITES_POST = frozenset({301, 302, 303})
"""RFC 9110, 15.4: a client may (301, 302) or must (303) go on with GET, so the form is lost."""

NOT_AN_ANSWER = {
    "timeout": "did not answer in time",
    "reset": "reset the connection instead of answering",
    "closed": "closed the connection instead of answering",
    "malformed": "sent something that is not HTTP",
    "too_large": "sent an answer larger than 1 MiB",
}


def latest(first: InstanceInfo, again: InstanceInfoWithToken | Unavailable) -> InstanceInfo:
    """Return InstanceInfo as answered with the token where that was needed and asked."""
    return first if isinstance(again, Unavailable) else again.info


APP_NAME = "Halo"
"""How `app_name` begins (`Halo PSA`, `Halo ITSM`); the unrelated halo-dev CMS has no such key."""


def foreign(instance: InstanceInfo) -> bool:
    """Whether an application answers that calls itself something else than Halo."""
    return instance.readable and bool(instance.app_name) and not str(instance.app_name).startswith(APP_NAME)


def without_token(again: Unavailable, summary: str, evidence: dict[str, Any]) -> Outcome:
    """Return why it is not known what Halo tells only to a token."""
    if again.code is Code.NOT_SELECTED:
        return unknown(Code.MISSING_INPUT, f"{summary}, and no credentials were used", **evidence)
    if again.blocked_by:
        return blocked(again.blocked_by, summary, **evidence)
    code = Code.UNEXPECTED_RESPONSE if again.code in {*SKIPS, Code.BLOCKED} else again.code
    return unknown(code, f"{summary}, and asking with it failed: {again.detail or again.code}", **evidence)


LOG_INS = ("negotiate", "ntlm", "basic")
"""WWW-Authenticate schemes of IIS and proxies (RFC 4559, RFC 7617); a Halo API says Bearer or nothing."""


def log_in_demanded(answer: Answer) -> bool:
    """Whether something in front asks for a log-in of its own."""
    demanded = answer.headers.get("www-authenticate", "").strip().lower()
    if asks_for_bearer(demanded):
        return False
    return answer.status == UNAUTHORIZED and (answer.kind == "html" or demanded.startswith(LOG_INS))


def seen(answer: Answer) -> dict[str, Any]:
    """Return the evidence of one exchange, in OpenTelemetry's names where it has one."""
    evidence: dict[str, Any] = {
        "url.full": answer.url,
        "http.request.method": answer.method,
        "http.response.status_code": answer.status,
        "channel": answer.channel,
    }
    location = answer.headers.get("location")
    optional = {
        "network.peer.address": answer.address,
        "outcome": "" if answer.answered else answer.outcome,
        "detail": answer.detail,
        "title": answer.title,
        "location": location,
        "page_of": answer.gate.product if answer.gate else "",
        "server_echoed_a_secret": answer.echoed_secret,
    }
    return evidence | {key: value for key, value in optional.items() if value}


def not_halo(answer: Answer, what: str) -> Outcome | None:
    """Return the `unknown` for an answer that is none of Halo's, or None where it may be judged.

    A gate hides Halo from here and says nothing about Halo.
    """
    if answer.outcome == "not_sent":
        return unknown(
            Code.NOT_PROVABLE_HERE, f"{what} was not asked: {answer.detail or 'no way to it'}", **seen(answer)
        )
    if answer.outcome == "tls_failed":
        return unknown(
            Code.UNEXPECTED_RESPONSE, f"the TLS connection to {what} failed after an earlier one held", **seen(answer)
        )
    if answer.status == TOO_MANY or (answer.gate and answer.gate.state == "limited"):
        return unknown(
            Code.UNEXPECTED_RESPONSE,
            f"{what} answers that too many requests were made; wait a few minutes and run again",
            **seen(answer),
        )
    if gated(answer):
        return unknown(
            Code.UNEXPECTED_RESPONSE,
            f"{whose_page(answer)} answered instead of {what}; it hides Halo from here",
            **seen(answer),
        )
    return None


def gated(answer: Answer) -> bool:
    """Whether a page of something in front answered: by the signature table, or a refusal no Halo writes."""
    if answer.gate is not None:
        return answer.gate.state == "blocked" or answer.gate.kind in {"outbound_filter", "portal"}
    if not answer.answered:
        return False
    return answer.status in {PROXY_LOGIN, LEGAL, NETWORK_LOGIN} or (
        answer.status == FORBIDDEN and answer.kind == "html"
    )


def whose_page(answer: Answer) -> str:
    """Say whose page it is, as far as the signature tells."""
    if answer.gate is not None:
        return f"a page of {answer.gate.product}"
    return f"a page that is not Halo's (status {answer.status})"


def down(answer: Answer) -> bool:
    """Whether the application behind the address does not run: 5xx, or a page that says so."""
    if answer.gate is not None and answer.gate.state == "down":
        return True
    return answer.answered and answer.status is not None and answer.status >= SERVER_ERROR


def turned_away(answer: Answer, what: str, evidence: dict[str, Any]) -> Outcome | None:
    """Return the failure where something in front, which is no gate, finds fault with the request itself."""
    if answer.gate is None or answer.gate.state != "error":
        return None
    product = answer.gate.product
    return failed(
        f"{product} in front of {what} finds fault with the request and does not pass it on (status {answer.status})",
        owner=Owner.NETWORK_ADMIN if answer.gate.kind == "proxy" else Owner.WINDOWS_ADMIN,
        remedy=Remedy(
            summary=f"Correct the settings of {product} for this path",
            steps=(
                f"See the error log of {product} at the time of this run; it names the reason.",
                *(step for status, step in FAULTS.items() if status == answer.status),
            ),
            verify="Run the diagnosis again: HaloPSA itself answers.",
        ),
        **evidence,
    )


FAULTS = {
    400: "If it passes requests on to a port that speaks TLS: write https:// in proxy_pass, or use the http port.",
    413: "Raise its limit for the size of a request (nginx: client_max_body_size); a token request has 400 bytes.",
    414: "Raise its limit for the length of a URL.",
    431: "Raise its limit for the size of headers; a token in them has up to 8 KB.",
}


HANGS_UP = (
    "A rule that hangs up on strangers looks the same (IIS: IP Address and Domain Restrictions with Abort;"
    " nginx: return 444; a web application firewall): see that it lets this computer and the integrator in."
)
NOT_ITSELF = (
    "The page is one of {product}: its error log tells whether it could not reach HaloPSA, or limits the number of"
    " requests (limit_req of nginx answers 503 as well)."
)


def other_readings(answer: Answer) -> tuple[str, ...]:
    """Return what else looks like an application that does not run."""
    if answer.outcome in {"closed", "reset"}:
        return (HANGS_UP,)
    if answer.gate is not None and answer.gate.kind == "proxy":
        return (NOT_ITSELF.format(product=answer.gate.product),)
    return ()


def missing(answer: Answer) -> bool:
    """Whether nothing is at that path or under that host name."""
    return answer.status == NOT_FOUND or (answer.gate is not None and answer.gate.state == "missing")


def destination(answer: Answer) -> str:
    """Return where a redirect leads, as an absolute URL."""
    try:
        return urljoin(answer.url, answer.headers.get("location", ""))
    except ValueError:
        return answer.headers.get("location", "")


def redirect_class(answer: Answer) -> str:
    """Return `to_http`, `other_host`, `loses_post` or `keeps_post`."""
    try:
        there, here = urlsplit(destination(answer)), urlsplit(answer.url)
        if there.scheme == "http":
            return "to_http"
        if (there.hostname, there.port or 443) != (here.hostname, here.port or 443):
            return "other_host"
    except ValueError:
        return "other_host"
    return "loses_post" if answer.status in REWRITES_POST else "keeps_post"
