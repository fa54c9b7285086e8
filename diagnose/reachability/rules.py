"""What rule files say about each address, at each of the integrator's requests."""

from __future__ import annotations

from collections.abc import Collection

from diagnose.facts.allowlist import RuleFiles
from diagnose.facts.run import Target
from diagnose.reachability.model import Collected, Entrance, Evidence, Proof
from diagnose.rulesets.model import Decision, RuleSet
from diagnose.text import harmless


def entrances(target: Target) -> tuple[Entrance, ...]:
    """Return the request for a token and one for data: rules may tell the two applications apart."""
    auth, resource = target.auth, target.resource
    return (
        Entrance(auth.port, f"{auth.path.rstrip('/')}/token", auth.host),
        Entrance(resource.port, f"{resource.path.rstrip('/')}/Client", resource.host),
    )


def from_rules(files: RuleFiles, addresses: Collection[str], doors: Collection[Entrance]) -> Collected:
    """Return one piece of evidence per rule set and address that it has a say about."""
    evidence, notes = [], []
    for rules in files.sets:
        found = [judge(rules, address, doors) for address in addresses]
        evidence += [item for item in found if item is not None]
        if addresses and not any(found):
            notes.append(f"{rules.source} has no say about the server's port and paths, so it does not count")
    notes += [f"{file.source} could not be understood: {file.why}" for file in files.unreadable]
    return Collected(tuple(evidence), tuple(notes))


def judge(rules: RuleSet, address: str, doors: Collection[Entrance]) -> Evidence | None:
    """Return what one rule set does to one address; None where it has no say."""
    decisions = [(door, rules.decide(address, door.port, door.path, door.host)) for door in doors]
    concerned = [(door, decision) for door, decision in decisions if decision.outcome != "not_concerned"]
    for outcome in ("deny", "unknown", "allow"):
        for door, decision in concerned:
            if decision.outcome == outcome:
                return _evidence(rules, address, outcome, door, decision)
    return None


def _evidence(rules: RuleSet, address: str, outcome: Proof, door: Entrance, decision: Decision) -> Evidence:
    verb = {"deny": "refuses", "unknown": "may or may not let in", "allow": "lets in"}[outcome]
    subject = f"the rule {decision.rule}" if decision.rule else f"the {rules.layer} configuration"
    where = "" if outcome == "allow" else f" at {door.path}"
    why = f": {decision.why}" if outcome == "unknown" and decision.why else ""
    return Evidence(
        basis="configuration",
        address=address,
        outcome=outcome,
        why=harmless(f"{subject} {verb} {address}{where}{why}"),
        layer=rules.layer,
        source=rules.source,
        line=decision.line,
    )
