"""Which scopes were granted, refused or left open: one reading of the token answers for probes and checks.

An answer that names scopes is believed. One that names none counts only where a scope that cannot exist
was refused (RFC 6749, 5.1: `scope` may be left out if it is what was asked for). A refusal is about scopes
only where its error says so, or where another request with the same credentials was granted.
"""

from __future__ import annotations

import msgspec

from diagnose.facts.tokens import OAuthAnswer, TokenGrant

ABOUT_THE_CLIENT = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})
"""RFC 6749, 5.2: these errors speak of the client or the kind of grant, never of a scope."""

ABOUT_THE_REQUEST = frozenset(
    {"ID2029", "ID2032", "ID2055", "ID2057", "ID2064", "ID2082", "ID2083", "ID2084", "ID2087"}
)
"""OpenIddict's numbers (OpenIddictResources.resx, 3.1) that speak of the request or the client."""

SCOPE_NOT_ALLOWED = "ID2051"
"""OpenIddict: this client application is not allowed to use the specified scope."""

UNAUTHORIZED = 401

INVALID_SCOPE = "invalid_scope"

ALL = "all"


class Scopes(msgspec.Struct, frozen=True):
    """The profile's scopes, sorted by what became of them, in the order requested."""

    requested: tuple[str, ...]
    granted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    """Neither granted nor refused: no usable answer, or a server that grants unknown scopes too."""


def refused(answer: OAuthAnswer) -> bool:
    """An OAuth error, not a grant and not a page of something else."""
    return answer.oauth and not answer.granted and answer.answer.status in {400, 401, 403}


def about_client(answer: OAuthAnswer) -> bool:
    """The refusal is clearly about credentials, application or request, so asking for other scopes is no use."""
    if not refused(answer) or answer.error == INVALID_SCOPE:
        return False
    told = answer.error in ABOUT_THE_CLIENT or answer.error_id in ABOUT_THE_REQUEST
    return told or answer.answer.status == UNAUTHORIZED


def about_scope(answer: OAuthAnswer) -> bool:
    """The refusal names the scope by its error, its number or, before numbers, by error and words together."""
    if not refused(answer) or about_client(answer):
        return False
    if answer.error == INVALID_SCOPE or answer.error_id == SCOPE_NOT_ALLOWED:
        return True
    return answer.error == "invalid_request" and not answer.error_id and "scope" in answer.error_description.lower()


def unknown_refused(grant: TokenGrant) -> bool | None:
    """Whether a scope that cannot exist was refused; None where that was not asked or not answered."""
    answer = grant.unknown_scope
    if answer is None:
        return None
    if answer.granted:
        said = answer.named_scopes
        return False if said is None else not set(answer.requested) & set(said)
    return True if refused(answer) else None


def named(answer: OAuthAnswer, grant: TokenGrant) -> tuple[str, ...] | None:
    """Return the scopes that this answer grants, by name or by what its silence means; None where that is open."""
    if not answer.granted or answer.named_scopes is not None:
        return answer.named_scopes
    if unknown_refused(grant):
        return answer.requested
    return () if silence_is_nothing(_answers(grant)) else None


def silence_is_nothing(answers: tuple[OAuthAnswer, ...]) -> bool:
    """Whether this server leaves `scope` out where it granted none (npm's oidc-provider does, measured 2026-11).

    RFC 6749, 5.1 lets a server leave it out only where it granted what was asked for. One that names its scopes
    even there means something else by silence; so does one that is silent about what it left out elsewhere.
    """
    granted = [answer for answer in answers if answer.granted]
    naming = [(set(answer.requested), set(answer.scope)) for answer in granted if answer.scope]
    left_out = {scope for requested, scopes in naming for scope in requested - scopes}
    return any(requested == scopes for requested, scopes in naming) or any(
        answer.named_scopes is None and left_out.issuperset(answer.requested) for answer in granted
    )


def holds_all(grant: TokenGrant) -> bool | None:
    """Whether the application holds `all`; None where it cannot be said."""
    if any(answer.granted and ALL in (answer.named_scopes or ()) for answer in _answers(grant)):
        return True
    answer = grant.everything
    if answer is None:
        return None
    if answer.granted:
        said = named(answer, grant)
        return None if said is None else ALL in said
    return False if about_scope(answer) or (refused(answer) and granted_anything(grant)) else None


def granted_anything(grant: TokenGrant) -> bool:
    """Any request but the one for `all` was granted."""
    return any(answer.granted for answer in _answers(grant) if answer is not grant.everything)


def nothing_granted(grant: TokenGrant) -> bool:
    """Every scope was refused; a token that holds none is as good as no token (401 on every call)."""
    return len(sort(grant).missing) == len(grant.first.requested)


def sort(grant: TokenGrant) -> Scopes:
    """Return what became of each requested scope."""
    requested = grant.first.requested
    states = {scope: _state(scope, grant) for scope in requested}

    def those(state: bool | None) -> tuple[str, ...]:
        return tuple(scope for scope in requested if states[scope] is state)

    return Scopes(requested, those(True), those(False), those(None))


def _state(scope: str, grant: TokenGrant) -> bool | None:
    """True granted, False refused, None open. A trial of the scope alone is the better evidence for a yes."""
    trial = next((answer for answer in grant.trials if answer.requested == (scope,)), None)
    states = [_granted_in(scope, answer, grant) for answer in (trial, grant.first) if answer is not None]
    return True if True in states else False if False in states else None


def _granted_in(scope: str, answer: OAuthAnswer, grant: TokenGrant) -> bool | None:
    if answer.granted:
        said = named(answer, grant)
        return None if said is None else scope in said or ALL in said
    if len(answer.requested) > 1:
        return None  # a refusal of several scopes says nothing about one of them
    if about_scope(answer):
        return False
    decided = refused(answer) and not about_client(answer) and granted_anything(grant)
    return False if decided else None


def _answers(grant: TokenGrant) -> tuple[OAuthAnswer, ...]:
    given = (grant.first, *grant.trials, grant.remaining, grant.unknown_scope, grant.everything)
    return tuple(answer for answer in given if answer is not None)
