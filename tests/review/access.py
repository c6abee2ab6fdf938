"""Changes of policies, and what the rules of access say of them."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Finding
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import group
from tests.review.plans import ACCOUNT, change, document, findings, known_account, plan, said

RULES = tuple(rule for rule in group("access") if rule.id != NOT_JUDGEABLE)

QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"
BUCKET = "arn:aws:s3:::reports/*"


def of(*changes: dict[str, Any]) -> list[str]:
    """Severity and rule of each finding, in a plan of a known account."""
    return said(RULES, known_account(), *changes)


def found(*changes: dict[str, Any]) -> list[Finding]:
    """The same findings, whole."""
    return findings(RULES, plan(known_account(), *changes))


def policy(before: str | None, after: str | None, kind: str = "aws_iam_policy", **more: Any) -> dict[str, Any]:
    """The change of a policy from one document to another."""
    values = [None if text is None else {"policy": text, **more} for text in (before, after)]
    return change(f"{kind}.p", *values)


def role(before: str | None, after: str | None, **more: Any) -> dict[str, Any]:
    """The change of a role from one trust policy to another."""
    values = [None if text is None else {"name": "r", "assume_role_policy": text, **more} for text in (before, after)]
    return change("aws_iam_role.r", *values)


def trust(principal: Any, **more: Any) -> str:
    """A trust policy for that principal."""
    web = isinstance(principal, dict) and "Federated" in principal
    action = "sts:AssumeRoleWithWebIdentity" if web else "sts:AssumeRole"
    return document({"Effect": "Allow", "Action": action, "Principal": principal, **more})
