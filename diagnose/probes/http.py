"""HTTP for the probes: one request, one `Answer`, whatever the server does.

Redirects are never followed. Which line a request takes, and on which a credential may leave, is told in `acquiring`.

A line that was idle may have been closed by the server in the meantime: where not one byte of an answer
came, the request is sent once more on a fresh line (RFC 9112, 9.3.1). That holds for the POST to the token
endpoint too: a token that was granted and never arrived harms nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from diagnose.credentials import Secrets
from diagnose.facts.channels import Channel
from diagnose.facts.clock import http_date
from diagnose.facts.http import Answer
from diagnose.probes.acquiring import Acquiring, Contexts, Errand, NoLineError
from diagnose.probes.answers import KEPT_HEADERS
from diagnose.probes.network import Network
from diagnose.probes.replies import ExchangeError
from diagnose.probes.sending import Sending, send
from diagnose.probes.strictjson import NotJson, strict_json

__all__ = ["KEPT_HEADERS", "Http", "NotJson", "strict_json"]

LONGEST_PAUSE = 10.0
"""Seconds a 429 is honoured for; where it asks for more, asking again sooner would be in vain."""
USUAL_PAUSE = 2.0
"""Seconds where a 429 names none."""
TOO_MANY_REQUESTS = 429


class Http:
    """Requests to the target, over the run's few lines and within its budget."""

    def __init__(self, network: Network, roots: Contexts, secrets: Secrets) -> None:
        self._network = network
        self._secrets = secrets
        self._acquiring = Acquiring(network, roots)

    async def ask(  # noqa: PLR0913 - one request has as many sides
        self,
        method: str,
        url: str,
        *,
        channel: Channel,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        optional: bool = False,
        raw: bool = False,
        urgent: bool = False,
        timeout: float = 15.0,  # noqa: ASYNC109 - the deadline of the exchange, kept here
    ) -> tuple[Answer, bytes]:
        """Send one request and return the answer and its body; never raises for what the network does.

        With `raw` the body still holds what the server echoed: a token is read out of it. `urgent` is what others
        wait for.
        ValueError for a credential on a channel that is not verified: a mistake of the program's own.
        """
        secret = bearer is not None or any(value in self._secrets.values for value in (form or {}).values())
        if secret and not channel.verified:
            raise ValueError("a credential may only be sent over a verified channel")
        asked = Answer(
            method,
            self._secrets.redact(url),
            "not_sent",
            address=channel.address,
            channel="verified" if channel.verified else "unverified",
        )
        from diagnose.probes.exchange import request_for  # noqa: PLC0415 - httpx is imported while sockets wait

        try:
            request = request_for(method, url, form, bearer)
        except ValueError as error:
            return msgspec.structs.replace(asked, detail=str(error)), b""
        errand = Errand(request, channel, secret=secret, optional=optional, raw=raw, urgent=urgent)
        answer, body = await self._within(timeout, errand, asked)
        pause = pause_for(answer)
        if pause is None:
            return answer, body
        if pause > LONGEST_PAUSE or pause >= self._network.remaining():
            return msgspec.structs.replace(answer, detail=_too_long(pause)), body
        self._network.pace.quiet(pause)
        return await self._within(timeout + pause, errand, asked)

    async def _within(self, seconds: float, errand: Errand, asked: Answer) -> tuple[Answer, bytes]:
        sending = Sending(asked, raw=errand.raw)
        try:
            async with asyncio.timeout_at(self._network.until(seconds)):
                return await self._carry(errand, sending)
        except TimeoutError:
            return sending.failed("timeout", f"no complete answer within {seconds:.0f} s"), b""
        except NoLineError as error:
            return sending.failed(error.outcome, error.detail), b""
        except ExchangeError as error:
            return sending.failed(error.outcome, error.detail), b""

    async def _carry(self, errand: Errand, sending: Sending) -> tuple[Answer, bytes]:
        line = await self._acquiring.line(errand)
        was_idle = line.waited
        try:
            return await send(self._network, line, errand.request, sending, self._secrets, optional=errand.optional)
        except ExchangeError as error:
            if not (was_idle and error.nothing_came and error.outcome in {"closed", "reset"}):
                raise
        line = await self._acquiring.open(errand.channel)
        return await send(self._network, line, errand.request, sending, self._secrets, optional=errand.optional)


def pause_for(answer: Answer) -> float | None:
    """Return the seconds that a 429 asks to wait before the one repetition; None where there was no 429."""
    if not answer.answered or answer.status != TOO_MANY_REQUESTS:
        return None
    text = answer.headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    moment = http_date(text)
    if moment is None:
        return USUAL_PAUSE
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _too_long(pause: float) -> str:
    return f"it asks to be left alone for {pause:.0f} s, so it was not asked again"
