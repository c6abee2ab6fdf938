"""The result as JUnit XML, as Jenkins, GitLab and most others read it: every rule of the review is a test case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from orchestrator.ci.result import Result
from orchestrator.errors import Failure
from orchestrator.review.model import Finding
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import dotted, shown

# XML 1.0 has no way at all to write these.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(result: Result, rules: Sequence[Rule]) -> str:
    """One test suite: a finding that stops is a failure, one that the policy excepts is skipped, a rule that found
    nothing (or nothing that stops) has passed. A stage that ended in a failure of its own has an error.
    """
    suite = ElementTree.Element("testsuite", name=_text(f"storyizer {result.stage} {result.environment}"))
    findings = result.review.findings if result.review else ()
    for finding in findings:
        _finding(suite, result, finding)
    if result.review:
        found = {finding.rule for finding in findings}
        for rule in rules:
            if rule.id not in found:
                _case(suite, rule.id, rule.title)
    own = _case(suite, result.stage, f"ci {result.stage} {result.environment}", result.seconds)
    if result.failure is not None and not result.stopped_by_findings:
        _error(own, result.failure)
    cases = list(suite)
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    for name, count in counts.items():
        suite.set(name, str(count))
    suite.set("time", f"{result.seconds:.3f}")
    whole = ElementTree.Element("testsuites", suite.attrib)
    whole.append(suite)
    ElementTree.indent(whole)
    text = ElementTree.tostring(whole, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _finding(suite: ElementTree.Element, result: Result, finding: Finding) -> None:
    case = _case(suite, finding.rule, finding.address)
    message = f"{finding.severity}: {finding.reason}"
    if finding.excepted:
        ElementTree.SubElement(case, "skipped", message=_text(f"let pass by the policy: {finding.excepted}"))
    elif result.stops(finding):
        failure = ElementTree.SubElement(case, "failure", message=_text(message), type=_text(finding.rule))
        failure.text = _text(details(finding))
    else:
        out = ElementTree.SubElement(case, "system-out")
        out.text = _text(f"{message}\n{details(finding)}")


def details(finding: Finding) -> str:
    """A finding in several lines: where, from what to what, what to do."""
    lines = [finding.address, finding.reason]
    if finding.path:
        lines.append(f"{dotted(finding.path)}: {shown(finding.before)} → {shown(finding.after)}")
    if finding.advice:
        lines.append(f"what to do: {finding.advice}")
    return "\n".join(lines)


def _error(case: ElementTree.Element, failure: Failure) -> None:
    error = ElementTree.SubElement(case, "error", message=_text(failure.message), type=f"exit {int(failure.exit_code)}")
    error.text = _text(failure.render())


def _case(suite: ElementTree.Element, group: str, name: str, seconds: float = 0.0) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=_text(f"{suite.get('name')}.{group}"), name=_text(name), time=f"{seconds:.3f}"
    )


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
