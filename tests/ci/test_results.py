"""The results for programs and for people: JUnit, JSON, dotenv, comment."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from orchestrator.ci import junit, reports, source_lines
from orchestrator.ci import result as results
from orchestrator.ci.result import Result
from orchestrator.errors import ExitCode, Failure
from orchestrator.review import catalogue
from orchestrator.review.model import Finding, Plan, Review, Severity
from orchestrator.review.render import markdown
from orchestrator.system import paths


def cases(text: str) -> dict[str, ElementTree.Element]:
    """Test cases by the last part of their class and their name."""
    suites = ElementTree.fromstring(text)
    assert suites.tag == "testsuites"
    (suite,) = suites
    counted = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    found = list(suite)
    assert counted == {
        "tests": len(found),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
        "skipped": len(suite.findall("testcase/skipped")),
    }
    assert counted["tests"] == int(suites.attrib["tests"])
    assert all(case.tag == "testcase" and case.get("classname") and case.get("time") for case in found)
    return {f"{case.attrib['classname'].rpartition('.')[2]} {case.get('name')}": case for case in found}


def part(case: ElementTree.Element, name: str) -> ElementTree.Element:
    """What a test case says of its end."""
    found = case.find(name)
    assert found is not None
    return found


def test_what_stops_has_failed_and_what_is_excepted_is_skipped(result: Result) -> None:
    found = cases(junit.render(result, catalogue.RULES))
    failed = part(found["data-replaced module.table.aws_dynamodb_table.this"], "failure")
    assert failed.get("type") == "data-replaced"
    assert failed.text and "hash_key: id → other" in failed.text and "Keep the key." in failed.text
    assert "a test's" in part(found["backup-off aws_db_instance.x"], "skipped").attrib["message"]
    seen = found['health-check-weakened aws_lb.x["<&>"]']
    assert seen.find("failure") is None and "Fewer checks." in (part(seen, "system-out").text or "")
    assert found["plan ci plan staging"].find("error") is None


def test_every_rule_that_found_nothing_has_passed(result: Result) -> None:
    found = cases(junit.render(result, catalogue.RULES))
    named = {key.split(" ")[0] for key in found}
    assert {rule.id for rule in catalogue.RULES} <= named
    assert len(catalogue.RULES) > 20


def test_a_stage_that_failed_is_an_error(result: Result) -> None:
    failure = Failure("terraform plan failed", reason="no such zone", next_step="mend it")
    ended = replace(result, review=None, failure=failure, exit_code=ExitCode.FAILURE)
    error = part(cases(junit.render(ended, catalogue.RULES))["plan ci plan staging"], "error")
    assert error.get("message") == "terraform plan failed"
    assert "no such zone" in (error.text or "")


def test_a_plan_that_differs_is_an_error_whatever_findings_there_are_too(result: Result) -> None:
    failure = Failure("the merged code does something else", details=["aws_x.y: a"], exit_code=result.exit_code)
    found = cases(junit.render(replace(result, differs=True, failure=failure), catalogue.RULES))
    assert "does something else" in (part(found["plan ci plan staging"], "error").text or "")
    said = results.as_dict(replace(result, differs=True, failure=failure))
    assert said["error"]["details"] == ["aws_x.y: a"]


@pytest.mark.parametrize("nasty", ["a\x00b", "\x1b[31mred", "\ud800", "]]>", "<x>&\"'", "\ufffe"])
def test_any_text_gives_xml_that_can_be_read(result: Result, review: Review, nasty: str) -> None:
    bad = Finding("data-replaced", Severity.CRITICAL, nasty, nasty, nasty, (nasty,), nasty, nasty)
    text = junit.render(replace(result, review=replace(review, findings=(bad,))), catalogue.RULES)
    assert cases(text.encode().decode())


def test_the_result_for_programs_says_what_came_of_it(result: Result) -> None:
    said = json.loads(results.as_json(result))
    assert (said["stage"], said["environment"], said["exit_code"], said["verdict"]) == (
        "plan",
        "staging",
        3,
        "dangerous",
    )
    assert said["bundle"] == "f" * 64
    assert [item["rule"] for item in said["findings"]] == ["data-replaced", "health-check-weakened", "backup-off"]
    assert said["error"]["message"] == "the review stops this plan"
    assert said["counts"]["replace"] == 1
    assert said["seconds"] == 12.35 or said["seconds"] == 12.34


def test_variables_are_one_line_each(result: Result) -> None:
    text = results.as_dotenv(replace(result, url="http://x/\nEVIL=1"))
    assert text.splitlines()[:2] == ["STORYIZER_VERDICT=dangerous", "STORYIZER_EXIT_CODE=3"]
    assert "STORYIZER_URL=http://x/ EVIL=1" in text.splitlines()


def test_the_comment_is_found_again_and_says_what_to_do(result: Result) -> None:
    text = reports.comment(result)
    assert text.startswith(f"{markdown.marker('staging')}\n")
    assert "data-replaced" in text and "change it" in text
    assert "f" * 64 not in text


def test_the_comment_names_the_bundle_that_waits_for_the_merge(result: Result) -> None:
    last = reports.comment(replace(result, failure=None, exit_code=ExitCode.SUCCESS)).rstrip().splitlines()[-1]
    assert "f" * 64 in last and result.commit[:12] in last


def test_a_comment_fits_whatever_is_in_it(result: Result, review: Review) -> None:
    many = tuple(replace(review.findings[0], address=f"aws_dynamodb_table.t{i}") for i in range(3000))
    failure = Failure("m" * 5000, reason="\n".join(["r" * 5000] * 500), next_step="n" * 5000)
    big = replace(result, review=replace(review, findings=many), failure=failure, notes=("x" * 5000,) * 9)
    assert len(reports.comment(big)) <= markdown.LIMIT


def test_a_failed_stage_has_a_comment_too(result: Result) -> None:
    ended = replace(result, review=None, failure=Failure("no usable credentials", next_step="aws sso login"), bundle="")
    text = reports.comment(ended)
    assert text.startswith(f"{markdown.marker('staging')}\n")
    assert "no usable credentials" in text and "aws sso login" in text


def test_reports_replace_those_of_an_earlier_run_and_hold_no_plan(result: Result, tmp_path: Path) -> None:
    reports.write(result, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == set(reports.FILES)
    reports.write(replace(result, review=None), tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        reports.COMMENT,
        reports.RESULT,
        reports.JUNIT,
        reports.DOTENV,
    }


def test_an_error_that_nobody_foresaw_is_told_by_its_type_alone(result: Result) -> None:
    ended = reports.failed(result, ValueError("AKIA-secret"))
    assert "AKIA-secret" not in results.as_json(ended) + reports.comment(ended) + junit.render(ended, ())
    assert "ValueError" in results.as_json(ended)
    assert ended.exit_code == ExitCode.FAILURE


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ('module.service["words"].aws_ecs_service.this', "terraform/modules/ecs_service/main.tf"),
        ('module.storage.module.table["stories"].aws_dynamodb_table.this', "terraform/modules/table/main.tf"),
        ("aws_kms_key.this", "terraform/environment/encryption.tf"),
        ('module.network.aws_subnet.public["a.b[0]"]', "terraform/modules/network/main.tf"),
    ],
)
def test_an_address_leads_to_its_block(address: str, file: str) -> None:
    found, line = source_lines.of([address])[address]
    assert found == file
    kind, name = re.sub(r'\["[^"]*"\]', "", address).split(".")[-2:]
    text = (paths.ROOT / found).read_text().splitlines()[line - 1]
    assert text.startswith(f'resource "{kind}" "{name}"')


def test_an_address_of_nothing_here_has_no_place() -> None:
    assert source_lines.of(["aws_instance.x", "module.gone.aws_lb.x", "module.a", "x", "", "module..a.b"]) == {}


def test_no_sensitive_text_of_the_plan_is_in_any_report(
    result: Result,
    review: Review,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = 'hunter2-"<&%>,:-and-more'
    finding = replace(review.findings[0], reason=f"It holds {secret}.", advice=f"Turn {secret}.", before=secret)
    telling = replace(review, plan=Plan(secrets=frozenset([secret])), findings=(finding,), because=secret)
    failure = Failure(f"it failed at {secret}", reason=secret, next_step=secret, details=[secret])
    leaking = replace(result, review=telling, failure=failure, notes=(f"moved {secret}",))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    reports.write(leaking, tmp_path / "out")
    reports.to_github(leaking)
    texts = [file.read_text() for file in [*(tmp_path / "out").iterdir(), tmp_path / "summary"]]
    assert len(texts) == len(reports.FILES) + 1
    for text in [*texts, capsys.readouterr().out]:
        assert "hunter2" not in text
    assert "It holds (sensitive)." in (tmp_path / "out" / reports.JUNIT).read_text()
