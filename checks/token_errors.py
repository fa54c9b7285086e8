"""What a refused token request means, and where in HaloPSA it is mended.

The error decides first (RFC 6749, 5.2), OpenIddict's number second (OpenIddictResources.resx, 3.1; HaloPSA's
authorization application is built on OpenIddict), the words never alone.
"""

from __future__ import annotations

from typing import NamedTuple

from checks.answers import SERVER_ERROR
from diagnose import Command, Owner, Remedy
from diagnose.facts.tokens import OAuthAnswer

SCREEN = "Configuration > Integrations > HaloPSA API > View Applications"

UNKNOWN_CLIENT, WRONG_SECRET, WRONG_GRANT = "ID2052", "ID2055", "ID2064"
NOT_FORM, PLAIN_HTTP, NOT_POST = "ID2082", "ID2083", "ID2084"
LOST_PARTS = frozenset({"ID2029", "ID2032", "ID2057"})
TWO_CLIENTS = "ID2087"


class Refusal(NamedTuple):
    """One refusal in words, its remedy, and who mends it."""

    summary: str
    remedy: Remedy
    owner: Owner = Owner.HALO_ADMIN


def explain(answer: OAuthAnswer) -> Refusal:  # noqa: PLR0911 - one return per kind of refusal
    """Return what this refusal means."""
    if answer.error == "invalid_client":
        return _invalid_client(answer)
    if answer.error == "unauthorized_client" or answer.error_id == WRONG_GRANT:
        return _wrong_method()
    if answer.error_id == PLAIN_HTTP:
        return _plain_http()
    if answer.error == "unsupported_grant_type" or answer.error_id in {*LOST_PARTS, NOT_FORM, NOT_POST, TWO_CLIENTS}:
        return _altered(answer)
    if answer.error in {"invalid_grant", "access_denied"}:
        return _no_agent()
    if answer.error == "server_error" or (answer.answer.status or 0) >= SERVER_ERROR:
        return _server_error(answer)
    return _other(answer)


def _invalid_client(answer: OAuthAnswer) -> Refusal:
    words = answer.error_description.lower()
    if answer.error_id == UNKNOWN_CLIENT or (not answer.error_id and "client_id" in words):
        return _unknown_client()
    if answer.error_id == WRONG_SECRET or (not answer.error_id and "client credentials" in words):
        return _wrong_secret()
    return Refusal(
        "HaloPSA refuses the client id or the client secret",
        _credentials_remedy("Compare client id and secret with the application in HaloPSA"),
    )


def _unknown_client() -> Refusal:
    return Refusal(
        "HaloPSA does not know this client id",
        _credentials_remedy("Use the client id of an application of this very HaloPSA"),
    )


def _wrong_secret() -> Refusal:
    return Refusal(
        "HaloPSA knows the client id, and refuses the client secret",
        _credentials_remedy("Generate a new client secret and use that"),
    )


def _credentials_remedy(summary: str) -> Remedy:
    return Remedy(
        summary=summary,
        steps=(
            f"In HaloPSA open {SCREEN} and the integrator's application.",
            "Compare the Client ID. It can change with the first Save, so copy it after saving.",
            "See that the application is ticked Active and belongs to this HaloPSA, not to a test system.",
            "The secret is shown only once. If in doubt, generate a new one, copy it whole, and save.",
            "Set Login Type and Agent before copying: changing them afterwards can change the secret.",
        ),
        verify="Run the diagnosis again with the new values: a token is granted.",
    )


def _wrong_method() -> Refusal:
    return Refusal(
        "the application in HaloPSA is not set to log in with client id and secret",
        Remedy(
            summary="Set the Authentication Method to Client ID and Secret (Services)",
            steps=(
                f"In HaloPSA open {SCREEN} and the integrator's application, tab Details.",
                "Set Authentication Method to Client ID and Secret (Services), Login Type to Agent with an agent.",
                "Save. If the secret changed, give the new one to the integrator.",
            ),
            verify="Run the diagnosis again: a token is granted.",
        ),
    )


def _plain_http() -> Refusal:
    return Refusal(
        "HaloPSA believes that the request came without encryption, and refuses it",
        Remedy(
            summary="Let the proxy that ends the encryption tell HaloPSA that the request came by https",
            steps=("On the proxy or load balancer add the header X-Forwarded-Proto: https for HaloPSA.",),
            verify="Run the diagnosis again: the refusal (ID2083) is gone.",
        ),
        Owner.NETWORK_ADMIN,
    )


def _altered(answer: OAuthAnswer) -> Refusal:
    return Refusal(
        f"the token request did not arrive as it was sent ({answer.error_description or answer.error})",
        Remedy(
            summary="Find what changes requests between here and HaloPSA",
            steps=(
                (
                    "Look for a rule in IIS (URL Rewrite), a proxy or a web application firewall that changes POST"
                    " requests to /auth/token or takes their content away."
                ),
                "Exclude /auth from it.",
                (
                    "Run the diagnosis on the HaloPSA server itself too, with --resolve HOST:443:127.0.0.1: where it is"
                    " well there, what changes the request stands in front of the server."
                ),
            ),
            verify="Run the diagnosis again from here: the token request is understood.",
        ),
        Owner.NETWORK_ADMIN,
    )


def _no_agent() -> Refusal:
    return Refusal(
        "HaloPSA accepts the credentials, but may not log in as the application's agent",
        Remedy(
            summary="Choose an active agent on the application",
            steps=(
                f"In HaloPSA open {SCREEN} and the integrator's application, tab Details.",
                "Set Login Type to Agent and choose an agent; the login type alone is not enough.",
                "See in Configuration > Teams & Agents > Agents that this agent is active.",
            ),
            verify="Run the diagnosis again: a token is granted.",
        ),
    )


def _server_error(answer: OAuthAnswer) -> Refusal:
    return Refusal(
        f"the authorization application fails while it checks the credentials (status {answer.answer.status})",
        Remedy(
            summary="Find the error in the Event Log of the HaloPSA server",
            steps=(
                "On the HaloPSA server open Event Viewer > Windows Logs > Application, at the time of this run.",
                (
                    "The authorization application asks Halo's licence server: see that the server may reach"
                    " support.nethelpdesk.com and licensing.haloitsm.com by https."
                ),
                "See that the database is reachable and that its upgrade was finished.",
                "A tenant that does not exist can cause this too: on-premise none is needed.",
            ),
            commands=(
                Command(
                    "powershell",
                    "Get-WinEvent -LogName Application -MaxEvents 50 | Where-Object LevelDisplayName -eq Error",
                ),
            ),
            verify="Run the diagnosis again: a token is granted.",
        ),
        Owner.WINDOWS_ADMIN,
    )


def _other(answer: OAuthAnswer) -> Refusal:
    said = answer.error_description or answer.error or f"status {answer.answer.status}"
    return Refusal(
        f"HaloPSA refuses the token request: {said}",
        Remedy(
            summary="Check the integrator's application in HaloPSA from top to bottom",
            steps=(
                f"In HaloPSA open {SCREEN} and the integrator's application.",
                (
                    "It is Active; Authentication Method is Client ID and Secret (Services); Login Type is Agent, with"
                    " one chosen; the tab Permissions has the ones the integrator names."
                ),
                "If a tenant was given here, leave it away: on-premise none is needed.",
            ),
            verify="Run the diagnosis again: a token is granted.",
        ),
    )
