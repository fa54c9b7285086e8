"""What the token may read, the tenant, and what the run was not told."""

from __future__ import annotations

from diagnose.lab.scenario import Given, ResourceServer, Scenario

_SUBJECT = "permissions"
_AREAS = ("customers", "contracts", "items", "invoices")

REFUSED = (
    Scenario(
        "agent-401",
        "A token is granted, and the API refuses it: no agent is chosen on the application.",
        _SUBJECT,
        "not_ready",
        ("api.agent",),
        {"auth.token": "pass", "api.agent": "fail"},
        resource=ResourceServer(agent=401),
    ),
    Scenario(
        "agent-403",
        "The token is accepted, and its agent may not even ask who it is.",
        _SUBJECT,
        "not_ready",
        ("api.agent",),
        {"auth.token": "pass", "api.agent": "fail", "api.invoices": "pass"},
        resource=ResourceServer(agent=403),
    ),
    *(
        Scenario(
            f"area-403-{area}",
            f"The agent's role may not read {area}.",
            _SUBJECT,
            "not_ready",
            (f"api.{area}",),
            {f"api.{area}": "fail", "auth.scopes": "pass", "api.agent": "pass"},
            resource=ResourceServer(areas={area: 403}),
        )
        for area in _AREAS
    ),
)

_INVOICES = {"api.invoices": "unknown", "api.items": "pass", "auth.scopes": "pass"}

BROKEN = (
    Scenario(
        "area-500",
        "The resource server fails when it is asked for invoices.",
        _SUBJECT,
        "undecided",
        expected=_INVOICES,
        resource=ResourceServer(areas={"invoices": 500}),
    ),
    Scenario(
        "area-html",
        "A web page with status 200 answers in place of the invoices.",
        _SUBJECT,
        "undecided",
        expected=_INVOICES,
        pages={"/api/invoice": "spa"},
    ),
    Scenario(
        "area-block-page-200",
        "A firewall's block page with status 200 answers in place of the invoices.",
        _SUBJECT,
        "undecided",
        expected=_INVOICES,
        pages={"/api/invoice": "f5-asm"},
    ),
    Scenario(
        "area-reset",
        "The connection is reset in place of the invoices.",
        _SUBJECT,
        "undecided",
        expected=_INVOICES,
        cuts={"/api/invoice": "reset"},
    ),
)

EMPTY = (
    *(
        Scenario(
            f"empty-{area}",
            f"The agent sees no {area} at all.",
            _SUBJECT,
            "ready_with_warnings",
            (),
            {f"api.{area}": "warn"},
            resource=ResourceServer(counts={area: 0}),
        )
        for area in ("customers", "items", "invoices")
    ),
    Scenario(
        "no-contracts",
        "There is no contract, so that the integration stays pending.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"api.contracts": "warn", "api.recurring": "warn"},
        resource=ResourceServer(counts={"contracts": 0}),
    ),
)

TOLD = (
    Scenario(
        "tenant-on-premise",
        "A tenant is typed for an on-premise HaloPSA.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"auth.tenant": "warn", "auth.token": "pass"},
        given=Given(tenant="acme"),
    ),
    Scenario(
        "ip-restriction-unknown",
        "Nothing is wrong, and nobody said whether access is restricted by address.",
        _SUBJECT,
        "undecided",
        (),
        {"allowlist.reachability": "unknown"},
        options=(),
    ),
    Scenario(
        "ip-restriction-yes",
        "Access is restricted by address, and there is no evidence that the integrator is let in.",
        _SUBJECT,
        "undecided",
        (),
        {"allowlist.reachability": "unknown"},
        options=("--ip-restriction", "yes"),
    ),
    Scenario(
        "no-credentials",
        "Nothing is wrong, and the run has no credentials.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"auth.token": "skip", "api.agent": "skip", "url.auth-endpoint": "pass"},
        options=("--ip-restriction", "no", "--no-credentials"),
    ),
)

SCENARIOS = (*REFUSED, *BROKEN, *EMPTY, *TOLD)
