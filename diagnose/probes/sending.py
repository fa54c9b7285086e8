"""One request on one line: counted, paced, timed, and the line put back or closed afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from diagnose.credentials import Secrets
from diagnose.facts.http import Answer
from diagnose.probes.answers import understood
from diagnose.probes.lines import Line
from diagnose.probes.network import Network
from diagnose.report import DECIMALS

if TYPE_CHECKING:
    from diagnose.probes.exchange import Request

NoAnswer = Literal["timeout", "reset", "closed", "malformed", "too_large", "tls_failed", "not_sent"]


class Sending:
    """How far one request has got, so that a deadline in the middle of it loses nothing."""

    def __init__(self, asked: Answer, *, raw: bool = False) -> None:
        self.asked = asked
        self.raw = raw
        """Whether the body is handed over with the secrets in it, for whoever reads a token out of it."""
        self._began = 0.0

    def leaves(self) -> None:
        """Note that the request leaves now."""
        self._began = asyncio.get_running_loop().time()
        self.asked = msgspec.structs.replace(self.asked, sent=datetime.now(UTC))

    def arrived(self) -> Answer:
        """Return the question with the seconds the answer took, as exactly as a report keeps them.

        Clocks are compared by them, and a saved report must give the same answer.
        """
        took = asyncio.get_running_loop().time() - self._began if self._began else 0.0
        return msgspec.structs.replace(self.asked, seconds=round(took, DECIMALS))

    def failed(self, outcome: NoAnswer, detail: str) -> Answer:
        """Return the answer that there was none."""
        return msgspec.structs.replace(self.arrived(), outcome=outcome, detail=detail)


async def send(
    network: Network, line: Line, request: Request, sending: Sending, secrets: Secrets, *, optional: bool = False
) -> tuple[Answer, bytes]:
    """Send the request on this line and return the answer; ExchangeError where none came."""
    from diagnose.probes.exchange import exchange  # noqa: PLC0415 - httpx is imported while sockets wait

    if not network.spend(line, optional=optional):
        network.lines.park(line)
        return sending.failed("not_sent", "the requests that one run may make were used up"), b""
    try:
        await network.pace.turn()
        sending.leaves()
        reply = await exchange(line, request)
    except BaseException:
        network.lines.close(line)
        raise
    if reply.whole and line.idle:
        network.lines.park(line)
    else:
        network.lines.used_up(line)
    answer, body = understood(reply, sending.arrived(), secrets)
    return answer, reply.body if sending.raw and body else body
