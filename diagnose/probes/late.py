"""Tells a server that does not answer from a run whose time was used up: only the former says something about it."""

from __future__ import annotations

from diagnose.fact import Unavailable
from diagnose.facts.http import Answer
from diagnose.outcome import Code
from diagnose.probes.network import Network


def out_of_time(answer: Answer, network: Network) -> Unavailable | None:
    """Return why the answer says nothing, where the run ended before the server's own time was up."""
    if answer.outcome in {"timeout", "not_sent"} and network.remaining() <= 0:
        return Unavailable(Code.TIMEOUT, "the time given to the whole run (--timeout) was used up")
    return None
