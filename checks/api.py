"""What the token may read: the agent it acts for, and one record of each area."""

from __future__ import annotations

from typing import Any

from checks.answers import FORBIDDEN, OK, UNAUTHORIZED, foreign, gated, latest, not_halo, seen
from diagnose import (
    Code,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    blocked,
    check,
    failed,
    passed,
    skipped,
    unknown,
    warned,
)
from diagnose.facts.halo import Agent, AreaRead, AreaReads, AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.http import Answer
from diagnose.facts.run import Settings
from diagnose.profile import Profile

APPLICATIONS = "Configuration > Integrations > HaloPSA API > View Applications"
ROLES = "Configuration > Teams & Agents > Roles"
AGENTS = "Configuration > Teams & Agents > Agents"

ACCESS = {
    "customers": "Clients Access Level",
    "contracts": "Client Contracts Access Level",
    "items": "Items Access Level",
    "invoices": "Invoices Access Level",
}
"""The role's settings as the integrator's guide names them (support.meetgradient.com/halo-integration, Nov 2026)."""


@check("api.agent", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def the_token_is_accepted(  # noqa: PLR0911 - one return per kind of answer
    agent: Agent,
    first: InstanceInfo | Unavailable,
    again: InstanceInfoWithToken | Unavailable,
    auth_info: AuthInfo | Unavailable,
) -> Outcome:
    """The token is accepted, and the agent it acts for is known.

    Whatever the integrator does in HaloPSA, it does as this agent and with this agent's role.
    """
    answer = agent.answer
    evidence = seen(answer) | {"agent_id": agent.id, "agent": agent.name, "email": agent.email}
    if answer.status == OK and (agent.id is not None or agent.name):
        return passed(f"the token acts for the agent {agent.name or agent.id}", **evidence)
    if answer.status == UNAUTHORIZED and not gated(answer):
        return _token_refused(evidence)
    if not _api_answers(first, again, auth_info):
        return blocked("halo.answers", "the API does not answer as a Halo API", **evidence)
    gate = not_halo(answer, "the API")
    if gate is not None:
        return gate
    if answer.status == FORBIDDEN:
        return _may_not(evidence, "the token is accepted, but its agent may not even be asked for", "Feature Access")
    if answer.status == OK and answer.kind == "json":
        return _no_agent(evidence)
    return _broken(answer, "the agent", evidence)


def _api_answers(
    first: InstanceInfo | Unavailable, again: InstanceInfoWithToken | Unavailable, auth_info: AuthInfo | Unavailable
) -> bool:
    if not isinstance(auth_info, Unavailable) and auth_info.readable:
        return True
    if isinstance(first, Unavailable):
        return False
    instance = latest(first, again)
    return instance.readable and not foreign(instance)


def _token_refused(evidence: dict[str, Any]) -> Outcome:
    return failed(
        "the API does not accept the token that was just granted (status 401)",
        remedy=Remedy(
            summary="Choose an agent on the application, and use the URLs of one and the same HaloPSA",
            steps=(
                f"In HaloPSA open {APPLICATIONS} and the integrator's application, tab Details.",
                "Set Login Type to Agent and choose an agent; the login type alone is not enough. Save.",
                f"See in {AGENTS} that this agent is active.",
                "See that resource server and authorization server belong to the same HaloPSA.",
                "A clock on the server that is wrong by minutes makes tokens invalid too.",
            ),
            verify="Run the diagnosis again: the agent's name is shown.",
        ),
        **evidence,
    )


def _no_agent(evidence: dict[str, Any]) -> Outcome:
    return failed(
        "the token is accepted, but it acts for no agent",
        remedy=Remedy(
            summary="Choose an agent on the application",
            steps=(
                f"In HaloPSA open {APPLICATIONS} and the integrator's application, tab Details.",
                "Set Login Type to Agent, choose the agent to log in as, and save.",
            ),
            verify="Run the diagnosis again: the agent's name is shown.",
        ),
        **evidence,
    )


@check("api.customers", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def customers_can_be_read(reads: AreaReads, agent: Agent | Unavailable, profile: Profile) -> Outcome:
    """The agent's role may read customers."""
    return _area("customers", reads, agent, profile)


@check("api.contracts", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def contracts_can_be_read(reads: AreaReads, agent: Agent | Unavailable, profile: Profile) -> Outcome:
    """The agent's role may read contracts."""
    return _area("contracts", reads, agent, profile)


@check("api.items", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def items_can_be_read(reads: AreaReads, agent: Agent | Unavailable, profile: Profile) -> Outcome:
    """The agent's role may read items."""
    return _area("items", reads, agent, profile)


@check("api.invoices", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def invoices_can_be_read(reads: AreaReads, agent: Agent | Unavailable, profile: Profile) -> Outcome:
    """The agent's role may read invoices."""
    return _area("invoices", reads, agent, profile)


def _area(area: str, reads: AreaReads, agent: Agent | Unavailable, profile: Profile) -> Outcome:
    if area not in profile.areas:
        return skipped(Code.NOT_APPLICABLE, f"{profile.integrator} does not read {area}")
    if area in reads.not_asked:
        return blocked("auth.scopes", f"the permission to read {area} was refused, so nothing was asked")
    read = reads.of(area)
    if read is None:
        return unknown(Code.UNEXPECTED_RESPONSE, f"{area} were not asked for")
    return _judge(read, agent)


def _judge(read: AreaRead, agent: Agent | Unavailable) -> Outcome:  # noqa: PLR0911 - one per kind of answer
    answer = read.answer
    evidence = seen(answer) | {"record_count": read.record_count}
    if read.readable:
        return _readable(read, evidence)
    if answer.status == UNAUTHORIZED and not gated(answer):
        if not _accepted(agent):
            return blocked("api.agent", "the API does not accept the token", **evidence)
        return _may_not(evidence, f"the API refuses the token for {read.area} (status 401)", ACCESS[read.area])
    if not _accepted(agent) and answer.status != FORBIDDEN:
        return blocked("api.agent", "the API does not answer with the token", **evidence)
    gate = not_halo(answer, f"the API's {read.area}")
    if gate is not None:
        return gate
    if answer.status == FORBIDDEN:
        return _may_not(evidence, f"the agent may not read {read.area} (status 403)", ACCESS[read.area])
    return _broken(answer, read.area, evidence)


def _accepted(agent: Agent | Unavailable) -> bool:
    """Whether the API took the token for the agent: then another refusal is about that area alone."""
    if isinstance(agent, Unavailable) or gated(agent.answer):
        return False
    return agent.answer.status == FORBIDDEN or (agent.answer.status == OK and agent.answer.kind == "json")


def _readable(read: AreaRead, evidence: dict[str, Any]) -> Outcome:
    if read.record_count:
        return passed(f"{read.area} can be read", **evidence)
    return warned(
        f"{read.area} can be read, but there are none to be seen",
        remedy=Remedy(
            summary=f"If HaloPSA has {read.area}, let the agent see them",
            steps=(
                (
                    f"In HaloPSA open {AGENTS}, the integration's agent, and see its teams and departments:"
                    " what they do not see, it does not see."
                ),
                f"See its role's {ACCESS[read.area]} in {ROLES}.",
                f"If there are no {read.area} yet, there is nothing to do.",
            ),
            verify="Run the diagnosis again: the number of records is more than 0.",
        ),
        **evidence,
    )


def _may_not(evidence: dict[str, Any], summary: str, setting: str) -> Outcome:
    """HaloPSA has two layers, and either one refuses: the application's permissions and the agent's role."""
    return failed(
        summary,
        remedy=Remedy(
            summary="Allow it in both places: the application's permissions and the role of its agent",
            steps=(
                f"In HaloPSA open {APPLICATIONS}, the application, tab Permissions: the permission is ticked.",
                (
                    f"On its tab Details see which agent it logs in as. Open that agent's role in {ROLES}"
                    f" and set {setting} to what the integrator's guide says (Read Only or more)."
                ),
                f"In {AGENTS} see that Feature Access is enabled for this agent.",
                "Save, and reconnect the integrator: a token from before does not change.",
            ),
            verify="Run the diagnosis again: the area can be read.",
        ),
        **evidence,
    )


def _broken(answer: Answer, what: str, evidence: dict[str, Any]) -> Outcome:
    if answer.status == OK:
        return unknown(
            Code.UNEXPECTED_RESPONSE, f"asked for {what}, the API answered with something else (status 200)", **evidence
        )
    if answer.answered:
        return unknown(
            Code.UNEXPECTED_RESPONSE, f"asked for {what}, the API answered with status {answer.status}", **evidence
        )
    code = Code.TIMEOUT if answer.outcome == "timeout" else Code.UNEXPECTED_RESPONSE
    return unknown(code, f"asked for {what}, the API gave no answer ({answer.outcome})", **evidence)


@check("api.recurring", importance=Importance.RECOMMENDED, owner=Owner.HALO_ADMIN)
def there_is_a_contract(reads: AreaReads, profile: Profile, settings: Settings) -> Outcome:
    """There is at least one contract: without one the integration stays pending."""
    if settings.no_credentials:
        return skipped(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
    if not profile.needs_contracts or "contracts" not in profile.areas:
        return skipped(Code.NOT_APPLICABLE, f"{profile.integrator} needs no contract")
    read = reads.of("contracts")
    if read is None or not read.readable:
        by = "auth.scopes" if "contracts" in reads.not_asked else "api.contracts"
        return blocked(by, "contracts could not be read")
    evidence = seen(read.answer) | {"record_count": read.record_count}
    if read.record_count:
        return passed("there is at least one contract", **evidence)
    return warned(
        "there is no contract, and without one the integration stays pending",
        remedy=Remedy(
            summary="Create one active recurring agreement",
            steps=(
                "In HaloPSA open a customer > Contracts and create an active recurring agreement.",
                "If there are contracts already, let the integration's agent see them (its teams and its role).",
            ),
            verify="Run the diagnosis again: at least one contract is found.",
        ),
        **evidence,
    )
