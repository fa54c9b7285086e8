"""Rewst: what its own form asks for. Written with the names that any author of checks has.

Its form has the fields "Resource Server Hostname" (e.g. example.halopsa.com), client id, secret and tenant, and none
for the authorization server: docs.rewst.help, Halo integration setup, read 2026-11.
"""

from __future__ import annotations

from typing import Any

from diagnose import Code, Importance, Outcome, Owner, Remedy, check, failed, passed, skipped
from diagnose.facts.run import Target
from diagnose.profile import Profile

ID = "rewst.host-name"
HTTPS = 443


@check(ID, importance=Importance.INFORMATIONAL, owner=Owner.OPERATOR)
def a_host_name_says_it_all(target: Target, profile: Profile) -> Outcome:
    """A host name alone leads to this HaloPSA.

    Rewst's form takes the resource server's host name and nothing else, so HaloPSA has to be at the usual places
    of that host: port 443, /api and /auth. The profile `rewst` demands this check; others skip it.
    """
    if ID not in profile.checks:
        return skipped(Code.NOT_APPLICABLE, f"{profile.integrator} takes whole URLs")
    unusual = _unusual(target)
    seen: dict[str, Any] = {"resource_server": target.resource.used, "auth_server": target.auth.used}
    if not unusual:
        return passed(f"what to type into Rewst is {target.resource.host}", type_this=target.resource.host, **seen)
    return failed(
        f"Rewst takes a host name alone, and here {' and '.join(unusual)}",
        remedy=Remedy(
            summary="Publish HaloPSA at the usual places of one host name: port 443, /api and /auth",
            steps=(
                "IIS Manager > the site > Bindings: an https binding with port 443 for this host name.",
                "The applications below the site are called api and auth.",
                "Where that cannot be, ask Rewst's support how such a HaloPSA is entered.",
            ),
            verify="Run this diagnosis again with the new URLs: this check passes.",
            doc="https://docs.rewst.help/documentation/integrations/psa/halopsa/halo-integration-setup",
        ),
        **seen,
    )


def _unusual(target: Target) -> list[str]:
    resource, auth = target.resource, target.auth
    found = [f"the port is {resource.port}"] if resource.port != HTTPS else []
    found += [f"the API is at {resource.path or '/'}"] if resource.path.strip("/").lower() != "api" else []
    found += ["the authorization server is at another host"] if auth.endpoint != resource.endpoint else []
    found += [f"the authorization server is at {auth.path}"] if auth.path.strip("/").lower() != "auth" else []
    return found
