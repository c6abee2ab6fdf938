"""What other clouds add to the rules: rows for rules that there are, manifests by their kind, Vault's policies."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.catalogue import RULES
from orchestrator.review.review import findings
from orchestrator.review.rules.facts.clouds.additions import ROWS
from orchestrator.review.rules.facts.tables.other_names import all_names, first_name
from tests.review.plans import change, plan


def of(*changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(str(item.severity), item.rule, str(item.path)) for item in findings(plan(*changes), RULES)]


def test_each_cloud_adds_to_rules_that_there_are() -> None:
    assert {rule for rows in ROWS for rule in rows} <= {rule.id for rule in RULES}


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("kubernetes_job", "kubernetes_job_v1"),
        ("kubernetes_daemonset", "kubernetes_daemon_set_v1"),
        ("aws_lb", "aws_alb"),
        ("kubernetes_horizontal_pod_autoscaler", "kubernetes_horizontal_pod_autoscaler_v2"),
    ],
)
def test_a_type_is_known_by_all_of_its_names(first: str, other: str) -> None:
    assert other in all_names(first)
    assert first_name(first) == first
    assert first_name(other) == (first if first.startswith("kubernetes") else other)


def test_what_is_found_in_a_manifest_is_said_with_its_path_there() -> None:
    def manifest(replicas: int) -> dict[str, Any]:
        return {"manifest": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas}}}

    found = of(change("kubernetes_manifest.app", manifest(3), manifest(0)))
    assert found == [("high", "capacity-zero", "('manifest', 'spec', 'replicas')")]


@pytest.mark.parametrize("text", ["a: &a [x]\nb: *a\n", "{", "- 1", "kind: Deployment\n"])
def test_yaml_that_is_no_object_of_kubernetes_is_left_as_it_is(text: str) -> None:
    assert not [one for one in of(change("kubectl_manifest.a", None, {"yaml_body": text})) if one[0] != "low"]


@pytest.mark.parametrize(
    "text",
    [
        'path "*" { capabilities = ["sudo", "read"] }',
        '{"path": {"*": {"capabilities": ["sudo", "read"]}}}',
        'path "*" { policy = "sudo" }',
    ],
)
def test_a_policy_of_vault_is_read_however_it_is_written(text: str) -> None:
    assert of(change("vault_policy.p", None, {"name": "p", "policy": text}))[0][:2] == ("critical", "iam-admin")


def test_a_comment_in_a_policy_of_vault_allows_nothing() -> None:
    assert of(change("vault_policy.p", None, {"name": "p", "policy": '# path "*" { capabilities = ["sudo"] }'})) == []
