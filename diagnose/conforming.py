"""What every check must hold to, whoever wrote it, as trials: one subject, one claim, one function that raises.

The facts are made from their types (`diagnose.examples`): ordinary ones, empty ones, extremes, and text that is made
to hurt. No check may raise, hesitate, differ from one call to the next, reach for the outside, or leave its reader
without evidence, reason or remedy.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, NamedTuple

import msgspec

from diagnose import examples, plugins, registry
from diagnose.converting import convert
from diagnose.declared import BUNDLED, Check
from diagnose.errors import UsageError
from diagnose.fact import Derived, Fact, Probe, Unavailable
from diagnose.halo import versions
from diagnose.outcome import SKIPS, Code, Outcome, Status
from diagnose.runner import judge
from diagnose.text import harmless
from diagnose.threads import within

EXAMPLES = 25
"""Of each flavour, for each check."""
PATIENCE = 5.0
"""Seconds for all examples of one flavour; a check needs a thousandth for each."""
LONGEST_TITLE = 120
GIVEN: Mapping[type, Callable[[], Any]] = {versions.Releases: versions.load}
"""What a run brings along that is no fact."""

_OUTSIDE = ("open", "os.", "shutil.", "socket.", "subprocess.", "urllib.", "http.", "builtins.input", "webbrowser.")
_watched: list[list[str]] = []


class BrokenError(AssertionError):
    """A claim that does not hold, in one sentence."""


class Trial(NamedTuple):
    """One claim about one subject; `hold` raises where it does not hold."""

    subject: str
    claim: str
    hold: Callable[[], None]


def trials(name_or_file: str) -> tuple[Trial, ...]:
    """Return the trials of a plug-in; UsageError or DeclarationError where it cannot be had."""
    checks, probes = _of(name_or_file)
    ids = {check.id for check in registry.load(plugins=False, probes=False).checks} | {each.id for each in checks}
    found = itertools.chain(
        *(_of_check(check, ids) for check in checks),
        *(_of_fact(probe) for probe in probes if probe.stored),
        *(_of_derivation(probe) for probe in probes if not probe.stored),
    )
    return tuple(found)


def _of(name_or_file: str) -> tuple[tuple[Check, ...], tuple[Probe, ...]]:
    if name_or_file == BUNDLED:
        return registry.load(plugins=False, probes=False).checks, ()
    if name_or_file.endswith(".py"):
        source, found = (
            name_or_file.replace("\\", "/").rpartition("/")[2],
            registry.load(plugins=False, files=(name_or_file,)),
        )
    else:
        source, found = name_or_file, registry.load()
    errors = plugins.failures(found.plugins)
    if source in errors:
        raise UsageError(errors[source])
    checks = tuple(check for check in found.checks if check.source == source)
    probes = tuple(probe for probe in found.probes if probe.source == source)
    if not checks and not probes:
        raise UsageError("no installed distribution of that name has checks; or name a file that ends in .py")
    return checks, probes


def _of_check(check: Check, ids: set[str]) -> Iterator[Trial]:
    yield Trial(check.id, "says what it asks, why, and who mends it", lambda: _metadata(check, ids))
    yield Trial(check.id, "answers where facts are missing", lambda: _in_time(lambda: _missing(check)))
    for flavour in examples.FLAVOURS:
        yield Trial(check.id, f"answers {flavour} facts", lambda each=flavour: _in_time(lambda: _asked(check, each)))  # type: ignore[misc]
    yield Trial(check.id, "touches nothing outside", lambda: _in_time(lambda: _outside(check)))


def _metadata(check: Check, ids: set[str]) -> None:
    title = check.title
    _must(title[-1] == "." and title[:-1].strip() != "", f"the title is no sentence with a full stop: {title!r}")
    _must(title[0].isupper() or not title[0].isalpha(), f"the title begins without a capital: {title!r}")
    _must(len(title) <= LONGEST_TITLE, f"the title has {len(title)} characters, more than {LONGEST_TITLE}")
    _must(bool(check.needs), "it asks for no fact, so it can observe nothing")
    unknown = [other for other in check.explained_by if other not in ids]
    _must(not unknown, f"explained_by names checks that do not exist: {', '.join(unknown)}")
    for need in check.needs:
        given = need.type in GIVEN or issubclass(need.type, Fact | Derived)
        _must(given, f"{need.name}: {need.type.__name__} is neither a Fact nor a Derived")


def _missing(check: Check) -> None:
    """Take away one fact after the other, for every reason, with and without a check to blame."""
    for need in check.needs:
        for code in Code:
            for blame in ((), ("net.reachable",), (check.id,)):
                facts = _facts(check, "ordinary", 0) | {need.name: Unavailable(code, "as a trial", blame)}
                what = f"without {need.type.__name__} ({code.value})"
                outcome = _judged(check, {each.type: facts[each.name] for each in check.needs}, what)
                _sound(outcome, check, what)
                _must(
                    outcome.status is not Status.PASS or need.tolerant,
                    f"{what} it passes, although what it needs was not observed",
                )


def _judged(check: Check, values: Mapping[type, Any], what: str) -> Outcome:
    bare = msgspec.structs.replace(check, source="")
    outcome = judge(bare, values)
    crashed = outcome.reason is not None and outcome.reason.code is Code.INTERNAL_ERROR
    told = any(isinstance(each, Unavailable) and each.code is Code.INTERNAL_ERROR for each in values.values())
    _must(not crashed or told, f"{what}: {outcome.summary}")
    return outcome


def _in_time(hold: Callable[[], None]) -> None:
    try:
        within(PATIENCE, hold)
    except TimeoutError as error:
        raise BrokenError(f"its examples take longer than {PATIENCE:.0f} s") from error


def _asked(check: Check, flavour: examples.Flavour) -> None:
    for number in range(EXAMPLES):
        facts, again = _facts(check, flavour, number), _facts(check, flavour, number)
        what = f"{flavour} example {number}"
        outcome = _called(check, facts, what)
        _sound(outcome, check, what)
        _must(facts == again, f"{what}: it changed the facts")
        _must(outcome == _called(check, again, what), f"{what}: the same facts give another outcome the second time")


def _called(check: Check, facts: Mapping[str, Any], what: str) -> Outcome:
    try:
        return check.function(**facts)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        raise BrokenError(f"{check.id}: {what}: it raises {type(error).__name__}: {error}") from error


def _facts(check: Check, flavour: examples.Flavour, number: int) -> dict[str, Any]:
    return {need.name: _fact(need.type, flavour, number) for need in check.needs}


def _fact(kind: type, flavour: examples.Flavour, number: int) -> Any:  # noqa: ANN401 - a fact
    if kind in GIVEN:
        return GIVEN[kind]()
    try:
        return examples.example(kind, flavour, number)
    except TypeError as error:
        raise BrokenError(f"{kind.__name__}: {error}") from error


def _sound(outcome: object, check: Check, what: str) -> None:
    """Hold one outcome to what every reader of a report may expect."""
    if not isinstance(outcome, Outcome):
        raise BrokenError(f"{check.id}: {what}: it returns {type(outcome).__name__}, not an Outcome")
    status = outcome.status
    said = f"{what}: {status.value} ({outcome.summary[:80]})"
    _must(bool(outcome.summary.strip()), f"{said} without a summary")
    _must(bool(outcome.evidence) or status not in {Status.PASS, Status.FAIL}, f"{said} without evidence")
    _must(outcome.remedy is not None or status is not Status.FAIL, f"{said} without a remedy")
    _must(outcome.remedy is None or bool(outcome.remedy.summary.strip()), f"{said} with a remedy that says nothing")
    code = outcome.reason.code if outcome.reason is not None else None
    fits = {Status.UNKNOWN: code is not None and code not in SKIPS, Status.SKIP: code in SKIPS}
    _must(fits.get(status, code is None), f"{said} with the reason {code}")
    _must(_visible(outcome.summary), f"{said}: foreign text in the summary was not made harmless")
    _must(_visible(outcome.evidence), f"{said}: foreign text in the evidence was not made harmless")
    json.dumps(msgspec.to_builtins(outcome, str_keys=True))


def _visible(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether no character in here moves a cursor or hides."""
    if isinstance(value, str):
        return value == harmless(value, longest=sys.maxsize)
    if isinstance(value, dict):
        return all(_visible(each) for pair in value.items() for each in pair)
    return all(map(_visible, value)) if isinstance(value, list | tuple) else True


