"""The action plan: for each owner one text that is complete without the report."""

from __future__ import annotations

import pytest

from diagnose.format import Style, renderer
from diagnose.outcome import Command, Owner, Remedy, Status
from diagnose.report import Document
from reports import story
from reports.letters import letters
from reports.summary import render
from tests.reports import samples


def two_owners() -> Document:
    results = samples.healthy_results()
    mend = Remedy("install it", ("open certlm.msc",), (Command("powershell", "certutil -addstore"),), "run it again")
    samples.changed(results, "tls.name", Status.FAIL, "it is for another", evidence={"names": ["b.test"]}, remedy=mend)
    samples.changed(results, "version.current", Status.FAIL, "it is old", evidence={"running": "2.1"})
    return samples.document(results)


def test_each_owner_gets_one_letter_with_everything_that_is_his() -> None:
    found = {letter.owner: letter.text for letter in letters(story.shown(two_owners()))}
    assert set(found) == {Owner.CERTIFICATE_ADMIN, Owner.HALO_ADMIN}
    mine = found[Owner.CERTIFICATE_ADMIN]
    for words in (
        "https://halo.example.com/api",
        "tls.name",
        "install it",
        "open certlm.msc",
        "certutil",
        "run it again",
    ):
        assert words in mine
    assert "b.test" in mine
    assert "it is old" not in mine


def test_where_nothing_is_to_be_done_nobody_gets_a_letter() -> None:
    assert letters(story.shown(samples.document(samples.healthy_results()))) == ()


@pytest.mark.parametrize("form", ["html", "markdown", "text", "terminal"])
def test_every_format_for_people_has_the_letters(form: str) -> None:
    text = renderer(form).render(two_owners(), Style(verbose=1))
    assert text.count("Hello,") == 2


def test_the_summary_names_verdict_and_findings_in_its_first_ten_lines() -> None:
    lines = render(two_owners(), ticket="T-1", note="<b>\n# no heading").splitlines()
    top = "\n".join(lines[:10])
    for words in ("NOT READY", "tls.name", "it is for another", "certificate-admin", "version.current", "halo-admin"):
        assert words in top
    assert "- Ticket: T-1" in lines
    assert "&lt;b>" in lines
    assert "\\# no heading" in lines
