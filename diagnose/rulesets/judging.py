"""Who gets in: one pure function over the model, the same for every format.

First match decides. A rule that may or may not match is remembered: if the rest of the rules would decide
otherwise, the answer is unknown. Where several mechanisms stand in a row all of them must let the request
in, so one certain refusal decides. Nothing in a file with an open doubt is ever known to be let in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from diagnose.rulesets.conditions import AllOf, AnyOf, Condition, Not, Outside, Request, Sources, holds, reason
from diagnose.rulesets.model import Area, Decision, Doubt, Place, RateLimit, RuleSet, Step, Walk
from diagnose.rulesets.ranges import Span, address_span, is_outside, span
from diagnose.text import harmless

_HOST_RANK = {"exact": 3, "wildcard": 2, "any": 1}


def decide(rules: RuleSet, address: str, port: int, path: str, host: str = "") -> Decision:
    """Judge one request; never raises."""
    try:
        source = address_span(address)
    except ValueError:
        return Decision("unknown", "", None, f"{harmless(address)} is no IP address")
    places = covering(rules, port, path, host)
    if not places and rules.doubts:
        return _unless_in_doubt(Decision("allow", "", None, ""), rules.doubts)
    if not places:
        return Decision("not_concerned", "", None, _why_not_concerned(rules, port, host))
    worlds = rules.circumstances or ("",)
    asked = Request(source, port, _rooted(path), host.casefold())
    if rules.circumstances:
        places = [narrowed_place(place, (source,), (port,)) for place in places]
    found = [_judge(place, structs.replace(asked, circumstance=world)) for place in places for world in worlds]
    decision = _all_must_allow(found) if rules.all_must_allow else _must_agree(found)
    return _unless_in_doubt(decision, rules.doubts)


def covering(rules: RuleSet, port: int, path: str, host: str = "") -> list[Place]:
    """The places that would answer; several where the host is not known and names differ."""
    serving = [place for place in rules.places if _serves(place, port)]
    if host:
        serving = _best_for(rules, serving, port, host.casefold().rstrip("."))
    return [place for place in serving if any(_areas(walk, _rooted(path)) for walk in place.walks)]


def rate_limits(rules: RuleSet, port: int, path: str, host: str = "") -> tuple[RateLimit, ...]:
    """The dynamic restrictions of the areas that cover the path."""
    return tuple(
        area.limit
        for place in covering(rules, port, path, host)
        for walk in place.walks
        for area in _areas(walk, _rooted(path))
        if area.limit is not None
    )


def narrowed(rules: RuleSet, addresses: Iterable[str], ports: Iterable[int]) -> RuleSet:
    """The same rules without those that cannot match any of these addresses and ports."""
    spans, wanted = tuple(span(address) for address in addresses if _is_address(address)), tuple(ports)
    return structs.replace(rules, places=tuple(narrowed_place(place, spans, wanted) for place in rules.places))


def _is_address(text: str) -> bool:
    try:
        address_span(text)
    except ValueError:
        return False
    return True


def narrowed_place(place: Place, addresses: tuple[Span, ...], ports: tuple[int, ...]) -> Place:
    """One place without the steps that cannot match."""
    walks = (
        structs.replace(walk, areas=tuple(_narrowed_area(area, addresses, ports) for area in walk.areas))
        for walk in place.walks
    )
    return structs.replace(place, walks=tuple(walks))


def _narrowed_area(area: Area, addresses: tuple[Span, ...], ports: tuple[int, ...]) -> Area:
    steps = tuple(step for step in area.steps if _on_port(step, ports) and _possible(step.when, addresses))
    return structs.replace(
        area, steps=steps, inner=tuple(_narrowed_area(inner, addresses, ports) for inner in area.inner)
    )


def _on_port(step: Step, ports: tuple[int, ...]) -> bool:
    if step.ports is None:
        return True
    for low, high in step.ports:
        for port in ports:
            if low <= port <= high:
                return True
    return False


def _possible(when: Condition, addresses: tuple[Span, ...]) -> bool:
    """False only where the condition holds for none of the addresses, whatever else is asked."""
    if type(when) is Sources:
        for text in when.ranges:
            version, low, high = span(text)
            for address in addresses:
                if address[0] == version and low <= address[1] <= high:
                    return True
        return False
    if type(when) is AllOf:
        return all(_possible(part, addresses) for part in when.of)
    if type(when) is AnyOf:
        return any(_possible(part, addresses) for part in when.of)
    if type(when) is Not and type(when.of) is Outside:
        return not all(is_outside(address) for address in addresses)
    return True


def every_doubt(rules: RuleSet) -> tuple[Doubt, ...]:
    """Every doubt in the file, once."""
    found = list(rules.doubts)
    for place in rules.places:
        found += place.doubts
        for walk in place.walks:
            found += (doubt for area in _with_inner(walk.areas) for doubt in area.doubts)
    return tuple(dict.fromkeys(found))


def _with_inner(areas: Iterable[Area]) -> Iterator[Area]:
    for area in areas:
        yield area
        yield from _with_inner(area.inner)


def _rooted(path: str) -> str:
    return path if path.startswith("/") else "/" + path


def _serves(place: Place, port: int) -> bool:
    return place.ports is None or any(low <= port <= high for low, high in place.ports)


def _best_for(rules: RuleSet, serving: list[Place], port: int, host: str) -> list[Place]:
    """The places whose names fit best; where none fits, the default of the port."""
    ranked = [(max((_rank(name, host) for name in place.hosts), default=0), place) for place in serving]
    best = max((rank for rank, _ in ranked), default=0)
    if best:
        fitting = [place for rank, place in ranked if rank == best or (rank and rules.first_name)]
        return fitting[:1] if rules.fallback == "first" else fitting
    if default := [place for place in serving if port in place.default_ports]:
        return default[:1]
    if rules.fallback == "first":
        return serving[:1]
    return serving if rules.fallback == "only" and len(rules.places) == 1 else []


def _rank(name: str, host: str) -> int:
    """How well a configured name fits: an exact name above `*.example.com` above `*`."""
    name = name.casefold()
    if name == host:
        return _HOST_RANK["exact"] << 10
    if name.startswith("*.") and host.endswith(name[1:]):
        return (_HOST_RANK["wildcard"] << 10) + min(len(name), 1000)
    return _HOST_RANK["any"] if name == "*" else 0


def _judge(place: Place, request: Request) -> Decision:
    walks = [_judge_walk(walk, request) for walk in place.walks]
    return _unless_in_doubt(_all_must_allow([walk for walk in walks if walk is not None]), place.doubts)


def _judge_walk(walk: Walk, request: Request) -> Decision | None:
    areas = _areas(walk, request.path)
    if not areas:
        return None
    return _must_agree([_unless_in_doubt(_first_match(area, request), area.doubts) for area in areas])


def _first_match(area: Area, request: Request) -> Decision:
    maybe: list[Step] = []
    ports, addresses = (request.port,), (request.address,)
    decided = area.otherwise
    for step in area.steps:
        # the plain case first: there are a hundred thousand of them in a large export
        if not _on_port(step, ports) or not _possible(step.when, addresses):
            continue
        matched = holds(step.when, request)
        if matched:
            decided = step
            break
        if matched is None:
            maybe.append(step)
    other = next((step for step in maybe if step.outcome != decided.outcome), None)
    return _as_decision(decided) if other is None else _perhaps(other)


def _as_decision(step: Step) -> Decision:
    why = step.why or {"allow": "this rule lets it in", "deny": "this rule refuses it"}.get(step.outcome, "")
    return Decision(step.outcome, step.text, step.line, why, step.deny_action if step.outcome == "deny" else "")


def _perhaps(step: Step) -> Decision:
    why = step.why or reason(step.when) or "whether this rule matches cannot be told from the file"
    return Decision("unknown", step.text, step.line, why)


def _all_must_allow(decisions: list[Decision]) -> Decision:
    """A certain refusal decides, then an open question, else the last that let in by a rule."""
    for outcome in ("deny", "unknown"):
        for decision in decisions:
            if decision.outcome == outcome:
                return decision
    named = [decision for decision in decisions if decision.line is not None]
    return (named or decisions)[-1]


def _must_agree(decisions: list[Decision]) -> Decision:
    """Several readings of one file: what they agree on, else unknown."""
    first = decisions[0]
    other = next((decision for decision in decisions if decision.outcome != first.outcome), None)
    if other is None:
        return first
    if "unknown" in (first.outcome, other.outcome):
        return first if first.outcome == "unknown" else other
    refusing = first if first.outcome == "deny" else other
    why = "the file leaves open which of its parts is in force here; one lets the address in, this one refuses it"
    return Decision("unknown", refusing.rule, refusing.line, why)


def _unless_in_doubt(decision: Decision, doubts: tuple[Doubt, ...]) -> Decision:
    """A doubt in reach hides an allow, and a refusal too unless refusals stand in spite of it."""
    if decision.outcome not in ("allow", "deny"):
        return decision
    hiding = [doubt for doubt in doubts if decision.outcome == "allow" or not doubt.refusals_stand]
    return Decision("unknown", hiding[0].text, hiding[0].line, hiding[0].why) if hiding else decision


def _why_not_concerned(rules: RuleSet, port: int, host: str) -> str:
    if not rules.places:
        return "the file holds no rules by address"
    return f"nothing in the file serves port {port}" + (f" for {harmless(host)}" if host else "")


def _areas(walk: Walk, path: str) -> list[Area]:
    """The areas that may be in force for the path; more than one where only the server can tell."""
    if walk.choice == "nginx":
        return _nginx_areas(walk.areas, path)[0]
    matching = [(area, area.path.matches(path)) for area in walk.areas]
    if walk.choice == "longest":
        covering_ = [area for area, matched in matching if matched]
        return [max(covering_, key=lambda area: len(area.path.text.rstrip("/")))] if covering_ else []
    chosen: list[Area] = []
    for area, matched in reversed(matching):
        if matched is not False:
            chosen.append(area)
        if matched:
            break
    return chosen


def _nginx_areas(areas: tuple[Area, ...], path: str, outside: Area | None = None) -> tuple[list[Area], bool]:
    """As ngx_http_core_find_location does; the flag says that no regular expression may be tried after it.

    `outside` is the location these are nested in: it stands where none of them matches.
    """
    for area in areas:
        if area.path.kind == "exact" and area.path.matches(path):
            return [area], True
    prefixes = [area for area in areas if area.path.kind in ("any", "prefix") and area.path.matches(path)]
    chosen, final = [] if outside is None else [outside], False
    if prefixes:
        longest = max(prefixes, key=lambda area: len(area.path.text))
        final = longest.path.final
        chosen, decided = _nginx_areas(longest.inner, path, longest)
        if decided:
            return chosen, True
    possible: list[Area] = []
    for area in () if final else areas:
        matched = area.path.matches(path) if area.path.kind == "regex" else False
        if matched is not False:
            possible += _nginx_areas(area.inner, path, area)[0]
        if matched:
            return possible, True
    return possible + chosen, False
