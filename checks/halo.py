"""Whether a HaloPSA answers at the resource server, and if not, what stands there instead."""

from __future__ import annotations

from typing import Any

from checks.answers import (
    NOT_AN_ANSWER,
    UNAUTHORIZED,
    destination,
    down,
    foreign,
    latest,
    log_in_demanded,
    missing,
    not_halo,
    other_readings,
    seen,
    turned_away,
    without_token,
)
from diagnose import (
    Command,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    check,
    failed,
    passed,
)
from diagnose.facts.halo import AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.http import Answer
from diagnose.facts.run import Target
from diagnose.facts.tokens import TokenEndpoint

WHAT = "the resource server"


@check("halo.answers", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def the_resource_server_is_a_halo_api(
    target: Target,
    first: InstanceInfo,
    again: InstanceInfoWithToken | Unavailable,
    auth_info: AuthInfo | Unavailable,
    endpoint: TokenEndpoint | Unavailable,
) -> Outcome:
    """The resource server answers as a Halo API.

    It is asked for InstanceInfo and AuthInfo, which need no token on current builds.
    """
    instance = latest(first, again)
    answer = instance.answer
    evidence = seen(answer) | _named(instance)
    if foreign(instance):
        return _wrong_url(target, f"the resource server calls itself {instance.app_name}, not HaloPSA", evidence)
    if instance.readable:
        return passed(f"{instance.app_name or 'Halo'} {instance.app_version} answers", **evidence)
    if not isinstance(auth_info, Unavailable) and auth_info.readable:
        return passed("Halo answers by AuthInfo; InstanceInfo could not be read", **(evidence | seen(auth_info.answer)))
    if answer.status == UNAUTHORIZED and answer.gate is None:
        return _log_in_first(evidence) if log_in_demanded(answer) else _closed(again, evidence)
    return not_halo(answer, WHAT) or _instead(target, instance, endpoint, evidence)


def _named(instance: InstanceInfo) -> dict[str, Any]:
    named = {"app_name": instance.app_name, "app_version": instance.app_version}
    return {key: value for key, value in named.items() if value}


def _closed(again: InstanceInfoWithToken | Unavailable, evidence: dict[str, Any]) -> Outcome:
    """Nothing answers without a token, so it depends on the token whether this can be known."""
    if not isinstance(again, Unavailable):
        return failed(
            "the resource server refuses everything, even with the token just granted",
            owner=Owner.HALO_ADMIN,
            remedy=Remedy(
                "Give the resource server that belongs to this authorization server",
                steps=("In HaloPSA open Configuration > Integrations > HaloPSA API and compare both URLs.",),
                verify="Run the diagnosis again: the API takes the token.",
            ),
            **evidence,
        )
    return without_token(again, "the resource server asks for a token", evidence)


def _log_in_first(evidence: dict[str, Any]) -> Outcome:
    return failed(
        "something in front of the API asks for a log-in of its own (status 401)",
        owner=Owner.WINDOWS_ADMIN,
        remedy=Remedy(
            summary="Let the API be reached without a Windows or proxy log-in",
            steps=(
                "In IIS Manager select the application api > Authentication: enable Anonymous Authentication.",
                "Disable Windows and Basic Authentication there.",
                "If a proxy in front asks for the log-in, exclude /auth and /api there.",
            ),
            verify="Run the diagnosis again: the API answers with its version.",
        ),
        **evidence,
    )


def _instead(
    target: Target, instance: InstanceInfo, endpoint: TokenEndpoint | Unavailable, evidence: dict[str, Any]
) -> Outcome:
    answer = instance.answer
    if not answer.answered:
        said = f"{WHAT} {NOT_AN_ANSWER.get(answer.outcome, 'did not answer')}"
        return _application_down(said, endpoint, evidence, other_readings(answer))
    if answer.redirected:
        there = destination(answer)
        return _wrong_url(target, f"the resource server redirects to {there}", evidence | {"redirects_to": there})
    if missing(answer):
        return _wrong_url(target, "no Halo API is found at the resource server URL", evidence)
    if down(answer):
        said = f"the API application does not run (status {answer.status})"
        return _application_down(said, endpoint, evidence, other_readings(answer))
    return turned_away(answer, WHAT, evidence) or _something_else(target, answer, evidence)


def _something_else(target: Target, answer: Answer, evidence: dict[str, Any]) -> Outcome:
    page = "a web page answers" if answer.kind == "html" else "something else answers"
    return _wrong_url(target, f"{page} at the resource server URL, not a Halo API (status {answer.status})", evidence)


def _wrong_url(target: Target, summary: str, evidence: dict[str, Any]) -> Outcome:
    ends = target.resource.path.rstrip("/").rpartition("/")[2].casefold()
    hint = (
        ("This one ends in /auth, as an authorization server does: the two URLs may be swapped.",)
        if ends == "auth"
        else ()
    )
    return failed(
        summary,
        remedy=Remedy(
            summary="Give the resource server as HaloPSA shows it",
            steps=(
                "In HaloPSA open Configuration > Integrations > HaloPSA API and read the Resource Server.",
                "On-premise it usually is https://your-host/api",
                *hint,
                (
                    "If the URL is right, see in IIS Manager that the site has an application named api, and that no"
                    " URL Rewrite rule redirects it."
                ),
            ),
            commands=(Command("url", f"{target.resource.used}/InstanceInfo"),),
            verify=(
                "Run the diagnosis again with the right URL: this check passes. In a browser that URL, with"
                " /InstanceInfo behind it, shows app_name and app_version."
            ),
        ),
        **evidence,
    )


def _application_down(
    summary: str, endpoint: TokenEndpoint | Unavailable, evidence: dict[str, Any], also: tuple[str, ...] = ()
) -> Outcome:
    auth = _what_auth_did(endpoint)
    return failed(
        f"{summary}; {auth}",
        owner=Owner.WINDOWS_ADMIN,
        remedy=Remedy(
            summary="Start the application pool of HaloPSA's API",
            steps=(
                "On the HaloPSA server open IIS Manager > Application Pools. /api and /auth have pools of their own.",
                "Start the pool of /api. If it stops again, the cause is in Event Viewer > Windows Logs > Application.",
                (
                    "After an upgrade: see that the .NET Hosting Bundle of this HaloPSA version is installed and that"
                    " upgrader.exe was run to its end."
                ),
                *also,
            ),
            commands=(Command("powershell", "Import-Module WebAdministration; Get-ChildItem IIS:\\AppPools"),),
            verify="Run the diagnosis again: the API answers with its version.",
        ),
        **evidence,
        authorization_server=auth,
    )


def _what_auth_did(endpoint: TokenEndpoint | Unavailable) -> str:
    if isinstance(endpoint, Unavailable):
        return "what the authorization server does is not known"
    if endpoint.found:
        return "the authorization server answers"
    answer = endpoint.marker.answer
    return (
        f"the authorization server answers with status {answer.status}"
        if answer.answered
        else "neither does the authorization server"
    )
