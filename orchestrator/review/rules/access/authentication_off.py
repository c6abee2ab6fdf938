"""Logins that are no longer required by what stands in front of an application or a data store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import logins as azure_logins
from orchestrator.review.rules.facts.clouds.google import logins as google_logins
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.comparisons import is_set, not_true, one_of
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Row, protects
from orchestrator.review.rules.kit.rule import Rule

_KEEP = "Keep it as it is, unless the application behind it requires a login itself."
_SIGNED = "Signed URLs and cookies are no longer required: everybody gets what the distribution serves."
_ROWS: tuple[Row, ...] = (
    protects(
        "aws_msk_cluster",
        "client_authentication.unauthenticated",
        "Clients need no login any more: anyone who reaches the brokers can read and write every topic.",
        "Leave unauthenticated off.",
        as_long_as=not_true,
    ),
    protects(
        "aws_opensearch_domain",
        "advanced_security_options.enabled",
        "Fine-grained access control is turned off: anyone who gets in sees every index.",
        "Leave advanced_security_options on; AWS does not allow it to be turned off in place.",
    ),
    protects(
        "aws_opensearch_domain",
        "advanced_security_options.anonymous_auth_enabled",
        "Requests without a login are answered.",
        "Leave anonymous_auth_enabled off.",
        as_long_as=not_true,
    ),
    protects(
        "aws_cloudfront_distribution", "default_cache_behavior.trusted_key_groups", _SIGNED, _KEEP, as_long_as=is_set
    ),
    protects(
        "aws_cloudfront_distribution", "default_cache_behavior.trusted_signers", _SIGNED, _KEEP, as_long_as=is_set
    ),
    protects(
        "aws_db_instance aws_rds_cluster",
        "iam_database_authentication_enabled",
        "IAM authentication for the database is turned off: whoever uses it is locked out.",
        "Leave it on as long as anybody uses it.",
        Severity.MEDIUM,
    ),
    protects(
        "aws_cognito_user_pool",
        "mfa_configuration",
        "Multi-factor authentication is no longer required: a password is enough to log in.",
        'Leave mfa_configuration = "ON", or "OPTIONAL" for those who have set it up.',
        as_long_as=one_of("ON"),
    ),
    *azure_logins.AUTHENTICATION,
    *google_logins.AUTHENTICATION,
    Reads("aws_lb_listener", "default_action"),
    Reads("aws_lb_listener_rule", "action"),
)


def _no_login(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A load balancer that let through only who had logged in, and now everybody."""
    name = "action" if resource.type.endswith("_rule") else "default_action"
    if resource.action not in CHANGED or hidden(at(resource.after, name)):
        return
    if not _logs_in(resource.before, name) or _logs_in(resource.after, name):
        return
    if any(item.get("type") == "forward" for item in blocks(resource.after, name)):
        says = "The load balancer no longer requires a login: everybody gets through to the application."
        yield finding(change_of(resource, plan, name), says, _KEEP, Severity.HIGH)


def _logs_in(values: Mapping[str, Any] | None, name: str) -> bool:
    return any(str(item.get("type")).startswith("authenticate-") for item in blocks(values, name))


_FORWARD = {"type": "forward", "target_group_arn": "arn:aws:app"}

RULE = Rule(
    "authentication-off",
    Severity.HIGH,
    "Authentication is turned off",
    "The application behind it relies on only authenticated users getting through.",
    looks=_no_login,
    watches=(*_ROWS, *rows_for("authentication-off")),
    examples=(
        Fires(
            "aws_lb_listener",
            {"default_action": [{"type": "authenticate-oidc"}, _FORWARD]},
            {"default_action": [_FORWARD]},
        ),
        Fires("aws_cognito_user_pool", {"mfa_configuration": "ON"}, {"mfa_configuration": "OFF"}),
        Silent("aws_cognito_user_pool", None, {"mfa_configuration": "OFF"}),
    ),
)
