"""Whether the joined URL reaches an OAuth token endpoint, and if not, what stands there instead."""

from __future__ import annotations

import re
from typing import Any

from checks.answers import (
    NOT_AN_ANSWER,
    UNAUTHORIZED,
    destination,
    down,
    missing,
    not_halo,
    other_readings,
    redirect_class,
    seen,
    turned_away,
)
from diagnose import Command, Importance, Outcome, Owner, Remedy, Unavailable, check, failed, passed, warned
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Answer
from diagnose.facts.run import Target
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint

WHAT = "the authorization server"
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9.:\[\]-]{1,260}/[A-Za-z0-9._~/%+=-]{0,500}")

REDIRECTS = {
    "to_http": "to an address without encryption, where no secret may go",
    "other_host": "to another server, and a secret is never sent after a redirect",
    "loses_post": "in a way that turns the token request into a plain page request, so that it is lost",
    "keeps_post": "in a way that not every client follows",
}


@check("url.auth-endpoint", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def the_joined_url_is_a_token_endpoint(
    target: Target, endpoint: TokenEndpoint, instance: InstanceInfo | Unavailable
) -> Outcome:
    """Joining the authorization server URL with `token` reaches an OAuth token endpoint, without a redirect.

    It is asked once, with a client that does not exist: only a token endpoint refuses that the way OAuth
    says. Two neighbouring addresses are asked as a control.
    """
    marker = endpoint.marker
    evidence = seen(marker.answer) | _said(marker) | _controls(endpoint)
    gate = not_halo(marker.answer, WHAT)
    if gate is not None and not endpoint.found:
        return gate
    if endpoint.sees_plain_http:
        return _sees_plain_http(evidence)
    if marker.granted:
        return warned(
            "the token endpoint is there, but it granted a token to a client that does not exist",
            remedy=Remedy(
                "Find out what answers at this address: a HaloPSA would have refused",
                verify="Run the diagnosis again: the token endpoint refuses a client that does not exist.",
            ),
            **evidence,
        )
    if endpoint.found:
        return passed("a token endpoint answers at the joined URL", **evidence)
    return _instead(target, marker, instance, evidence)


def _said(marker: OAuthAnswer) -> dict[str, Any]:
    said = {"error": marker.error, "error_id": marker.error_id, "error_description": marker.error_description}
    return {key: value for key, value in said.items() if value}


def _controls(endpoint: TokenEndpoint) -> dict[str, Any]:
    """Say what the neighbours answered: where they are token endpoints too, the pass proves less."""
    controls = {
        "token_at_the_origin": endpoint.origin_control,
        "random_name_beside_it": endpoint.sibling_control,
        "double_slash": endpoint.double_slash,
    }
    return {
        "controls": {name: _control(answer) for name, answer in controls.items() if answer is not None},
        "catch_all": bool(endpoint.sibling_control and _is_endpoint(endpoint.sibling_control)),
    }


def _control(answer: OAuthAnswer) -> str:
    if _is_endpoint(answer):
        return "answers as an OAuth endpoint too"
    return f"no OAuth endpoint (status {answer.answer.status})" if answer.answer.answered else answer.answer.outcome


def _is_endpoint(answer: OAuthAnswer) -> bool:
    """Some servers write their 404 in OAuth's words too (npm's oidc-provider, 2026-11)."""
    return answer.oauth and not missing(answer.answer)


def _instead(
    target: Target, marker: OAuthAnswer, instance: InstanceInfo | Unavailable, evidence: dict[str, Any]
) -> Outcome:
    answer = marker.answer
    if not answer.answered:
        said = f"{WHAT} {NOT_AN_ANSWER.get(answer.outcome, 'did not answer')}"
        return _application_down(said, instance, evidence, other_readings(answer))
    if answer.redirected:
        return _redirected(answer, evidence)
    if missing(answer):
        return _wrong_url(target, "nothing is found at the joined URL", evidence)
    if down(answer):
        said = f"the authorization application does not run (status {answer.status})"
        return _application_down(said, instance, evidence, other_readings(answer))
    if answer.status == UNAUTHORIZED:
        return _log_in_first(evidence)
    return turned_away(answer, WHAT, evidence) or _something_else(target, answer, evidence)


def _something_else(target: Target, answer: Answer, evidence: dict[str, Any]) -> Outcome:
    page = "a web page answers" if answer.kind == "html" else "something else answers"
    return _wrong_url(target, f"{page} at the joined URL, not a token endpoint (status {answer.status})", evidence)


def _wrong_url(target: Target, summary: str, evidence: dict[str, Any]) -> Outcome:
    return failed(
        f"{summary}: the path of the authorization server is wrong",
        remedy=Remedy(
            summary="Give the authorization server as HaloPSA shows it, with a slash at its end",
            steps=(
                "In HaloPSA open Configuration > Integrations > HaloPSA API and read the Authorization Server.",
                "The address below tells it too, as auth_url.",
                "On-premise it usually is https://your-host/auth/, without the word token at its end.",
                *_swapped(target),
                "If the URL is right, see in IIS Manager that the site has an application named auth.",
            ),
            commands=(Command("url", f"{target.resource.used}/InstanceInfo"),),
            verify="Run the diagnosis again with the right URL: this check passes.",
        ),
        **evidence,
    )


def _swapped(target: Target) -> tuple[str, ...]:
    last = target.auth.path.rstrip("/").rpartition("/")[2].casefold()
    if last == "api":
        return ("This one ends in /api, as a resource server does: the two URLs may be swapped.",)
    if last == "token":
        return ("This one ends in /token: leave that word away, the integrator adds it.",)
    return ()


def _application_down(
    summary: str, instance: InstanceInfo | Unavailable, evidence: dict[str, Any], also: tuple[str, ...] = ()
) -> Outcome:
    api = _what_the_api_did(instance)
    return failed(
        f"{summary}; {api}",
        owner=Owner.WINDOWS_ADMIN,
        remedy=Remedy(
            summary="Start the application pool of HaloPSA's authorization application",
            steps=(
                "On the HaloPSA server open IIS Manager > Application Pools. /auth and /api have pools of their own.",
                "Start the pool of /auth. If it stops again, see Event Viewer > Windows Logs > Application.",
                (
                    "After an upgrade: see that the .NET Hosting Bundle of this HaloPSA version is installed and that"
                    " upgrader.exe was run to its end."
                ),
                *also,
            ),
            commands=(
                Command("powershell", "Import-Module WebAdministration; Get-ChildItem IIS:\\AppPools"),
                Command(
                    "powershell",
                    "Get-WinEvent -LogName Application -MaxEvents 50 | Where-Object LevelDisplayName -eq Error",
                ),
            ),
            verify="Run the diagnosis again: the token endpoint answers.",
        ),
        **evidence,
        resource_server=api,
    )


def _what_the_api_did(instance: InstanceInfo | Unavailable) -> str:
    if isinstance(instance, Unavailable):
        return "what the API does is not known"
    if instance.readable:
        return f"the API answers (version {instance.app_version})"
    if instance.answer.answered:
        return f"the API answers with status {instance.answer.status}"
    return "the API does not answer either"


def _redirected(answer: Answer, evidence: dict[str, Any]) -> Outcome:
    kind = redirect_class(answer)
    there = destination(answer)
    return failed(
        f"the token endpoint redirects ({answer.status}) {REDIRECTS[kind]}",
        owner=Owner.WINDOWS_ADMIN,
        remedy=Remedy(
            summary="Make the token endpoint answer itself, without a redirect",
            steps=(
                (
                    "On the HaloPSA server open IIS Manager > the site > URL Rewrite and HTTP Redirect, and find the"
                    f" rule that leads to {there}"
                ),
                "Exclude /auth and /api from it (rules that add a slash, change case, or lead to another host).",
                "If a proxy or load balancer is in front, look for the rule there too.",
                "If the address it leads to is the right one, give that as the authorization server.",
            ),
            commands=_asking(answer.url),
            verify="Run the diagnosis again: this check passes."
            + (" The command then shows status 400 or 401 and no Location line." if _asking(answer.url) else ""),
        ),
        **evidence,
        redirect=kind,
        redirects_to=there,
    )


def _asking(url: str) -> tuple[Command, ...]:
    """Return how to ask the endpoint: with a body, for IIS refuses a POST without a length (411); for harmless URLs."""
    if not _PLAIN_URL.fullmatch(url):
        return ()
    said = f"-d grant_type=client_credentials {url}"
    return (
        Command("powershell", f"curl.exe -sSk -o NUL -D - {said}"),
        Command("sh", f"curl -sSk -o /dev/null -D - {said}"),
    )


def _log_in_first(evidence: dict[str, Any]) -> Outcome:
    return failed(
        "something in front of the token endpoint asks for a log-in of its own (status 401)",
        owner=Owner.WINDOWS_ADMIN,
        remedy=Remedy(
            summary="Let the token endpoint be reached without a Windows or proxy log-in",
            steps=(
                (
                    "In IIS Manager select the application auth > Authentication: enable Anonymous Authentication,"
                    " disable Windows and Basic Authentication."
                ),
                "If a proxy in front asks for the log-in, exclude /auth and /api there.",
            ),
            verify="Run the diagnosis again: the token endpoint answers with an OAuth error of its own.",
        ),
        **evidence,
    )


def _sees_plain_http(evidence: dict[str, Any]) -> Outcome:
    return failed(
        "the token endpoint believes that it was asked without encryption, and refuses every token for it",
        owner=Owner.NETWORK_ADMIN,
        remedy=Remedy(
            summary="Let the proxy that ends the encryption tell HaloPSA that the request came by https",
            steps=(
                "On the proxy or load balancer add the header X-Forwarded-Proto: https to requests for HaloPSA.",
                "Or let it speak https to IIS as well.",
            ),
            verify="Run the diagnosis again: the refusal (ID2083) is gone.",
        ),
        **evidence,
    )
