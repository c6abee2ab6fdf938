"""Credentials that do not expire."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.rule import Rule

_LONG_LIVED = {
    "aws_iam_access_key": "an access key that does not expire, with its secret in Terraform's state",
    "aws_iam_user_login_profile": "a password for the console, in Terraform's state",
    "aws_iam_service_specific_credential": "a password that does not expire, in Terraform's state",
}
_ADVICE = "Have a role assumed instead: by a service, through OIDC or IAM Identity Center."


def _long_lived(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.created and resource.before is None:
        yield Finding(
            "long-lived-credential",
            Severity.MEDIUM,
            resource.address,
            f"Creates {_LONG_LIVED[resource.type]}.",
            _ADVICE,
        )


RULE = Rule(
    "long-lived-credential",
    Severity.MEDIUM,
    "A credential that does not expire is created",
    "Keys and passwords leak and stay valid, and Terraform's state holds them in plain text.",
    looks=_long_lived,
    types=frozenset(_LONG_LIVED),
    fix=_ADVICE,
    examples=(
        Fires("aws_iam_access_key", None, {"user": "ci"}),
        Silent("aws_iam_access_key", {"user": "ci", "status": "Active"}, {"user": "ci", "status": "Inactive"}),
    ),
)
