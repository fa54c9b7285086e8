"""The credentials as they were typed: their shape, never their value."""

from __future__ import annotations

from typing import Any

from diagnose import Code, Importance, Outcome, Owner, Remedy, check, passed, skipped, warned
from diagnose.fact import Unavailable
from diagnose.facts.run import CredentialShape, Settings

SCREEN = "Configuration > Integrations > HaloPSA API > View Applications"


@check("input.credentials", importance=Importance.RECOMMENDED, owner=Owner.OPERATOR)
def the_credentials_have_the_usual_shape(shape: CredentialShape | Unavailable, settings: Settings) -> Outcome:
    """Client id and client secret have the shape HaloPSA gives them.

    The id is a GUID, the secret two GUIDs joined by a hyphen. What looks different is often swapped,
    cut off, or padded with blanks; it is sent all the same.
    """
    if settings.no_credentials or isinstance(shape, Unavailable):
        return skipped(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
    evidence: dict[str, Any] = {
        "client_id": shape.client_id,
        "client_id_length": shape.client_id_length,
        "client_secret": shape.client_secret,
        "client_secret_length": shape.client_secret_length,
    }
    wrong = _wrong(shape)
    if not wrong:
        return passed("client id and client secret have the usual shape", **evidence)
    return warned(
        "; ".join(wrong),
        remedy=Remedy(
            summary="Copy both values anew from HaloPSA",
            steps=(
                f"In HaloPSA open {SCREEN} and the application.",
                "Copy the Client ID after saving: the one shown before the first Save can change.",
                "The secret is shown only once. If it is lost, generate a new one and copy it whole, without blanks.",
            ),
            verify="Run the diagnosis again with the new values: this check passes.",
        ),
        **evidence,
        blanks_removed_from=list(shape.blanks_removed),
    )


def _wrong(shape: CredentialShape) -> list[str]:
    if (shape.client_id, shape.client_secret) == ("two_guids", "guid"):
        found = ["client id and client secret seem to be swapped"]
    else:
        found = [
            *_one("client id", shape.client_id, "guid", "a GUID (36 characters)"),
            *_one("client secret", shape.client_secret, "two_guids", "two GUIDs joined by a hyphen (73 characters)"),
        ]
    blanks = [f"the {name} had blanks around it, which were removed" for name in shape.blanks_removed]
    return [*found, *blanks]


def _one(name: str, is_now: str, usual: str, in_words: str) -> list[str]:
    if is_now == usual:
        return []
    if is_now == "guid_prefix" or (is_now == "guid" and usual == "two_guids"):
        return [f"the {name} seems to be cut off: usual is {in_words}"]
    return [f"the {name} does not look like one of HaloPSA: usual is {in_words}"]
