"""What everybody in the world may use: by a policy, without authorization, or with public access no longer blocked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, allow, same
from orchestrator.review.rules.examples.examples import policy as document
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.clouds.google import openings as google_openings
from orchestrator.review.rules.facts.iam.policy_changes import holder_goes
from orchestrator.review.rules.facts.iam.policy_types import RESOURCE
from orchestrator.review.rules.facts.iam.resource_access import (
    ENDPOINTS,
    PERMISSION,
    kept_in,
    limited,
    no_longer_kept_in,
    open_to_all,
    permits,
    policy_of,
)
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Opens, Reads, Row, Values, way_in
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN, AttributePath

_FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_BLOCKS = ("aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block")


def _public(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in RESOURCE:
        yield from _by_policy(resource, plan)
    elif resource.type in google_iam.TYPES:
        yield from google_access.public(resource, plan)
    elif resource.type == PERMISSION:
        yield from _by_permission(resource)
    elif resource.type in _BLOCKS:
        yield from _unguarded(resource, plan)


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
            f"Open to everybody, without an AWS account: {listed(grants)}.",
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
                "The public access block of the whole account is removed: any of its buckets can be made public now."
                if resource.type == _BLOCKS[1]
                else "The public access block of the bucket is removed, and the bucket stays.",
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
            f"{'Buckets of the account' if resource.type == _BLOCKS[1] else 'The bucket'} can be made public from now "
            f"on: {', '.join(off)} {'is' if len(off) == 1 else 'are'} off.",
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
    return way_in(values, "authorization", "NONE")


def _route(values: Values) -> tuple[AttributePath, Any] | None:
    key = values.get("route_key")
    if values.get("api_key_required") is True or (isinstance(key, str) and key.startswith(("OPTIONS ", "$"))):
        return None
    return way_in(values, "authorization_type", "NONE", None)


_ROWS: tuple[Row, ...] = (
    *google_openings.PUBLIC,
    Reads(google_iam.GRANTED, "member members"),
    Reads(google_iam.POLICIES, "policy_data", "who may do what"),
    Opens(
        "aws_lambda_function_url",
        "authorization_type",
        ("NONE",),
        "Everybody on the internet can call the function: its URL requires no authorization.",
        "Set authorization_type to AWS_IAM, or put an authorizer in front.",
        Severity.HIGH,
        Severity.HIGH,
        decides="whether anybody may call it",
    ),
    Opens(
        "aws_api_gateway_method",
        "authorization",
        ("NONE",),
        "The API method requires no authorization.",
        "Set an authorizer, AWS_IAM or an API key.",
        Severity.MEDIUM,
        Severity.MEDIUM,
        _method,
    ),
    Opens(
        "aws_apigatewayv2_route",
        "authorization_type",
        ("NONE", None),
        "The API route requires no authorization.",
        "Set an authorizer or AWS_IAM.",
        Severity.MEDIUM,
        Severity.MEDIUM,
        _route,
    ),
    *(Reads(type_, attribute) for type_, attribute in RESOURCE.items()),
    Reads(PERMISSION, "principal source_arn source_account principal_org_id"),
    Reads(" ".join(_BLOCKS), " ".join(_FLAGS)),
)


def _policy(principal: Any) -> dict[str, str]:
    statement = allow("s3:GetObject", "arn:aws:s3:::downloads/*", Principal=principal)
    return {"bucket": "downloads", "policy": document(statement)}


_BLOCK = {"bucket": "downloads"} | dict.fromkeys(_FLAGS, True)
_ONE_ROLE = {"AWS": "arn:aws:iam::111122223333:role/site"}

RULE = Rule(
    "resource-public",
    Severity.CRITICAL,
    "A resource is opened to everybody",
    "A policy that names everybody, or an endpoint without authorization, is found within minutes.",
    looks=_public,
    watches=(*_ROWS, *rows_for("resource-public")),
    fix="Name the accounts or roles that need access, or add a condition (aws:PrincipalOrgID, aws:SourceArn).",
    examples=(
        Fires("aws_s3_bucket_policy", _policy(_ONE_ROLE), _policy("*")),
        Fires("aws_s3_bucket_public_access_block", _BLOCK, _BLOCK | {"block_public_policy": False}, Severity.HIGH),
        Fires(
            "aws_s3_bucket_public_access_block",
            _BLOCK,
            None,
            Severity.HIGH,
            beside=(same("aws_s3_bucket.downloads", {"bucket": "downloads"}),),
        ),
        Fires("aws_lambda_function_url", None, {"authorization_type": "NONE"}, Severity.HIGH),
        Fires(
            "google_storage_bucket_iam_member",
            None,
            {"bucket": "reports", "role": "roles/storage.objectViewer", "member": "allUsers"},
        ),
        Silent("aws_s3_bucket_policy", None, _policy(_ONE_ROLE)),
        Silent("aws_lambda_function_url", None, {"authorization_type": "AWS_IAM"}),
    ),
)
