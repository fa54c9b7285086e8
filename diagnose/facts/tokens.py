"""The authorization server: its endpoint found without a secret, and what it grants with one."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from diagnose.fact import Fact
from diagnose.facts.http import Answer


class OAuthAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer of a token endpoint (RFC 6749, 5.1 and 5.2), without the token."""

    answer: Answer
    requested: tuple[str, ...] = ()
    granted: bool = False
    """Status 200 and an `access_token`."""
    oauth: bool = False
    """A JSON object with `access_token` or `error`: an OAuth endpoint wrote it."""
    error: str = ""
    error_id: str = ""
    """OpenIddict's number from `error_uri`, e.g. `ID2055`; empty before 3.x."""
    error_description: str = ""
    scope: tuple[str, ...] | None = None
    """The scopes the answer names; None where it names none."""
    claimed_scope: tuple[str, ...] | None = None
    """The scopes named inside a token that can be read (a three-part JWT); a hint."""
    expires_in: int | None = None

    @property
    def named_scopes(self) -> tuple[str, ...] | None:
        """The scopes the answer, or else the readable token, names."""
        return self.scope if self.scope is not None else self.claimed_scope


class TokenEndpoint(Fact, frozen=True):
    """What stands at the joined token URL, asked with a made-up client."""

    NAME: ClassVar[str] = "auth.endpoint"
    JUDGED_BY: ClassVar[str] = "url.auth-endpoint"
    url: str
    marker: OAuthAnswer
    """POST with a random client id and secret."""
    origin_control: OAuthAnswer | None = None
    """GET of `token` at the origin, where that is another place: must not be an OAuth endpoint."""
    sibling_control: OAuthAnswer | None = None
    """GET of a random name beside `token`: must not be an OAuth endpoint."""
    double_slash: OAuthAnswer | None = None
    """GET of `<auth>//token`: tolerated or not (optional)."""

    @property
    def found(self) -> bool:
        """An OAuth token endpoint wrote the answer: its JSON with 400 or 401, or a grant (RFC 6749, 5.2)."""
        return self.marker.oauth and (self.marker.granted or self.marker.answer.status in {400, 401})

    @property
    def sees_plain_http(self) -> bool:
        """The application was told that the request came by http: OpenIddict's ID2083 on an https URL."""
        return self.marker.error_id == "ID2083"


class TokenGrant(Fact, frozen=True):
    """The token request with exactly the profile's scopes."""

    NAME: ClassVar[str] = "auth.grant"
    JUDGED_BY: ClassVar[str] = "auth.token"
    first: OAuthAnswer
    trials: tuple[OAuthAnswer, ...] = ()
    """Each scope on its own, asked only where the first was refused for its scopes or named fewer."""
    remaining: OAuthAnswer | None = None
    """The request for those scopes that were granted alone."""
    unknown_scope: OAuthAnswer | None = None
    """A scope that cannot exist, asked where an answer named no scopes."""
    everything: OAuthAnswer | None = None
    """`scope=all`."""
    sent_tenant: str | None = None

    @property
    def best(self) -> OAuthAnswer:
        """The answer that granted the token in use, else the first refusal."""
        return self.remaining if self.remaining is not None and self.remaining.granted else self.first
