"""The answers of the guided interview: each checked as it is given."""

from __future__ import annotations

from diagnose.cli.talk import Talk
from diagnose.credential_shape import shape
from diagnose.errors import UsageError
from diagnose.facts.run import ServerUrl
from diagnose.target import Role, read_tenant, server_url

NONE = ("none", "-")
"""What says that there is no client id, where one is known from an earlier time."""
NOT_SET_SHOWN = "Not set"
_OPTION = "URL"

FAULTS = {
    "no_scheme": "it must begin with https://",
    "http": "the integrator needs https, not http",
    "other_scheme": "it must begin with https://",
    "userinfo": "a user name or password does not belong in it",
    "query": "nothing belongs after a question mark",
    "fragment": "nothing belongs after a #",
    "no_slash": 'it must end with a slash "/"',
}


def client_id(talk: Talk, typed: str) -> str | None:
    """Return the client id, an empty text for none, or None where it was not meant."""
    if not typed or typed.lower() in NONE:
        return ""
    doubts = {
        "two_guids": "This looks like a client secret (two GUIDs); a client id is one GUID.",
        "guid_prefix": "This looks cut off: a client id has 36 characters.",
        "other": "HaloPSA's client ids look different, like 0a1b2c3d-0000-4000-8000-0123456789ab.",
    }
    return _meant(talk, typed, doubts.get(shape(typed)))


def client_secret(talk: Talk, typed: str, identity: str) -> str | None:
    """Return the client secret, or None where it was not meant; the value is never shown."""
    if not typed:
        talk.say("Nothing was typed. (Ctrl-C ends this.)")
        return None
    if typed == identity:
        talk.say("This is the client id again; the client secret is the longer value beside it.")
        return None
    doubts = {
        "guid": "This looks like a client id: a client secret is two GUIDs, 73 characters.",
        "guid_prefix": f"This looks cut off: {len(typed)} characters of 73.",
        "other": "HaloPSA's client secrets look different: two GUIDs, 73 characters.",
    }
    return _meant(talk, typed, doubts.get(shape(typed)))


def _meant(talk: Talk, typed: str, doubt: str | None) -> str | None:
    if doubt is None:
        return typed
    talk.say(doubt)
    return typed if talk.sure("Use it all the same?", default=False) else None


def url(talk: Talk, typed: str, role: Role, other: str = "") -> str | None:
    """Return a URL that can be used: as typed, or corrected where that was agreed to."""
    if not typed:
        talk.say("Nothing was typed. (Ctrl-C ends this.)")
        return None
    try:
        read = server_url(typed, option=_OPTION, role=role)
    except UsageError as error:
        talk.say(_sentence(error))
        return None
    if other and read.used.rstrip("/") == other.rstrip("/"):
        talk.say("This is the resource server again; the authorization server usually ends in /auth/.")
        return None
    return _corrected(talk, typed, read)


def _sentence(error: UsageError) -> str:
    """Return what is wrong without an option in front, for none was typed."""
    said = str(error).removeprefix(f"{_OPTION}: ").removeprefix("--tenant: ")
    return f"{said[:1].upper()}{said[1:]}."


def _corrected(talk: Talk, typed: str, read: ServerUrl) -> str | None:
    if not read.faults:
        return typed
    talk.say(f"Almost: {' and '.join(dict.fromkeys(FAULTS[fault] for fault in read.faults))}.")
    return read.used if talk.sure(f"Use {read.used}", default=True) else None


def tenant(talk: Talk, typed: str) -> str | None:
    """Return the tenant, `Not set` for none."""
    try:
        name = read_tenant(typed)
    except UsageError as error:
        talk.say(_sentence(error))
        return None
    if name is None:
        return NOT_SET_SHOWN
    return _meant(talk, name, f"An on-premise HaloPSA has no tenant: its page and the guide say {NOT_SET_SHOWN}.")


def restriction(talk: Talk, typed: str) -> str | None:
    """Return `yes`, `no`, or an empty text for: not known."""
    known = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "?": "", "": "", "not known": "", "don't know": ""}
    if typed.lower() not in known:
        talk.say("Please answer yes or no, or press Enter where it is not known.")
        return None
    return known[typed.lower()]
