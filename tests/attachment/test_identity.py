"""Whatever a report holds, the attachment gives it back as it was, and one report makes one attachment."""

from __future__ import annotations

from hypothesis import given, settings

from diagnose.report import Document
from diagnose.support.archive import packed
from diagnose.support.attachment import members, report_in
from diagnose.support.saved import parse
from tests.reports import strategies


@settings(max_examples=20)
@given(strategies.documents())
def test_json_to_attachment_to_json_is_the_same_document(document: Document) -> None:
    content = packed(members(document, ticket="T-1"))
    assert parse(report_in(content)) == document.raw
    assert packed(members(document, ticket="T-1")) == content
