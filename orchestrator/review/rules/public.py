"""What everybody in the world may use: by a policy, without authorization, or with the guard against it off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import other_clouds
from orchestrator.review.rules.entrances import Entrance, Values, entrances, is_set
from orchestrator.review.rules.facts.policy_changes import holder_goes
from orchestrator.review.rules.facts.policy_types import RESOURCE
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.resource_policies import (
    ENDPOINTS,
    PERMISSION,
    kept_in,
    limited,
    no_longer_kept_in,
    open_to_all,
    permits,
    policy_of,
)
from orchestrator.review.values import UNKNOWN, AttributePath

_FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_BLOCKS = ("aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block")


def _public(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in RESOURCE:
        yield from _by_policy(resource, plan)
    elif resource.type == PERMISSION:
        yield from _by_permission(resource)
    elif resource.type in _BLOCKS:
        yield from _unguarded(resource, plan)
    else:
        yield from _TABLE(resource, plan)


def _by_policy(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in ENDPOINTS:
        return
    policy = policy_of(resource, plan)
    if policy is None:
        return
    new = [grant for grant in policy.widening.grants if open_to_all(grant) and not grant.lifted]
    grants = [grant for grant in new if not kept_in(grant, policy.after)] or no_longer_kept_in(policy)
    if grants:
        yield Finding(
            "resource-public",
            Severity.CRITICAL,
            resource.address,
            f"Open to the whole world, without an AWS account: {listed(grants)}.",
            "Name the accounts or roles that need it, or add a condition (aws:PrincipalOrgID, aws:SourceArn).",
            policy.path,
        )


def _by_permission(resource: Resource) -> Iterator[Finding]:
    if resource.after is None or resource.after.get("principal") != "*":
        return
    if permits(resource) and not limited(resource.after):
        yield Finding(
            "resource-public",
            Severity.CRITICAL,
            resource.address,
            "Everybody may invoke the function, from any account.",
            "Name the principal, or set source_arn or principal_org_id.",
            ("principal",),
            (resource.before or {}).get("principal"),
            "*",
        )


def _unguarded(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = resource.before or {}, resource.after
    if after is None:
        guarded = any(before.get(flag) is True for flag in _FLAGS)
        if guarded and resource.action is Action.DELETE and not holder_goes(resource, plan):
            yield Finding(
                "resource-public",
                Severity.HIGH,
                resource.address,
                "What keeps the bucket from being made public goes, and the bucket stays.",
                "Keep the block; it costs nothing.",
            )
        return
    off = [
        flag
        for flag in _FLAGS
        if _off(after.get(flag)) and not (resource.before is not None and _off(before.get(flag)))
    ]
    if off:
        yield Finding(
            "resource-public",
            Severity.HIGH if resource.before is not None else Severity.MEDIUM,
            resource.address,
            f"Nothing keeps the bucket from being made public any more: {', '.join(off)}"
            f" {'is' if len(off) == 1 else 'are'} off.",
            "Keep all four on.",
            (off[0],),
            before.get(off[0]),
            after.get(off[0]),
        )


def _off(value: Any) -> bool:
    return value is not True and value is not UNKNOWN


def _method(values: Values) -> tuple[AttributePath, Any] | None:
    if values.get("http_method") == "OPTIONS" or values.get("api_key_required") is True:
        return None
    return is_set(("authorization",), "NONE")(values)


def _route(values: Values) -> tuple[AttributePath, Any] | None:
    key = values.get("route_key")
    if values.get("api_key_required") is True or (isinstance(key, str) and key.startswith(("OPTIONS ", "$"))):
        return None
    return is_set(("authorization_type",), "NONE", None)(values)


OPENINGS: dict[str, tuple[Entrance, ...]] = {
    **other_clouds.PUBLIC,
    "aws_lambda_function_url": (
        Entrance(
            is_set(("authorization_type",), "NONE"),
            Severity.HIGH,
            Severity.HIGH,
            "Everybody on the internet can call the function: its URL asks for no authorization.",
            "Set authorization_type to AWS_IAM, or put an authorizer in front.",
        ),
    ),
    "aws_api_gateway_method": (
        Entrance(
            _method,
            Severity.MEDIUM,
            Severity.MEDIUM,
            "The API's method asks for no authorization.",
            "Set an authorizer, AWS_IAM or an API key.",
        ),
    ),
    "aws_apigatewayv2_route": (
        Entrance(
            _route,
            Severity.MEDIUM,
            Severity.MEDIUM,
            "The API's route asks for no authorization.",
            "Set an authorizer or AWS_IAM.",
        ),
    ),
}
_TABLE = entrances("resource-public", OPENINGS)

RULES: tuple[Rule, ...] = (
    Rule(
        "resource-public",
        Severity.CRITICAL,
        "A resource is opened to the whole world",
        "A policy that names everyone, or an entrance without authorization, is found within minutes.",
        _public,
        frozenset({*RESOURCE, PERMISSION, *_BLOCKS, *OPENINGS}),
    ),
)
