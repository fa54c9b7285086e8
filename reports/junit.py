"""JUnit XML for build servers: one suite per category, one case per check.

A `pass` and a `warn` succeed (a warning stands in `system-out`), a `fail` is a failure, an `unknown` is an
error, a `skip` and whatever a valid waiver covers is skipped. JUnit knows no more, so every case also
carries status, importance, owner and reason as properties. The shape is that of the readers of Jenkins,
GitLab and Azure DevOps (testmoapp/junitxml, November 2026).
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from diagnose.format import Style
from diagnose.outcome import Status
from diagnose.report import Document, Report
from diagnose.verdict import CheckResult
from reports import particulars, story
from reports.evidence import evidence_lines

ELEMENTS = {Status.FAIL: "failure", Status.UNKNOWN: "error", Status.SKIP: "skipped"}


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole document."""
    report = story.shown(document)
    root = ET.Element("testsuites", {"name": "HaloPSA readiness", **_numbers(report.checks)})
    for category in dict.fromkeys(result.category for result in report.checks):
        root.append(_suite(category, report))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(category: str, report: Report) -> ET.Element:
    results = tuple(result for result in report.checks if result.category == category)
    stamp = report.run.started.replace(microsecond=0, tzinfo=None).isoformat()
    suite = ET.Element("testsuite", {"name": category, **_numbers(results), "timestamp": stamp})
    about = [*particulars.rows(report), ("Digest", particulars.digest_words(report))]
    verdict = [("Verdict", story.verdict_words(report)), ("Headline", report.verdict.headline)]
    _properties(suite, [*verdict, *about])
    suite.extend(_case(result) for result in results)
    return suite


def _numbers(results: tuple[CheckResult, ...]) -> dict[str, str]:
    kinds = [_element(result) for result in results]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _element(result: CheckResult) -> str:
    if result.waived and result.status in {Status.FAIL, Status.UNKNOWN}:
        return "skipped"
    return ELEMENTS.get(result.status, "")


def _case(result: CheckResult) -> ET.Element:
    attributes = {"name": result.id, "classname": result.category, "time": f"{result.seconds:.3f}"}
    case = ET.Element("testcase", attributes)
    reason = story.reason_words(result)
    notes = [("status", story.word(result)), ("importance", result.importance.value), ("owner", result.owner.value)]
    _properties(case, [*notes, *([("reason", reason)] if reason else [])])
    kind = _element(result)
    if kind:
        message = f"{story.word(result)}: {story.in_brief(result)}"
        found = ET.SubElement(case, kind, {"message": message, "type": _type(result)})
        found.text = _in_full(result)
    else:
        ET.SubElement(case, "system-out").text = f"{story.word(result)}: {result.summary}\n{_in_full(result)}"
    return case


def _type(result: CheckResult) -> str:
    return result.reason.code.value if result.reason is not None else result.importance.value


def _in_full(result: CheckResult) -> str:
    lines = [result.title, story.waiver_words(result)]
    goes = story.explanations(result)
    lines += [f"goes with {', '.join(goes)}"] if goes else []
    lines += ["  " * line.depth + line.words() for line in evidence_lines(result.evidence)]
    if result.remedy is not None:
        lines += [f"to do: {result.remedy.summary}", *result.remedy.steps]
        lines += [f"{command.shell}: {command.text}" for command in result.remedy.commands]
        lines += [result.remedy.verify, result.remedy.doc]
    return "\n".join(line for line in lines if line)


def _properties(parent: ET.Element, pairs: list[tuple[str, str]]) -> None:
    holder = ET.SubElement(parent, "properties")
    for name, value in pairs:
        ET.SubElement(holder, "property", {"name": name, "value": value})
