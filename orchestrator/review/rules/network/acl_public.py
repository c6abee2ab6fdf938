"""Access control lists that make things public: of buckets, images and snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import OWN_ACCOUNT, STRANGER, Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import openings as azure_openings
from orchestrator.review.rules.facts.clouds.google import openings as google_openings
from orchestrator.review.rules.facts.clouds.words import STORED_OBJECTS
from orchestrator.review.rules.facts.iam.accounts import is_foreign
from orchestrator.review.rules.kit.change import Text
from orchestrator.review.rules.kit.rows import Opens, Reads, Row, Values
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import AttributePath

_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_EVERYBODY = ("/global/AllUsers", "/global/AuthenticatedUsers")


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
            granted = grant.get("permissions")
            may = [grant.get("permission"), *(granted if isinstance(granted, list | tuple) else ())]
            writes = any(name in ("WRITE", "WRITE_ACP", "FULL_CONTROL") for name in may)
            public = [uri for uri in uris if isinstance(uri, str) and uri.endswith(_EVERYBODY)]
            if public and writes == write:
                return ("grant",), public[0]
    return None


def _writable(values: Values) -> tuple[AttributePath, Any] | None:
    return _granted(values, write=True)


def _readable(values: Values) -> tuple[AttributePath, Any] | None:
    return _granted(values, write=False)


def _public(
    types: str, path: str, values: tuple[str, ...], says: str, severity: Severity, advice: Text = STORED_OBJECTS
) -> Row:
    return Opens(types, path, values, says, advice, severity, born=severity)


_BUCKET = "aws_s3_bucket aws_s3_bucket_acl"
_OBJECT = "aws_s3_object aws_s3_bucket_object aws_s3_object_copy"
_SHARED = "aws_ami_launch_permission aws_snapshot_create_volume_permission"
_ROWS: tuple[Row, ...] = (
    _public(_BUCKET, "acl", ("public-read-write",), "Everybody can read and WRITE the bucket.", _CRITICAL),
    _public(_BUCKET, "acl", ("public-read",), "Everybody can list the bucket and read its objects.", _HIGH),
    _public(_BUCKET, "acl", ("authenticated-read",), "Everybody with any AWS account can read it.", _HIGH),
    Opens(
        _BUCKET,
        "grant",
        (),
        "A grant lets everybody WRITE to the bucket.",
        STORED_OBJECTS,
        _CRITICAL,
        _CRITICAL,
        _writable,
    ),
    Opens(_BUCKET, "grant", (), "A grant lets everybody read the bucket.", STORED_OBJECTS, _HIGH, _HIGH, _readable),
    _public(_OBJECT, "acl", ("public-read-write",), "Everybody can read and WRITE the object.", _CRITICAL),
    _public(_OBJECT, "acl", ("public-read", "authenticated-read"), "Everybody can read the object.", _MEDIUM),
    _public(
        "aws_db_snapshot aws_db_cluster_snapshot",
        "shared_accounts",
        ("all",),
        "The snapshot, with all its data, is public.",
        _CRITICAL,
    ),
    _public(
        "aws_ssm_document",
        "permissions.account_ids",
        ("All", "all"),
        "The document is public: everybody with an AWS account can read and run it.",
        _CRITICAL,
        "Name the accounts that need it.",
    ),
    _public(
        "aws_ami_launch_permission",
        "group",
        ("all",),
        "Everybody with an AWS account can launch the image.",
        _CRITICAL,
    ),
    Opens(
        "aws_s3_bucket_ownership_controls",
        "rule.object_ownership",
        ("ObjectWriter", "BucketOwnerPreferred"),
        "Access control lists apply again: whoever writes an object can make it public.",
        "Keep BucketOwnerEnforced.",
        _MEDIUM,
    ),
    *azure_openings.ACL_PUBLIC,
    *google_openings.ACL_PUBLIC,
    Reads(_SHARED, "account_id"),
    Reads("aws_s3_bucket_acl", "acl", "who can read it"),
)


def _shared(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type not in _SHARED.split() or resource.after is None or resource.before is not None:
        return
    number = resource.after.get("account_id")
    if isinstance(number, str) and is_foreign(number, plan):
        yield Finding(
            "acl-public",
            _HIGH,
            resource.address,
            f"Account {number}, which is not the one that this plan works in, may copy it with all its data.",
            "Check that the account is yours.",
            ("account_id",),
            None,
            number,
        )


RULE = Rule(
    "acl-public",
    Severity.HIGH,
    "An access control list makes something public",
    "Buckets, images and snapshots carry data; public ones are found by search engines built for it.",
    looks=_shared,
    watches=(*_ROWS, *rows_for("acl-public")),
    examples=(
        Fires("aws_s3_bucket_acl", {"acl": "private"}, {"acl": "public-read"}),
        Fires("aws_s3_bucket_acl", None, {"acl": "public-read-write"}, Severity.CRITICAL),
        Fires("aws_db_snapshot", {"shared_accounts": []}, {"shared_accounts": ["all"]}, Severity.CRITICAL),
        Fires("aws_ami_launch_permission", None, {"account_id": STRANGER}, beside=(OWN_ACCOUNT,)),
        Silent("aws_s3_bucket_acl", None, {"acl": "private"}),
    ),
)
