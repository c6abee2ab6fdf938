"""Access lists that make things public: of buckets, images and snapshots, and the blocks that keep them from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.entrances import Entrance, entrances, is_set
from orchestrator.review.rules.facts.accounts import is_foreign
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import AttributePath

_M, _H, _C = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_EVERYBODY = ("/global/AllUsers", "/global/AuthenticatedUsers")
_PRIVATE = "Keep it private; share through CloudFront, a presigned URL or a policy that names who."


def _granted(values: Mapping[str, Any], *, write: bool) -> tuple[AttributePath, Any] | None:
    """Where a bucket's list of grants gives something to everybody."""
    policies = values.get("access_control_policy")
    lists = (
        [values.get("grant")] + [p.get("grant") for p in policies or () if isinstance(p, Mapping)]
        if (policies is None or isinstance(policies, list | tuple))
        else []
    )
    for grants in lists:
        for grant in grants if isinstance(grants, list | tuple) else ():
            if not isinstance(grant, Mapping):
                continue
            grantees = grant.get("grantee")
            blocks = [grant, *(grantees if isinstance(grantees, list | tuple) else ())]
            uris = [block.get("uri") for block in blocks if isinstance(block, Mapping)]
            listed = grant.get("permissions")
            may = [grant.get("permission"), *(listed if isinstance(listed, list | tuple) else ())]
            writes = any(name in ("WRITE", "WRITE_ACP", "FULL_CONTROL") for name in may)
            public = [uri for uri in uris if isinstance(uri, str) and uri.endswith(_EVERYBODY)]
            if public and writes == write:
                return ("grant",), public[0]
    return None


_BUCKET = (
    Entrance(is_set(("acl",), "public-read-write"), _C, _C, "Everybody can read and WRITE the bucket.", _PRIVATE),
    Entrance(
        is_set(("acl",), "public-read"),
        _H,
        _H,
        "Everybody can list the bucket and read what is in it.",
        _PRIVATE,
    ),
    Entrance(is_set(("acl",), "authenticated-read"), _H, _H, "Everybody with any AWS account can read it.", _PRIVATE),
    Entrance(lambda v: _granted(v, write=True), _C, _C, "A grant lets everybody WRITE to the bucket.", _PRIVATE),
    Entrance(lambda v: _granted(v, write=False), _H, _H, "A grant lets everybody read the bucket.", _PRIVATE),
)
_OBJECT = (
    Entrance(is_set(("acl",), "public-read-write"), _C, _C, "Everybody can read and WRITE the object.", _PRIVATE),
    Entrance(is_set(("acl",), "public-read", "authenticated-read"), _M, _M, "Everybody can read the object.", _PRIVATE),
)
_SNAPSHOT = (
    Entrance(is_set(("shared_accounts",), "all"), _C, _C, "The snapshot, with all its data, is public.", _PRIVATE),
)

LISTS: dict[str, tuple[Entrance, ...]] = {
    "aws_s3_bucket": _BUCKET,
    "aws_s3_bucket_acl": _BUCKET,
    "aws_s3_object": _OBJECT,
    "aws_s3_bucket_object": _OBJECT,
    "aws_s3_object_copy": _OBJECT,
    "aws_db_snapshot": _SNAPSHOT,
    "aws_db_cluster_snapshot": _SNAPSHOT,
    "aws_ssm_document": (
        Entrance(
            is_set(("permissions", "account_ids"), "All", "all"),
            _C,
            _C,
            "The document is public: everybody with an AWS account can read and run it.",
            "Name the accounts that need it.",
        ),
    ),
    "aws_ami_launch_permission": (
        Entrance(is_set(("group",), "all"), _C, _C, "Everybody with an AWS account can start the image.", _PRIVATE),
    ),
    "aws_s3_bucket_ownership_controls": (
        Entrance(
            is_set(("rule", "object_ownership"), "ObjectWriter", "BucketOwnerPreferred"),
            None,
            _M,
            "Access lists count again: an object can be made public by whoever writes it.",
            "Keep BucketOwnerEnforced.",
        ),
    ),
    "azurerm_storage_container": (
        Entrance(is_set(("container_access_type",), "blob", "container"), _H, _H, "Everybody can read it.", _PRIVATE),
    ),
    "azurerm_storage_account": (
        Entrance(
            is_set(("allow_nested_items_to_be_public",), True),
            None,
            _M,
            "Containers in this account may be made public again.",
            "Keep it off.",
        ),
    ),
}
_TABLE = entrances("acl-public", LISTS)


def _public(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in LISTS:
        yield from _TABLE(resource, plan)
    if resource.type in _SHARED and resource.after is not None and resource.before is None:
        number = resource.after.get("account_id")
        if isinstance(number, str) and is_foreign(number, plan):
            yield Finding(
                "acl-public",
                _H,
                resource.address,
                f"Account {number}, which is not the one that this plan works in, may copy it with all its data.",
                "Check that the account is yours.",
                ("account_id",),
                None,
                number,
            )


_SHARED = ("aws_ami_launch_permission", "aws_snapshot_create_volume_permission")


RULES: tuple[Rule, ...] = (
    Rule(
        "acl-public",
        Severity.HIGH,
        "An access list makes something public",
        "Buckets, images and snapshots carry data; a public one is found by search engines made for it.",
        _public,
        frozenset({*LISTS, *_SHARED}),
    ),
)
