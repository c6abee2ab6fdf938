"""Logging in that is no longer asked for, by what stands in front of an application or a data store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.aliases import with_aliases
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, is_set, switched_off

_MEDIUM = Severity.MEDIUM
_KEEP = "Keep it as it is, unless what is behind asks for a login itself."

_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "aws_msk_cluster": (
        Switch(
            "client_authentication.unauthenticated",
            "Clients need no login any more: whoever reaches the brokers can read and write every topic.",
            "Leave unauthenticated off.",
            protects=lambda value: value is not True,
        ),
    ),
    "aws_opensearch_domain": (
        Switch(
            "advanced_security_options.enabled",
            "Fine-grained access control is switched off: who gets in sees every index.",
            "Leave advanced_security_options on; AWS does not let it be switched off in place.",
        ),
        Switch(
            "advanced_security_options.anonymous_auth_enabled",
            "Requests without a login are answered.",
            "Leave anonymous_auth_enabled off.",
            protects=lambda value: value is not True,
        ),
    ),
    "aws_cloudfront_distribution": (
        Switch(
            "default_cache_behavior.trusted_key_groups",
            "Signed URLs and cookies are no longer asked for: everybody gets what the distribution serves.",
            _KEEP,
            protects=is_set,
        ),
        Switch(
            "default_cache_behavior.trusted_signers",
            "Signed URLs and cookies are no longer asked for: everybody gets what the distribution serves.",
            _KEEP,
            protects=is_set,
        ),
    ),
    "aws_db_instance": (
        Switch(
            "iam_database_authentication_enabled",
            "Logging in to the database with IAM is switched off: who does so is locked out.",
            "Leave it on as long as anybody uses it.",
            _MEDIUM,
        ),
    ),
    "aws_rds_cluster": (
        Switch(
            "iam_database_authentication_enabled",
            "Logging in to the database with IAM is switched off: who does so is locked out.",
            "Leave it on as long as anybody uses it.",
            _MEDIUM,
        ),
    ),
    "aws_cognito_user_pool": (
        Switch(
            "mfa_configuration",
            "A password is enough to log in: no second factor is asked for any more.",
            'Leave mfa_configuration = "ON", or "OPTIONAL" for those who have set one up.',
            protects=lambda value: value == "ON",
        ),
    ),
}
_ACTIONS = with_aliases({"aws_lb_listener": "default_action", "aws_lb_listener_rule": "action"})


def _off(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action in (Action.UPDATE, Action.REPLACE) and resource.type in _ACTIONS:
        yield from _no_login(resource, _ACTIONS[resource.type])
    yield from switched_off("authentication-off", resource, _SWITCHES.get(resource.type, ()))


def _no_login(resource: Resource, name: str) -> Iterator[Finding]:
    """A load balancer that let through only who had logged in, and now everybody."""
    after = at(resource.after, name)
    if hidden(after) or not _logs_in(resource.before, name) or _logs_in(resource.after, name):
        return
    if any(item.get("type") == "forward" for item in blocks(resource.after, name)):
        yield Finding(
            "authentication-off",
            Severity.HIGH,
            resource.address,
            "The load balancer no longer asks for a login: everybody gets through to the application.",
            _KEEP,
            (name,),
            at(resource.before, name),
            after,
        )


def _logs_in(values: Mapping[str, Any] | None, name: str) -> bool:
    return any(str(item.get("type")).startswith("authenticate-") for item in blocks(values, name))


RULES: tuple[Rule, ...] = (
    Rule(
        "authentication-off",
        Severity.HIGH,
        "A login is no longer asked for",
        "What is behind it relies on only those getting through who have logged in.",
        _off,
        frozenset({*_SWITCHES, *_ACTIONS}),
    ),
)
