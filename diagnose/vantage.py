"""The outside half of the allow-list proof as two documents: what is asked for, and what was seen.

The rule: neither holds a credential. A request says where to look and carries a nonce; an answer carries the whole
request, so what comes back can be held against what was sent. The digest shows an answer that was changed by
accident or in passing; whoever means to forge one can compute it too, so an answer is as good as who sent it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from diagnose.addresses import kind
from diagnose.converting import convert
from diagnose.facts.allowlist import Canary, Moment, ObservedEgress, TargetRole, Tried, VantageAnswer
from diagnose.facts.run import Target
from diagnose.text import harmless, harmless_value

REQUEST: Literal["diagnose-vantage-request/1"] = "diagnose-vantage-request/1"
ANSWER: Literal["diagnose-vantage-answer/1"] = "diagnose-vantage-answer/1"
LARGEST = 1 << 20
"""Bytes of a document; an answer about two URLs with ten addresses each has 20,000."""
CLOCK_DOUBT = timedelta(minutes=5)
"""So far apart the two machines' clocks may be."""
MOST = 32
"""Entries of any list in a document."""

Text = Annotated[str, msgspec.Meta(max_length=300)]
Nonce = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32,128}$")]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Url = Annotated[str, msgspec.Meta(min_length=9, max_length=2048)]


class VantageError(Exception):
    """A document that cannot be used; one sentence that says why and repeats nothing of it."""


class AskedFor(msgspec.Struct, frozen=True):
    """One server URL to look at."""

    role: TargetRole
    url: Url


class VantageRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the customer sends. `addresses`: the server's as seen there; `leafs`: digests of its certificate."""

    schema: Literal["diagnose-vantage-request/1"]
    request_id: Text
    created: Moment
    nonce: Nonce
    targets: Annotated[tuple[AskedFor, ...], msgspec.Meta(min_length=1, max_length=2)]
    addresses: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST)] = ()
    leafs_sha256: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=MOST)] = ()
    tool_version: Text = ""


