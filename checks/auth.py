"""The token: granted or not, with which permissions, and whether the tenant suits the deployment."""

from __future__ import annotations

from typing import Any

from checks.answers import NOT_AN_ANSWER, SERVER_ERROR, latest, not_halo, seen
from checks.token_errors import SCREEN, explain
from diagnose import (
    Code,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    blocked,
    check,
    failed,
    passed,
    skipped,
    unknown,
    warned,
)
from diagnose.facts.halo import AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.run import Settings, Target
from diagnose.facts.tokens import OAuthAnswer, TokenGrant
from diagnose.halo.scopes import (
    ALL,
    Scopes,
    about_scope,
    granted_anything,
    holds_all,
    nothing_granted,
    refused,
    sort,
    unknown_refused,
)
from diagnose.profile import Profile
from diagnose.target import NOT_SET

WHAT = "the token endpoint"


@check("auth.token", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def the_token_endpoint_grants_a_token(grant: TokenGrant) -> Outcome:
    """The token endpoint grants a token to these credentials.

    It is asked for exactly the permissions the integrator asks for.
    """
    best = grant.best
    evidence = _said(best)
    if nothing_granted(grant):
        return blocked(
            "auth.all-permission" if holds_all(grant) else "auth.scopes",
            "none of the permissions asked for is granted",
            **evidence,
        )
    if best.granted:
        return passed("a token was granted", **evidence, expires_in=best.expires_in)
    other = _other_cause(grant)
    if other is not None:
        return blocked(other, "no token was granted with the permissions asked for", **evidence)
    first = grant.first
    if first.oauth:
        refusal = explain(first)
        return failed(refusal.summary, remedy=refusal.remedy, owner=refusal.owner, **evidence)
    return not_halo(first.answer, WHAT) or _no_oauth(first, evidence)


def _other_cause(grant: TokenGrant) -> str | None:
    """Return the check that tells why nothing was granted, where it is a matter of permissions."""
    scopes = sort(grant)
    if holds_all(grant) and not scopes.granted:
        return "auth.all-permission"
    if scopes.missing or (about_scope(grant.first) and scopes.open):
        return "auth.scopes"
    return None


def _said(answer: OAuthAnswer) -> dict[str, Any]:
    """Return the evidence that every outcome of these checks holds."""
    return seen(answer.answer) | {
        "error": answer.error or None,
        "error_id": answer.error_id or None,
        "error_description": answer.error_description or None,
    }


def _no_oauth(first: OAuthAnswer, evidence: dict[str, Any]) -> Outcome:
    answer = first.answer
    if not answer.answered:
        refusal = explain(first)
        said = NOT_AN_ANSWER.get(answer.outcome, "did not answer")
        return failed(
            f"{WHAT} answered a made-up client, but {said} when asked with these credentials",
            remedy=refusal.remedy,
            owner=Owner.WINDOWS_ADMIN,
            **evidence,
        )
    if (answer.status or 0) >= SERVER_ERROR:
        refusal = explain(first)
        return failed(refusal.summary, remedy=refusal.remedy, owner=refusal.owner, **evidence)
    return unknown(
        Code.UNEXPECTED_RESPONSE,
        f"{WHAT} answered with something that is no token (status {answer.status})",
        **evidence,
    )


@check("auth.scopes", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def every_scope_is_granted(grant: TokenGrant, profile: Profile) -> Outcome:
    """Every one of the integrator's scopes is granted.

    Where the whole request is refused, each permission was asked for on its own, to find the missing ones.
    """
    scopes = sort(grant)
    evidence: dict[str, Any] = {
        "requested": list(scopes.requested),
        "granted": list(scopes.granted),
        "missing": list(scopes.missing),
    }
    if scopes.open:
        evidence["not_known"] = list(scopes.open)
    if not scopes.granted and holds_all(grant):
        return blocked("auth.all-permission", "with `all` ticked, nothing else can be asked for", **evidence)
    if scopes.missing:
        return failed(
            f"not granted: {', '.join(scopes.missing)}",
            remedy=_tick(scopes, profile),
            **evidence,
            **_said(_refusal(grant)),
        )
    if len(scopes.granted) == len(scopes.requested) and grant.best.granted:
        confirmed = "named by HaloPSA" if grant.best.named_scopes is not None else "an unknown one is refused"
        return passed(f"all {len(scopes.granted)} permissions are granted ({confirmed})", **evidence)
    return _scopes_open(grant, evidence)


def _scopes_open(grant: TokenGrant, evidence: dict[str, Any]) -> Outcome:
    if unknown_refused(grant) is False:
        return unknown(
            Code.NOT_PROVABLE_HERE,
            "this HaloPSA grants any permission, even one that cannot exist, and does not name those it grants",
            **evidence,
        )
    if not granted_anything(grant) and not about_scope(grant.first):
        return blocked("auth.token", "no token was granted, so nothing is known about its permissions", **evidence)
    if "not_known" not in evidence:
        return blocked("auth.token", "each permission is granted alone, but not all together", **evidence)
    pending = grant.unknown_scope or grant.first
    gate = not_halo(pending.answer, WHAT)
    summary = gate.summary if gate else f"some requests had no usable answer ({pending.answer.outcome})"
    return unknown(Code.UNEXPECTED_RESPONSE, summary, **evidence)


def _refusal(grant: TokenGrant) -> OAuthAnswer:
    """Return the refusal to show: the first of a scope alone, or that of the whole request."""
    return next((trial for trial in grant.trials if refused(trial)), grant.first)


def _tick(scopes: Scopes, profile: Profile) -> Remedy:
    return Remedy(
        summary=f"Tick the missing permissions: {', '.join(scopes.missing)}",
        steps=(
            f"In HaloPSA open {SCREEN} and the application of {profile.integrator}, tab Permissions.",
            f"Tick {', '.join(scopes.missing)}",
            "Leave `all` unticked." if profile.forbids_all else "Save keeps the others as they are.",
            "Save. A token from before does not change, so a new one is needed: reconnect the integrator.",
        ),
        verify="Run the diagnosis again: every permission is granted.",
    )


@check("auth.all-permission", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def the_application_does_not_hold_all(grant: TokenGrant, profile: Profile) -> Outcome:
    """The application does not hold the `all` permission.

    With `all` ticked, HaloPSA refuses the single permissions the integrator asks for.
    """
    if not profile.forbids_all or grant.everything is None:
        return skipped(Code.NOT_APPLICABLE, f"{profile.integrator} does not mind the `all` permission")
    evidence = _said(grant.everything) | {"named": list(grant.everything.named_scopes or ())}
    held = holds_all(grant)
    if held:
        return failed("the application holds the `all` permission", remedy=_untick(profile), **evidence)
    if held is False:
        return passed("`all` is not granted to the application", **evidence)
    if grant.everything.granted:
        return unknown(
            Code.NOT_PROVABLE_HERE,
            f"a token is granted for {ALL!r}, but this HaloPSA does not name what it grants",
            **evidence,
        )
    if not granted_anything(grant) and not about_scope(grant.first):
        return blocked("auth.token", "no token is granted at all", **evidence)
    return not_halo(grant.everything.answer, WHAT) or _all_open(grant.everything, evidence)


def _all_open(everything: OAuthAnswer, evidence: dict[str, Any]) -> Outcome:
    answer = everything.answer
    if answer.answered:
        said = f"status {answer.status}"
        return unknown(Code.UNEXPECTED_RESPONSE, f"the request for `all` had no usable answer: {said}", **evidence)
    return unknown(Code.TIMEOUT, f"{WHAT} {NOT_AN_ANSWER.get(answer.outcome, 'did not answer')}", **evidence)


def _untick(profile: Profile) -> Remedy:
    return Remedy(
        summary="Untick `all` and tick exactly the permissions the integrator names",
        steps=(
            f"In HaloPSA open {SCREEN} and the application of {profile.integrator}, tab Permissions.",
            "Untick all. Tick: " + ", ".join(profile.scopes),
            "Save.",
        ),
        verify="Run the diagnosis again: `all` is refused, and every permission above is granted.",
        doc=profile.source,
    )


@check("auth.tenant", importance=Importance.RECOMMENDED, owner=Owner.OPERATOR)
def the_tenant_suits_the_deployment(
    target: Target,
    settings: Settings,
    profile: Profile,
    first: InstanceInfo | Unavailable,
    again: InstanceInfoWithToken | Unavailable,
    auth_info: AuthInfo | Unavailable,
) -> Outcome:
    """The tenant value suits the deployment.

    Only a HaloPSA hosted by Halo has a tenant. On-premise the integrator's field says `Not set`.
    """
    if settings.no_credentials:
        return skipped(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
    instance = None if isinstance(first, Unavailable) else latest(first, again)
    info = None if isinstance(auth_info, Unavailable) else auth_info
    if not (instance and instance.readable) and not (info and info.readable):
        return blocked("halo.answers", "Halo does not say whether it is hosted", tenant=target.tenant or "not set")
    reported = {_tenant(source.tenant_id) for source in (instance, info) if source} - {None}
    hosted = bool(reported) or bool(instance and instance.hosted_group)
    evidence = {
        "tenant": target.tenant or "not set",
        "deployment": "hosted by Halo" if hosted else "on-premise",
        "tenant_reported": sorted(str(name) for name in reported),
    }
    return _hosted(target, profile, reported, evidence) if hosted else _on_premise(target, profile, evidence)


def _tenant(reported: str | None) -> str | None:
    return None if reported is None or reported.casefold() == NOT_SET else reported


def _on_premise(target: Target, profile: Profile, evidence: dict[str, Any]) -> Outcome:
    if target.tenant is None:
        return passed("no tenant is sent, as an on-premise HaloPSA wants it", **evidence)
    return warned(
        "a tenant is sent, but this HaloPSA looks on-premise and needs none",
        remedy=Remedy(
            summary="Leave the tenant unset",
            steps=(
                f"In the field Tenant of {profile.integrator} {_unset(profile)}",
                "Here leave --tenant away.",
            ),
            verify="Run the diagnosis again without --tenant: this check passes.",
        ),
        **evidence,
    )


def _unset(profile: Profile) -> str:
    return "type: Not set" if profile.tenant == "not-set" else "leave everything away."


def _hosted(target: Target, profile: Profile, reported: set[str | None], evidence: dict[str, Any]) -> Outcome:
    name = next((str(name) for name in sorted(reported, key=str)), "")
    given = (target.tenant or "").casefold()
    if given and (not reported or given in {str(entry).casefold() for entry in reported}):
        return passed("the tenant is the one Halo reports", **evidence)
    return warned(
        f"this HaloPSA is hosted by Halo with the tenant {name or '(not reported)'}, and another or none was given",
        remedy=Remedy(
            summary="Give the tenant that HaloPSA shows",
            steps=(
                "In HaloPSA open Configuration > Integrations > HaloPSA API and read the Tenant.",
                f"Give it to {profile.integrator}, and here as --tenant.",
            ),
            verify="Run the diagnosis again with that tenant: this check passes.",
        ),
        **evidence,
    )
