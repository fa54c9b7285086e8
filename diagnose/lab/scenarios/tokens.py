"""The token endpoint: credentials refused, permissions missing, `all`, and answers that do not say."""

from __future__ import annotations

from diagnose.lab.scenario import GRADIENT_SCOPES, AuthServer, Given, Scenario

_SUBJECT = "tokens"
_WITHOUT_ONE = tuple(scope for scope in GRADIENT_SCOPES if scope != "edit:invoices")


def _refused(name: str, sentence: str, auth: AuthServer | None = None, given: Given | None = None) -> Scenario:
    expected = {"auth.token": "fail", "url.auth-endpoint": "pass", "api.agent": "unknown"}
    scenario = Scenario(name, sentence, _SUBJECT, "not_ready", ("auth.token",), expected)
    return scenario.but(auth=auth or AuthServer(), given=given or Given())


def _scopes(name: str, sentence: str, auth: AuthServer, **expected: str) -> Scenario:
    statuses = {"auth.scopes": "fail", "auth.token": "pass"} | {
        check.replace("_", ".", 1).replace("__", "-"): status for check, status in expected.items()
    }
    return Scenario(name, sentence, _SUBJECT, "not_ready", ("auth.scopes",), statuses, auth=auth)


CREDENTIALS = (
    _refused("wrong-secret", "The client secret is wrong.", given=Given(credentials="wrong-secret")),
    _refused(
        "wrong-secret-openiddict-2",
        "The client secret is wrong; an older server says so.",
        AuthServer(openiddict=2),
        Given(credentials="wrong-secret"),
    ),
    _refused("unknown-client", "The client id is unknown.", given=Given(credentials="unknown-client")),
    _refused(
        "unknown-client-openiddict-2",
        "The client id is unknown; an older server says so.",
        AuthServer(openiddict=2),
        Given(credentials="unknown-client"),
    ),
    _refused(
        "wrong-secret-without-details",
        "The client secret is wrong; the error does not say whether it is that or the client id.",
        AuthServer(tells="by-error"),
        Given(credentials="wrong-secret"),
    ),
    _refused(
        "wrong-method-without-details",
        "The application's authentication method is wrong; the error is a general one.",
        AuthServer(application="wrong-method", tells="by-error"),
    ),
    _refused("application-inactive", "The application is not active.", AuthServer(application="inactive")),
    _refused(
        "wrong-method",
        "The application's authentication method is not client id and secret.",
        AuthServer(application="wrong-method"),
    ),
    _refused("swapped", "Client id and secret are swapped.", given=Given(credentials="swapped")),
    _refused("truncated", "Half of the client secret is missing.", given=Given(credentials="truncated")),
    _refused(
        "echoes-secret",
        "The secret is wrong, and the error repeats it.",
        AuthServer(echoes_secret=True),
        Given(credentials="wrong-secret"),
    ),
    _refused(
        "hostile-text",
        "The secret is wrong, and the error is made to confuse terminals and browsers.",
        AuthServer(hostile=True),
        Given(credentials="wrong-secret"),
    ),
    Scenario(
        "odd-secret",
        "The client secret works and does not look like one of Halo's.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"input.credentials": "warn", "auth.token": "pass"},
        given=Given(credentials="odd"),
    ),
    Scenario(
        "padded",
        "Client id and secret have blanks around them.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"input.credentials": "warn", "auth.token": "pass"},
        given=Given(credentials="padded"),
    ),
)

PERMISSIONS = (
    _scopes(
        "missing-scope",
        "One permission is not ticked (refused as invalid_request).",
        AuthServer(_WITHOUT_ONE),
        api_invoices="pass",
    ),
    _scopes(
        "missing-scope-invalid",
        "One permission is not ticked (refused as invalid_scope).",
        AuthServer(_WITHOUT_ONE, "invalid_scope"),
    ),
    _scopes(
        "missing-scope-dropped",
        "One permission is not ticked (left out of the grant without a word).",
        AuthServer(_WITHOUT_ONE, "drop"),
    ),
    _scopes(
        "missing-scope-in-jwt",
        "One permission is not ticked, and only the readable token tells.",
        AuthServer(_WITHOUT_ONE, "drop", echoes_scope=False, readable=True),
    ),
    _scopes(
        "missing-scope-without-details",
        "One permission is not ticked; the error does not say which.",
        AuthServer(_WITHOUT_ONE, "invalid_scope", tells="by-error"),
    ),
    _scopes(
        "missing-scope-silent",
        "One permission is not ticked, and what remains of a request for it alone is not named.",
        AuthServer(_WITHOUT_ONE, "drop-to-nothing"),
        auth_all__permission="pass",
    ),
    _scopes(
        "missing-area",
        "No permission for items is ticked.",
        AuthServer(tuple(scope for scope in GRADIENT_SCOPES if ":items" not in scope)),
        api_items="unknown",
    ),
    _scopes("no-scope-granted", "No permission is ticked.", AuthServer(())).but(
        expected={"auth.scopes": "fail", "auth.token": "unknown", "api.agent": "unknown"}
    ),
    _scopes(
        "no-scope-in-jwt",
        "No permission is ticked, and only the readable token tells.",
        AuthServer((), "drop-to-nothing", readable=True),
    ).but(expected={"auth.scopes": "fail", "auth.token": "unknown", "api.agent": "unknown"}),
)

ALL = tuple(
    Scenario(
        name,
        sentence,
        _SUBJECT,
        "not_ready",
        ("auth.all-permission",),
        {"auth.all-permission": "fail"} | expected,
        auth=auth,
    )
    for name, sentence, auth, expected in (
        (
            "all-ticked",
            "The permission `all` is ticked, so that the named ones are refused.",
            AuthServer(("all",)),
            {"auth.scopes": "unknown", "auth.token": "unknown"},
        ),
        (
            "all-ticked-silent",
            "The permission `all` is ticked, and the named ones are left out of the grant without a word.",
            AuthServer(("all",), "drop-to-nothing"),
            {"auth.scopes": "unknown", "auth.token": "unknown"},
        ),
        (
            "all-and-named",
            "The permission `all` is ticked beside the named ones.",
            AuthServer((*GRADIENT_SCOPES, "all")),
            {"auth.scopes": "pass", "auth.token": "pass"},
        ),
        (
            "all-not-echoed",
            "The permission `all` is ticked, and no answer names what it grants.",
            AuthServer((*GRADIENT_SCOPES, "all"), echoes_scope=False),
            {"auth.scopes": "pass", "auth.token": "pass"},
        ),
    )
)

SILENT = (
    Scenario(
        "no-scope-granted-silent",
        "No permission is ticked, nothing is refused or named, and the API does not accept the token.",
        _SUBJECT,
        "not_ready",
        ("api.agent",),
        {"api.agent": "fail", "auth.scopes": "unknown", "auth.token": "pass"},
        "refuses-by-silence",
        auth=AuthServer((), "drop-to-nothing"),
    ),
    Scenario(
        "catch-all-scopes",
        "The server grants whatever is asked for, also what cannot exist, and names nothing.",
        _SUBJECT,
        "undecided",
        (),
        {"auth.scopes": "unknown", "auth.token": "pass"},
        "scope-not-echoed",
        auth=AuthServer(echoes_scope=False, knows_every_scope=True),
    ),
)

SCENARIOS = (*CREDENTIALS, *PERMISSIONS, *ALL, *SILENT)
