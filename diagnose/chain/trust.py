"""Whether the path ends in a root in force, and clients would follow it there."""

from __future__ import annotations

from diagnose.chain.entitlement import may_issue
from diagnose.chain.paths import Path
from diagnose.facts.chains import Trust, Verdicts

PATH_BUILDING = frozenset({2, 18, 19, 20, 21})
"""X509_V_ERR numbers (OpenSSL's x509_vfy.h) that say only that no path was found: our own walk found one."""
NAME_CONSTRAINTS = frozenset(range(47, 55))
"""X509_V_ERR_PERMITTED_VIOLATION and what follows it."""
CRITICAL_EXTENSION = 34
"""X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION."""


def trust(path: Path, verdicts: Verdicts) -> Trust:
    """Return the answer to one question, as if dates, name, purpose and strength were well."""
    if path.end == "missing":
        return "undecided"
    if path.end == "self_signed":
        return "private"
    if verdicts.accepted:
        return "trusted"
    if verdicts.strict is None and (verdicts.lenient is None or verdicts.lenient_code in PATH_BUILDING):
        return "trusted"
    return "refused"


def refusal(path: Path, verdicts: Verdicts) -> str:
    """Return why a path that reaches a root is refused all the same; empty where it is not."""
    if trust(path, verdicts) != "refused":
        return ""
    for depth, issuer in enumerate(path.certificates[1:]):
        if not may_issue(issuer, depth):
            return f"{issuer.subject} is not entitled to issue this certificate"
    if verdicts.lenient_code in NAME_CONSTRAINTS:
        return "an authority on the path may not issue for this name"
    if verdicts.lenient_code == CRITICAL_EXTENSION:
        return "a certificate on the path demands an extension that clients do not know"
    return "the path breaks a rule that clients insist on (RFC 5280, section 6)"
