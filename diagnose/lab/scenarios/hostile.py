"""Servers that mean harm or are broken beyond words. Whatever they do, a run ends in time with a valid report."""

from __future__ import annotations

from diagnose.lab.authority import HOSTILE
from diagnose.lab.scenario import ResourceServer, Scenario

SUBJECT = "hostile"
API, AUTH = "halo.answers", "url.auth-endpoint"
SEEN = {"net.reachable": "pass", "tls.handshake": "pass", "tls.chain-complete": "pass", "tls.dates": "pass"}
"""What was observed before HTTP begins stands, whatever comes after."""


def _spoken(name: str, sentence: str, trick: str, *causes: str, where: tuple[str, ...] = ("/*",)) -> Scenario:
    """Return a server that does this in place of an answer, at these paths."""
    broken = causes or (API, AUTH)
    expected = SEEN | dict.fromkeys(broken, "fail")
    tricks = dict.fromkeys(where, trick)
    return Scenario(name, sentence, SUBJECT, "not_ready", broken, expected, tricks=tricks)


def _json(name: str, sentence: str) -> Scenario:
    return _spoken(f"json-{name}", f"Every answer is JSON {sentence}.", f"json-{name}")


ANSWERS = (
    _spoken("endless-headers", "Headers come without end.", "endless-headers"),
    _spoken("endless-status-line", "The status line comes without end.", "endless-status-line"),
    _spoken("endless-interim-answers", "Interim answers (100 Continue) come without end.", "endless-interim"),
    _spoken("endless-chunks", "The body comes in chunks without end.", "endless-chunks"),
    _spoken("endless-chunk-size", "The size of the first chunk has no end.", "endless-chunk-size"),
    _spoken(
        "drip-headers",
        "The resource server's headers come a byte at a time.",
        "drip-headers",
        API,
        where=("/api/instanceinfo", "/api/authinfo"),
    ),
    _spoken(
        "drip-body",
        "The resource server's bodies come a byte at a time.",
        "drip-body",
        API,
        where=("/api/instanceinfo", "/api/authinfo"),
    ),
    _spoken(
        "huge-token", "Whoever asks gets a token of nearly a megabyte.", "huge-token", AUTH, where=("/auth/token",)
    ),
    _spoken("gigabyte-body", "A body of one gigabyte is announced and sent.", "long-body"),
    _spoken(
        "gigabyte-announced",
        "A body of one gigabyte is announced, and nothing follows.",
        "long-body-unsent",
        AUTH,
        where=("/auth/*",),
    ),
    _spoken("length-nonsense", "The length of the body has five thousand digits.", "length-nonsense"),
    _spoken("lengths-differ", "Two lengths of the body are announced.", "lengths-differ"),
    _spoken("gzip-bomb", "A megabyte comes that unpacks to a gigabyte.", "gzip-bomb"),
    _spoken("deflate-bomb", "What comes is packed twice and unpacks to a hundred megabytes.", "deflate-bomb"),
    _spoken("escapes-in-headers", "A header holds escape sequences.", "escapes-in-headers"),
    _spoken(
        "marked-answers",
        "Markup, escape sequences and right-to-left marks are in every string of every answer.",
        "marked",
        "auth.token",
        API,
    ),
    _spoken("marked-pages", "Every answer is an error page full of markup and escape sequences.", "marked-page"),
)

REDIRECTS = (
    _spoken("redirect-loop", "Everything is redirected to itself.", "redirect-loop"),
    _spoken("redirect-for-ever", "Everything is redirected to ever new addresses.", "redirect-for-ever"),
    _spoken("redirect-elsewhere", "Everything is redirected to a stranger's host.", "redirect-elsewhere"),
    _spoken("redirect-to-file", "Everything is redirected to a file of this machine.", "redirect-to-file"),
    _spoken("redirect-to-metadata", "Everything is redirected to a link-local address.", "redirect-to-metadata"),
    _spoken("redirect-nonsense", "Everything is redirected to what is no address.", "redirect-nonsense"),
)

DOCUMENTS = (
    _json("deep", "of a hundred thousand nested lists"),
    _json("deep-object", "of a hundred thousand nested objects"),
    _json("huge", "of two megabytes"),
    _json("many-keys", "with sixty thousand keys"),
    _json("not-utf-8", "with bytes that are not UTF-8"),
    _json("utf-16", "in UTF-16"),
    _json("same-key-twice", "that has the same key twice"),
    _json("long-number", "with a number of ten thousand digits"),
    _json("no-number", "with NaN and Infinity"),
    _json("other-types", "with values of other types than expected"),
)

RESETS = (
    _spoken("reset-before-answers", "Every connection is reset when a request has come.", "reset"),
    _spoken("reset-in-headers", "Every connection is reset in the middle of the headers.", "reset-in-headers"),
    _spoken("reset-in-bodies", "Every connection is reset in the middle of the body.", "reset-in-body"),
    Scenario(
        "reset-between-requests",
        "Every connection is reset after its first answer.",
        SUBJECT,
        "ready",
        expected=SEEN | {"auth.token": "pass"},
        tricks={"/*": "reset-between"},
    ),
    Scenario(
        "fickle-areas",
        "Each area answers otherwise from request to request: well, with an error, with a page, not at all.",
        SUBJECT,
        "undecided",
        expected=SEEN | {"auth.token": "pass", API: "pass"},
        tricks=dict.fromkeys(("/api/client*", "/api/item", "/api/invoice"), "fickle"),
    ),
    _spoken(
        "fickle-server",
        "The resource server answers otherwise from request to request: with an error, with a page, not at all.",
        "fickle",
        API,
        where=("/api/*",),
    ),
)

STRINGS = (
    Scenario(
        "marked-version",
        "Version, database version, name of the product and tenant are full of markup and escape sequences.",
        SUBJECT,
        "undecided",
        (),
        SEEN,
        resource=ResourceServer(version=HOSTILE, database=HOSTILE, tenant_id=HOSTILE, hosted_group=HOSTILE),
    ),
)

GROUPS = {
    "answers without end, without sense, or full of markup": (*ANSWERS, *STRINGS),
    "redirects": REDIRECTS,
    "JSON": DOCUMENTS,
    "connections that are reset, answers that change": RESETS,
}
"""As the README tells them."""
SCENARIOS = tuple(scenario for group in GROUPS.values() for scenario in group)