class Vantage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the answer was made, and as whom that place was seen."""

    role: Literal["integrator", "foreign", "customer"]
    egress: Annotated[tuple[ObservedEgress, ...], msgspec.Meta(max_length=MOST)] = ()
    label: Text = ""
    via_proxy: bool = False


class VantageDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """What comes back: the request as it was received, and what was seen."""

    schema: Literal["diagnose-vantage-answer/1"]
    request: VantageRequest
    nonce: Nonce
    vantage: Vantage
    started: Moment
    ended: Moment
    targets: Annotated[tuple[Tried, ...], msgspec.Meta(max_length=2)] = ()
    canaries: Annotated[tuple[Canary, ...], msgspec.Meta(max_length=MOST)] = ()
    tool_version: Text = ""
    digest: Text = ""


Document = TypeVar("Document", VantageRequest, VantageDocument)


def new_request(
    target: Target,
    *,
    request_id: str,
    nonce: str,
    now: datetime,
    addresses: tuple[str, ...] = (),
    leafs_sha256: tuple[str, ...] = (),
    tool_version: str = "",
) -> VantageRequest:
    """Return a request for this target; the caller draws the nonce (`secrets.token_hex(16)`)."""
    targets = (AskedFor("auth", target.auth.used), AskedFor("api", target.resource.used))
    return VantageRequest(
        schema=REQUEST,
        request_id=request_id,
        created=now,
        nonce=nonce,
        targets=targets,
        addresses=addresses,
        leafs_sha256=leafs_sha256,
        tool_version=tool_version,
    )


def written(document: VantageRequest | VantageDocument) -> bytes:
    """Return the document as a file for people to read before they send it; an answer gets its digest."""
    value = msgspec.to_builtins(document)
    if isinstance(document, VantageDocument):
        value["digest"] = digest_of(value)
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def digest_of(value: dict[str, Any]) -> str:
    """Return the SHA-256 of the document without its digest: UTF-8 JSON, keys sorted, no blanks."""
    rest = {name: item for name, item in value.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_request(data: bytes) -> VantageRequest:
    """Return the request in a file; VantageError where it is none that may be carried out."""
    request = _converted(_parsed(data), VantageRequest, REQUEST)
    _refuse_odd_urls(request)
    return request


def read_answer(data: bytes) -> VantageDocument:
    """Return the answer in a file; VantageError where it is none, or was changed after it was written."""
    value = _parsed(data)
    document = _converted(value, VantageDocument, ANSWER)
    if document.digest != digest_of(value):
        raise VantageError("the answer was changed after it was written; ask for the file as the tool wrote it")
    _refuse_odd_urls(document.request)
    _refuse_odd_findings(document)
    return document


def is_request(data: bytes) -> bool:
    """Whether a file says that it is a request, so that it can be taken for what an answer is held against."""
    try:
        return _parsed(data).get("schema") == REQUEST
    except VantageError:
        return False


def as_fact(document: VantageDocument, source: str, known: VantageRequest | None = None) -> VantageAnswer:
    """Return the answer as it goes into the report, its nonce held against the request it carries and the known one.

    Without the request at hand, an answer can only be consistent in itself.
    """
    in_order = document.request.created <= document.ended + CLOCK_DOUBT
    consistent = document.nonce == document.request.nonce and in_order
    return VantageAnswer(
        source=harmless(source),
        request_id=document.request.request_id,
        role=document.vantage.role,
        started=document.started,
        ended=document.ended,
        nonce_ok=consistent and (known is None or known == document.request),
        egress=document.vantage.egress,
        targets=document.targets,
        canaries=document.canaries,
        via_proxy=document.vantage.via_proxy,
        label=document.vantage.label,
    )


def _parsed(data: bytes) -> dict[str, Any]:
    """Return the JSON object; what is not strict JSON is refused."""
    from diagnose.probes.strictjson import NotJson, strict_json  # noqa: PLC0415 - the package beside it is not pure

    if len(data) > LARGEST:
        raise VantageError(f"the file is larger than {LARGEST} bytes, and no request or answer is")
    try:
        value = strict_json(data)
    except NotJson as error:
        raise VantageError("the file is not JSON as diagnose vantage writes it") from error
    if not isinstance(value, dict):
        raise VantageError("the file is JSON, but no request or answer of diagnose vantage")
    return value


def _converted(value: dict[str, Any], form: type[Document], schema: str) -> Document:
    said = value.get("schema")
    if said != schema:
        other = {REQUEST: "a request and no answer", ANSWER: "an answer and no request"}
        what = other.get(said, "neither a request nor an answer") if isinstance(said, str) else "nothing known here"
        raise VantageError(f"the file is {what}; expected is {schema}")
    try:
        return convert(harmless_value(value), form)
    except (msgspec.ValidationError, RecursionError) as error:
        raise VantageError(f"the file is no complete {schema}") from error


def _refuse_odd_urls(request: VantageRequest) -> None:
    """The outside half connects where a request says, so a request may say little."""
    if len({target.role for target in request.targets}) != len(request.targets):
        raise VantageError("the request names one of the two server URLs twice")
    for target in request.targets:
        try:
            parts = urlsplit(target.url)
            odd = parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port == 0
        except ValueError as error:
            raise VantageError("the request holds a URL that cannot be read") from error
        if odd or parts.query or parts.fragment or any(mark in target.url for mark in " \\"):
            raise VantageError("the request holds a URL that is not plain https without credentials and query")


def _refuse_odd_findings(document: VantageDocument) -> None:
    """What an answer says must be about its own request, and its addresses must be addresses."""
    if document.ended < document.started:
        raise VantageError("the answer ended before it began")
    asked = {(target.role, target.url) for target in document.request.targets}
    found = [(tried.role, tried.url) for tried in document.targets]
    if len(set(found)) != len(found) or not set(found) <= asked:
        raise VantageError("the answer is about other server URLs than its request")
    reaches = [reach for tried in document.targets for reach in tried.reaches]
    if len(reaches) > 2 * MOST or any(len(reach.asked) > MOST for reach in reaches):
        raise VantageError("the answer holds more than any outside run sees")
    named = [seen.address for seen in document.vantage.egress] + [reach.address for reach in reaches]
    named += [reach.egress for reach in reaches if reach.egress]
    if any(kind(address) == "no address" for address in named):
        raise VantageError("the answer names what is no IP address")
