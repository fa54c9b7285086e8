"""What one exchange brings: a `Reply`, or an `ExchangeError` that says why there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from diagnose.probes.exchange import Response

Trouble = Literal["reset", "closed", "malformed", "too_large", "tls_failed"]


class Reply(NamedTuple):
    """What came back. `body` is as it came, never unpacked; `whole` is False where it went past the limit."""

    response: Response
    body: bytes
    whole: bool = True


class ExchangeError(Exception):
    """No reply. `nothing_came`: not one byte of one; then a line that was idle may simply have been closed."""

    def __init__(self, outcome: Trouble, detail: str, *, nothing_came: bool) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.nothing_came = nothing_came
