"""Plans as `terraform show -json` writes them, of the resources that a test needs, and what a rule says of them."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.review.model import Finding, Plan
from orchestrator.review.reading.reading import read
from orchestrator.review.rules.kit.rule import Rule

ACCOUNT = "111122223333"
STRANGER = "999988887777"


def change(
    address: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    unknown: Any = None,
    sensitive: Any = None,
    replaced: bool = False,
) -> dict[str, Any]:
    """One entry of `resource_changes`; the actions follow from what there is."""
    if before is None:
        actions = ["create"]
    elif after is None:
        actions = ["delete"]
    elif replaced:
        actions = ["delete", "create"]
    else:
        actions = ["no-op"] if before == after and not unknown else ["update"]
    kind, _, name = address.rpartition(".")[0].rpartition(".")[2], "", address.rpartition(".")[2].partition("[")[0]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
            "before_sensitive": sensitive or {},
            "after_sensitive": sensitive or {},
        },
    }


def plan(*changes: dict[str, Any], configuration: dict[str, Any] | None = None) -> Plan:
    """The plan with these changes, read as any other."""
    return read(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "resource_changes": list(changes),
            "configuration": configuration or {},
        }
    )


def known_account() -> dict[str, Any]:
    """A resource that does not change and tells which account the plan works in."""
    values = {"arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:known"}
    return change("aws_sns_topic.known", values, values)


def findings(rules: tuple[Rule, ...], given: Plan) -> list[Finding]:
    """What the rules say of a plan, in their order."""
    return [
        found
        for rule in rules
        if not rule.of_drift
        for resource in given.changed
        if resource.action != "no-op" and (not rule.types or resource.type in rule.types)
        for found in rule.judge(resource, given)
    ]


def said(rules: tuple[Rule, ...], *changes: dict[str, Any]) -> list[str]:
    """Severity and rule of each finding: `critical iam-admin`."""
    return [f"{found.severity} {found.rule}" for found in findings(rules, plan(*changes))]


def document(*statements: dict[str, Any]) -> str:
    """A policy document as Terraform's `jsonencode` writes it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"), sort_keys=True)


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}
