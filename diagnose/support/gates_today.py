"""Whose page was it, by today's table of signatures? Asked of what a report keeps of an answer: headers, title, text.

A kept answer is less than what came: its markup and its cookies are gone. So today's table adds what nobody
knew, and corrects what it now knows better; that it finds less than the run did means nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.facts.http import Answer, Gate
from diagnose.signatures import classify, table


def by_todays_table(value: Any) -> Any:  # noqa: ANN401 - any fact, and whatever is in it
    """Return the value with the gate of every answer in it as today's table has it."""
    if isinstance(value, Answer):
        gate = gate_of(value)
        return value if gate == value.gate else msgspec.structs.replace(value, gate=gate)
    if isinstance(value, msgspec.Struct):
        found = {
            name: (getattr(value, name), by_todays_table(getattr(value, name))) for name in value.__struct_fields__
        }
        changed = {name: after for name, (before, after) in found.items() if after is not before}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, tuple):
        items = tuple(by_todays_table(item) for item in value)
        return items if any(after is not before for before, after in zip(value, items, strict=True)) else value
    return value


def gate_of(answer: Answer) -> Gate | None:
    """Return whose page this answer is."""
    if answer.status is None or answer.kind == "json":
        return answer.gate
    found = classify(answer.status, answer.headers, _kept(answer))
    if answer.gate is None:
        return found
    places = {signature.id: place for place, signature in reversed(tuple(enumerate(table())))}
    if found is not None and answer.gate.id in places and places[found.id] < places[answer.gate.id]:
        return found
    return _as_it_is_called_today(answer.gate)


def _kept(answer: Answer) -> bytes:
    if answer.kind == "html":
        return f"<title>{answer.title}</title> {answer.text}".encode(errors="replace")
    return answer.text.encode(errors="replace")


def _as_it_is_called_today(gate: Gate) -> Gate:
    rows = [Gate(row.id, row.product, row.kind, row.state) for row in table() if row.id == gate.id]
    return gate if gate in rows or not rows else rows[0]
