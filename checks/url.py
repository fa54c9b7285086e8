"""The two URLs as the admin typed them, and as Halo itself reports them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from checks.answers import latest
from diagnose import (
    Code,
    Command,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    blocked,
    check,
    failed,
    passed,
    unknown,
    warned,
)
from diagnose.facts.halo import AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.run import ServerUrl, Target

SCREEN = "Configuration > Integrations > HaloPSA API"
"""Where HaloPSA shows Resource Server, Authorization Server and Tenant (API Details)."""

FAULTS = {
    "no_scheme": "does not begin with https://",
    "http": "begins with http://, and a secret must not travel unencrypted",
    "other_scheme": "does not begin with https://",
    "userinfo": "holds a user name or password, which belongs in no URL",
    "query": "holds a query (what follows the ?)",
    "fragment": "holds a fragment (what follows the #)",
}


@check("url.resource-server", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def the_resource_server_is_an_https_url(target: Target) -> Outcome:
    """The resource server is an absolute https URL with a host, without credentials, query or fragment.

    The integrator takes the URL letter by letter: what a browser mends silently, it does not.
    """
    return _well_formed(target.resource, "resource server")


@check("url.auth-server", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def the_auth_server_is_an_https_url(target: Target) -> Outcome:
    """The authorization server is an absolute https URL with a host, without credentials, query or fragment.

    The client secret is sent to it, so it must be the right place, and encrypted.
    """
    return _well_formed(target.auth, "authorization server")


def _well_formed(url: ServerUrl, what: str) -> Outcome:
    wrong = [FAULTS[fault] for fault in url.faults if fault in FAULTS]
    evidence: dict[str, Any] = {
        "given": url.given,
        "used": url.used,
        "server.address": url.host,
        "server.port": url.port,
    }
    if not wrong:
        return passed(f"the {what} URL is complete", **evidence)
    return failed(
        f"the {what} URL {', and it '.join(wrong)}",
        remedy=Remedy(
            summary=f"Enter the {what} as {url.used}",
            steps=(
                f"In HaloPSA open {SCREEN} and compare: the page shows the {what}.",
                f"Give it here, and to the integrator, as {url.used}",
            ),
            verify="Run the diagnosis again with that URL: this check passes.",
        ),
        **evidence,
        faults=[fault for fault in url.faults if fault in FAULTS],
    )


@check("url.auth-slash", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def the_auth_server_ends_in_a_slash(target: Target) -> Outcome:
    """The authorization server URL ends with a slash.

    `token` is joined to it. Without the slash the last part of the URL is lost, or the host name changes,
    and the integrator says that the authorization server is incorrect. HaloPSA itself shows the value
    without the slash, so copying it is not enough.
    """
    url = target.auth
    if "no_slash" not in url.faults:
        return passed("the authorization server URL ends with a slash", given=url.given, token_url=f"{url.used}token")
    bare = url.used.removesuffix("/")
    return failed(
        f"the authorization server URL needs a slash at its end: {url.used}",
        remedy=Remedy(
            summary=f"Enter the authorization server as {url.used}",
            steps=(
                f"In the integrator's settings put {url.used} into the field Authorization Server, with the slash.",
                f"Nothing is to be changed in HaloPSA: {SCREEN} shows the URL without the slash.",
                *_without_token(bare),
            ),
            verify="Run the diagnosis again with that URL: this check passes.",
        ),
        given=url.given,
        corrected=url.used,
        rfc3986_join=urljoin(bare, "token"),
        concatenation=f"{bare}token",
        token_url=f"{url.used}token",
    )


def _without_token(bare: str) -> tuple[str, ...]:
    """Say it where the token endpoint itself was typed: a slash alone does not mend that."""
    shorter = bare.removesuffix("/token")
    return () if shorter == bare else (f"`token` is added by the integrator: the URL is then {shorter}/",)


@check("url.advertised", importance=Importance.RECOMMENDED, owner=Owner.HALO_ADMIN)
def halo_reports_the_same_auth_server(
    target: Target,
    first: InstanceInfo,
    again: InstanceInfoWithToken | Unavailable,
    auth_info: AuthInfo | Unavailable,
) -> Outcome:
    """What Halo itself reports as its authorization server is the same place as the one given.

    Where they differ, either the URL given is not the one Halo means, or Halo is configured for another name.
    """
    instance = latest(first, again)
    reports = {"InstanceInfo": instance.auth_url}
    if not isinstance(auth_info, Unavailable):
        reports["AuthInfo"] = auth_info.auth_url
    reported = {name: url for name, url in reports.items() if url}
    if not reported:
        if not instance.readable and (isinstance(auth_info, Unavailable) or not auth_info.readable):
            return blocked("halo.answers", "Halo could not be asked for its authorization server")
        return unknown(Code.UNEXPECTED_RESPONSE, "Halo does not say which authorization server it uses")
    evidence: dict[str, Any] = {"given": target.auth.given, "reported": reported, "channel": instance.answer.channel}
    if all(_place(url) == _place(target.auth.used) for url in reported.values()):
        return passed("Halo reports the same authorization server", **evidence)
    other = next(url for url in reported.values() if _place(url) != _place(target.auth.used))
    return warned(
        f"Halo reports another authorization server: {other}",
        remedy=Remedy(
            summary="Find out which of the two addresses is meant, and use it in both places",
            steps=(
                f"In HaloPSA open {SCREEN} and read the Authorization Server there.",
                "If it is the right one, give it to the integrator, with a slash at its end.",
                "If it is an old or an internal name, correct the URLs in HaloPSA's configuration on the server.",
                "If only http:// differs from https://, the proxy must tell Halo the scheme (X-Forwarded-Proto).",
            ),
            commands=(Command("url", f"{target.resource.used}/InstanceInfo"),),
            verify="Run the diagnosis again: this check passes. The auth_url at that address is then the one given.",
        ),
        **evidence,
    )


def _place(url: str) -> tuple[str, str, int | None, str]:
    """Return what makes two URLs the same place: IIS and Halo ignore the case, and a slash at the end."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        return parts.scheme, (parts.hostname or "").rstrip("."), port, parts.path.rstrip("/").casefold()
    except ValueError:
        return "", url, None, ""
