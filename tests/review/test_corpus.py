"""Plans that Terraform really made, and exactly the findings that a reviewer wants of each."""

import json
import re
from pathlib import Path

import pytest

from orchestrator.review.catalogue import RULES
from orchestrator.review.model import Resource
from orchestrator.review.reading.reading import read
from orchestrator.review.values import shown
from tests.review.corpus import cases, make
from tests.services.running import free_port

NAMES = make.names()
# Made anew by a test: without a provider, and with the one for AWS (applied, then planned against the emulator).
MADE_ANEW = ("plain-check-fails", "plain-sensitive", "iam-widened-wholly")


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_has_the_findings_that_a_reviewer_wants_and_no_others(name: str) -> None:
    outcome = cases.compare(name)
    assert not outcome.missed, f"missed: {outcome.missed}"
    assert not outcome.false, "false: " + "; ".join(
        f"{item.rule} {item.severity} {item.address} {item.path}: {item.reason}" for item in outcome.false
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_has_its_verdict_and_its_counts(name: str) -> None:
    review, expected = cases.reviewed(name), cases.expected(name)
    assert str(review.verdict) == expected.verdict, review.because
    assert {what: getattr(review.counts, what) for what in cases.COUNTS} == expected.counts


@pytest.mark.parametrize("name", NAMES)
def test_deploys_outputs_checks_and_drift_are_told_as_what_they_are(name: str) -> None:
    review, expected = cases.reviewed(name), cases.expected(name)
    told = {deploy.service: deploy for deploy in review.deploys}
    assert set(told) == {wanted["service"] for wanted in expected.deploys}
    for wanted in expected.deploys:
        deploy = told[wanted["service"]]
        assert (deploy.before or "").count(wanted.get("before", "")) and (deploy.after or "").count(
            wanted.get("after", "")
        )
    assert tuple(sorted(output.name for output in review.plan.outputs)) == expected.outputs
    assert {check.address: check.status for check in review.plan.checks if check.status != "pass"} == expected.checks
    if expected.drift is not None:
        assert tuple(item.address for item in review.plan.drift) == expected.drift
        assert review.plan.drift or review.plan.other_drift


def test_there_are_more_than_forty_plans_and_a_quarter_of_them_is_harmless() -> None:
    silent = [name for name in NAMES if not cases.expected(name).findings]
    assert len(NAMES) > 40
    assert len(silent) * 4 > len(NAMES)


def test_each_rule_is_shown_by_a_case() -> None:
    shown_by_a_case = {wanted.rule for name in NAMES for wanted in cases.expected(name).findings}
    assert {rule.id for rule in RULES} - shown_by_a_case == set(cases.WITHOUT_CASE)


def test_the_page_says_what_the_corpus_shows() -> None:
    assert (make.CORPUS / "README.md").read_text() == cases.page()


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_says_nothing_of_the_machine_that_made_it(name: str) -> None:
    text = make.committed(name)
    assert not re.search(r'/(tmp|root|home|work|opt)/|"timestamp"', text)


@pytest.mark.network
@pytest.mark.terraform
def test_terraform_still_makes_the_plans_that_are_kept(tmp_path: Path) -> None:
    """All that a plan says of changes, but for what AWS and Terraform choose at random."""
    with make.workshop(tmp_path, free_port()) as shop:
        for name in MADE_ANEW:
            fresh, kept = read(json.loads(shop.plan_of(name))), read(cases.shown(name))
            assert [_told(item) for item in fresh.resources] == [_told(item) for item in kept.resources]
            assert [(it.name, it.action) for it in fresh.outputs] == [(it.name, it.action) for it in kept.outputs]
            assert fresh.checks == kept.checks


def _told(resource: Resource) -> tuple[object, ...]:
    differences = [
        (item.path, shown(item.before), shown(item.after), item.added, item.removed, item.replaces)
        for item in resource.differences
        if item.path not in (("id",),)
    ]
    return resource.address, resource.action, resource.action_reason, resource.replace_paths, differences
