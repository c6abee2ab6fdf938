"""Who may be a role: trust policies, of services, accounts and identity providers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.review.access import RULES, found, of, role, trust
from tests.review.plans import ACCOUNT, STRANGER, said

GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
AUD = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
MAIN, STAGE = "repo:me/x:ref:refs/heads/main", "repo:me/x:environment:production"


def for_subjects(subjects: list[str], others: dict[str, str] | None = None, host: str = "") -> str:
    """A trust policy for these subjects of an identity provider, GitHub's unless another is named."""
    name = host or "token.actions.githubusercontent.com"
    asked = {f"{name}:aud": "sts.amazonaws.com"} if others is None else others
    wide = any("*" in subject for subject in subjects)
    by_subject = {f"{name}:sub": subjects}
    condition = {
        "StringEquals": asked if wide else {**asked, **by_subject},
        **({"StringLike": by_subject} if wide else {}),
    }
    return trust({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}"}, Condition=condition)


def test_a_new_role_for_a_service_or_for_the_own_account_is_no_finding() -> None:
    assert of(role(None, trust({"Service": "ecs-tasks.amazonaws.com"}))) == []
    assert of(role(None, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/ci"}))) == []


@pytest.mark.parametrize("before", [None, trust({"Service": "ec2.amazonaws.com"})])
def test_a_role_that_everybody_can_take_is_critical(before: str | None) -> None:
    assert of(role(before, trust("*"))) == ["critical trust-widened"]
    assert of(role(before, trust({"AWS": "*"}))) == ["critical trust-widened"]


@pytest.mark.parametrize("before", [None, trust({"Service": "ec2.amazonaws.com"})])
def test_another_account_is_high_and_with_an_external_id_medium(before: str | None) -> None:
    stranger = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    assert of(role(before, trust(stranger))) == ["high trust-widened"]
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    assert of(role(before, trust(stranger, Condition=condition))) == ["medium trust-widened"]


def test_an_account_of_which_nothing_tells_whose_it_is_is_worth_a_low_remark() -> None:
    assert said(RULES, role(None, trust({"AWS": STRANGER}))) == ["low trust-widened"]


def test_another_service_on_an_existing_role_is_medium() -> None:
    both = trust({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]})
    (one,) = found(role(trust({"Service": "ecs-tasks.amazonaws.com"}), both))
    assert str(one.severity) == "medium" and "lambda.amazonaws.com" in one.reason and "ecs-tasks" not in one.reason


def test_a_condition_taken_away_is_high() -> None:
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    before = trust(principal, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    assert of(role(before, trust(principal))) == ["high trust-widened"]
    assert of(role(trust(principal), before)) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {**AUD, "token.actions.githubusercontent.com:sub": "repo:me/x:ref:refs/heads/main"}}, []),
        ({"StringEquals": AUD}, ["critical trust-widened"]),
        ({}, ["critical trust-widened"]),
        (
            {"StringEquals": AUD, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:me/x:*"}},
            ["medium trust-widened"],
        ),
        (
            {"StringEquals": AUD, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:me/*"}},
            ["high trust-widened"],
        ),
        (
            {"StringEquals": AUD, "StringLike": {"token.actions.githubusercontent.com:sub": "*"}},
            ["critical trust-widened"],
        ),
        ({"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:me/x:ref:a"}}, ["low trust-widened"]),
    ],
)
def test_a_role_for_github_is_judged_by_its_subject(condition: dict[str, Any], expected: list[str]) -> None:
    assert of(role(None, trust({"Federated": GITHUB}, Condition=condition))) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, [MAIN, STAGE], []),
        ([MAIN, STAGE], [MAIN], []),
        ([MAIN], [MAIN, STAGE], ["medium trust-widened"]),
        ([MAIN], [STAGE], ["medium trust-widened"]),
        (["repo:me/x:*"], ["repo:me/x:*", "repo:me/y:ref:refs/heads/main"], ["medium trust-widened"]),
        ([MAIN], [MAIN, "repo:me/x:pull_request"], ["high trust-widened"]),
        ([MAIN], [MAIN, "repo:me/x:ref:refs/tags/v1"], ["high trust-widened"]),
        ([MAIN], [MAIN, "repo:me/x:environment:*"], ["high trust-widened"]),
        ([MAIN], [MAIN, "repo:me/*"], ["high trust-widened"]),
        ([MAIN], [MAIN, "repo:*"], ["high trust-widened"]),
    ],
)
def test_a_further_subject_of_a_role_is_not_dangerous_if_it_is_exact(
    before: list[str] | None, after: list[str], expected: list[str]
) -> None:
    said = found(role(None if before is None else for_subjects(before), for_subjects(after)))
    assert [f"{one.severity} {one.rule}" for one in said] == expected
    if expected == ["medium trust-widened"]:
        assert after[-1] in said[0].reason and "token.actions.githubusercontent.com" in said[0].reason
        assert before is not None and not any(subject in said[0].reason for subject in before)


def test_a_further_branch_of_a_gitlab_project_is_not_dangerous() -> None:
    branches = ["project_path:me/group/x:ref_type:branch:ref:main", "project_path:me/group/x:ref_type:branch:ref:stage"]
    before, after = (for_subjects(named, host="gitlab.example.com") for named in (branches[:1], branches))
    assert of(role(before, after)) == ["medium trust-widened"]
    wide = for_subjects([*branches, "project_path:me/group/x:*"], host="gitlab.example.com")
    assert of(role(before, wide)) == ["high trust-widened"]


def test_a_further_subject_does_not_hide_that_another_condition_is_gone() -> None:
    both, one = for_subjects([MAIN, STAGE], {}), for_subjects([MAIN])
    (said,) = found(role(one, both))
    assert str(said.severity) == "high" and "aud" in said.reason
    file = "/".join(("me", "x", ".github", "workflows", "deploy.yml@main"))
    workflow = {**AUD, "token.actions.githubusercontent.com:job_workflow_ref": file}
    assert of(role(for_subjects([MAIN], workflow), for_subjects([MAIN, STAGE]))) == ["high trust-widened"]
    assert of(role(for_subjects([MAIN], workflow), for_subjects([MAIN, STAGE], workflow))) == ["medium trust-widened"]
    assert of(role(trust({"Federated": GITHUB}, Condition={"StringEquals": AUD}), one)) == []


def test_a_role_for_pods_or_for_cognito_is_no_finding_and_one_for_a_whole_cluster_is() -> None:
    host = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"}
    exact = {"StringEquals": {f"{host}:sub": "system:serviceaccount:web:api", f"{host}:aud": "sts.amazonaws.com"}}
    assert of(role(None, trust(provider, Condition=exact))) == []
    assert of(role(None, trust(provider, Condition={"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}}))) == [
        "high trust-widened"
    ]
    pool = {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:x"}}
    assert of(role(None, trust({"Federated": "cognito-identity.amazonaws.com"}, Condition=pool))) == []
