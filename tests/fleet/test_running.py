"""The pool: what is given up by itself ends the fleet as an interruption, what is done does not."""

from __future__ import annotations

import asyncio

import pytest

from diagnose.fleet.running import Pool


def pooled(answers: dict[str, str | None], *, fails: bool = False) -> tuple[bool, list[str]]:
    """Carry these targets through, one at a time; return whether it was interrupted, and what was finished."""
    finished: list[str] = []

    async def look(target: str) -> str | None:
        await asyncio.sleep(0)
        return answers[target]

    async def finish(target: str, result: str) -> None:
        if fails:
            raise BrokenPipeError
        finished.append(f"{target} {result}")

    pool = Pool(look, finish)
    asyncio.run(pool.run(answers, 1))
    return pool.interrupted, finished


def test_a_target_that_was_given_up_is_an_interruption_of_all() -> None:
    """Ctrl-C while facts are judged is remembered by whoever judges, and must not be lost."""
    assert pooled({"a": "done", "b": None, "c": "done"}) == (True, ["a done"])


def test_targets_that_are_done_are_none() -> None:
    assert pooled({"a": "done", "b": "done"}) == (False, ["a done", "b done"])


def test_where_nothing_can_be_told_whoever_asked_is_told() -> None:
    with pytest.raises(BrokenPipeError):
        pooled({"a": "done"}, fails=True)


def test_a_target_that_comes_after_the_end_is_not_looked_at() -> None:
    async def late() -> list[str]:
        looked: list[str] = []

        async def look(target: str) -> str:
            looked.append(target)
            return target

        async def finish(_: str, __: str) -> None: ...

        pool = Pool(look, finish)
        await pool.one("early")
        await pool.stop([asyncio.create_task(pool.one("late"))])
        return looked

    assert asyncio.run(late()) == ["early"]
