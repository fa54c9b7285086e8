"""What the resource server says about itself."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from diagnose.fact import Fact
from diagnose.facts.http import Answer


class InstanceInfo(Fact, frozen=True):
    """`GET <resource server>/InstanceInfo`, without a token, or inside InstanceInfoWithToken with it.

    Keys the tool does not need (agent counts, log-in times, database id) are never kept.
    """

    NAME: ClassVar[str] = "halo.instance"
    JUDGED_BY: ClassVar[str] = "halo.answers"
    answer: Answer
    with_token: bool = False
    """The answer came only with the token."""
    app_name: str | None = None
    app_version: str | None = None
    database_version: str | None = None
    auth_url: str | None = None
    tenant_id: str | None = None
    hosted_group: str | None = None
    readable: bool = False
    """The body was a JSON object with an `app_version`."""


class InstanceInfoWithToken(Fact, frozen=True):
    """The same question with the token, asked only where it was answered 401 without one (builds before 2.236)."""

    NAME: ClassVar[str] = "halo.instance_with_token"
    JUDGED_BY: ClassVar[str] = "halo.answers"
    info: InstanceInfo


class AuthInfo(Fact, frozen=True):
    """`GET <resource server>/AuthInfo`: never needs a token."""

    NAME: ClassVar[str] = "halo.auth_info"
    JUDGED_BY: ClassVar[str] = "halo.answers"
    answer: Answer
    auth_url: str | None = None
    tenant_id: str | None = None
    readable: bool = False
    """The body was a JSON object with an `auth_url` or a `tenant_id`."""


class AreaRead(msgspec.Struct, frozen=True):
    """One read of one record of one area."""

    area: str
    answer: Answer
    record_count: int | None = None
    """From the envelope; None where it could not be read."""
    readable: bool = False
    """The body was the area's envelope."""


class AreaReads(Fact, frozen=True):
    """The reads of the areas the profile needs, with the token."""

    NAME: ClassVar[str] = "api.reads"
    areas: tuple[AreaRead, ...]
    not_asked: tuple[str, ...] = ()
    """Areas whose scope was refused, so that nothing was asked."""

    def of(self, area: str) -> AreaRead | None:
        """The read of this area, or None where it was not asked."""
        for read in self.areas:
            if read.area == area:
                return read
        return None


class Agent(Fact, frozen=True):
    """`GET <resource server>/Agent/me` with the token: which agent the application logs in as."""

    NAME: ClassVar[str] = "api.agent"
    JUDGED_BY: ClassVar[str] = "api.agent"
    answer: Answer
    id: int | None = None
    name: str | None = None
    email: str | None = None
    """Masked, e.g. `g***@example.com`."""