def _outside(check: Check) -> None:
    for flavour, number in itertools.product(examples.FLAVOURS, range(EXAMPLES // 4)):
        facts = _facts(check, flavour, number)
        touched = _watch(lambda facts=facts: check.function(**facts))  # type: ignore[misc]
        _must(not touched, f"{check.id} reaches outside: {', '.join(dict.fromkeys(touched))}")


def _watch(act: Callable[[], object]) -> list[str]:
    """Return the audit events (PEP 578) of what leaves the process while `act` runs; imports do not count."""
    if not _watched:
        _watched.append([])
        sys.addaudithook(_note)
    touched: list[str] = []
    _watched.append(touched)
    try:
        act()
    except Exception:  # noqa: BLE001, S110 - whether it raises is another claim
        pass
    finally:
        _watched.pop()
    return touched


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if len(_watched) > 1 and event.startswith(_OUTSIDE) and not _importing():
        _watched[-1].append(f"{event} {arguments[:1]!r}"[:120])


def _importing() -> bool:
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the only way to see who calls
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("importlib._bootstrap"):
            return True
        frame = frame.f_back
    return False


def _of_fact(probe: Probe) -> Iterator[Trial]:
    kind = probe.provides
    yield Trial(kind.NAME, "can be stored in a report and read back", lambda: _stored(kind))  # type: ignore[attr-defined]


def _stored(kind: type) -> None:
    _must(bool((kind.__doc__ or "").strip()), f"{kind.__name__} has no docstring")
    for flavour, number in itertools.product(("ordinary", "empty"), range(EXAMPLES // 4)):
        fact = _fact(kind, flavour, number)  # type: ignore[arg-type]
        text = json.dumps(msgspec.to_builtins(fact, str_keys=True))
        _must(convert(json.loads(text), kind) == fact, f"{kind.__name__} is another after a report held it")


def _of_derivation(probe: Probe) -> Iterator[Trial]:
    for flavour in examples.FLAVOURS:
        yield Trial(probe.name, f"derives from {flavour} facts", lambda each=flavour: _derives(probe, each))  # type: ignore[misc]


def _derives(probe: Probe, flavour: examples.Flavour) -> None:
    for number in range(EXAMPLES):
        facts = {need.name: _fact(need.type, flavour, number) for need in probe.needs}
        try:
            found = probe.function(**facts)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise BrokenError(f"{probe.name}: {flavour} example {number}: it raises {error!r}") from error
        _must(isinstance(found, probe.provides | Unavailable), f"{probe.name} returns no {probe.provides.__name__}")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenError(otherwise)
