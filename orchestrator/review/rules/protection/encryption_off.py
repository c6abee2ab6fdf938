"""Encryption at rest that is turned off, made weaker, or missing on something new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.clouds.azure import encryption as azure_encryption
from orchestrator.review.rules.facts.clouds.google import encryption as google_encryption
from orchestrator.review.rules.facts.clouds.words import KEEP_KEY, OWN_KEY
from orchestrator.review.rules.kit.attributes import at, hidden
from orchestrator.review.rules.kit.change import Change, change_of, finding
from orchestrator.review.rules.kit.comparisons import State, begins_with, is_on, is_set, one_of
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Removed, Row, protects
from orchestrator.review.rules.kit.rule import Rule

_OFF = "Encryption at rest is turned off: the stored data, and snapshots of it, can be read without a key."
_BORN = "It is created without encryption at rest, which cannot be added later without recreating it."
_ADVICE = "Keep it encrypted: without a key of your own, AWS uses one of its own at no cost."

# An attribute that the provider leaves to AWS is unknown or null in the plan, and says nothing.
_NOT_OFF = State("on or unset", lambda value: value not in (False, "false"), (True, False))
_IS_ON = State("true", lambda value: value in (True, "true"), (True, False))


def _at_rest(types: str, path: str, as_long_as: State, born: Severity | None, decides: str = "") -> Row:
    return protects(
        types, path, _OFF, _ADVICE, as_long_as=as_long_as, born=born, born_message=_BORN, decides=decides, unless=_copy
    )


def _own_key(types: str, path: str) -> Row:
    return protects(types, path, OWN_KEY, KEEP_KEY, Severity.MEDIUM, as_long_as=is_set)


_SOURCES = ("snapshot_identifier", "replicate_source_db", "replication_source_identifier", "snapshot_arn")


def _copy(change: Change) -> bool:
    """A copy is created with its source's encryption. The provider leaves some of these unknown where the configuration
    names none."""
    after = change.resource.after
    created = change.resource.action is Action.CREATE
    return created and any(is_set.holds(at(after, name)) and not hidden(at(after, name)) for name in _SOURCES)


_NO_DEFAULT = (
    "New volumes of the whole account and region are no longer encrypted by default: those that do not ask for it, of "
    "Terraform, Auto Scaling or anybody else, are created in clear."
)
_KEEP_DEFAULT = "Leave it on; it costs nothing, and what is not encrypted now stays as it is."
_SSE = "aws_s3_bucket_server_side_encryption_configuration"
_ALGORITHM = "rule.apply_server_side_encryption_by_default.sse_algorithm"
_IS_ENCRYPTED = "whether it is encrypted"


def _with_own_key(change: Change) -> bool:
    return isinstance(change.before, str) and change.before.startswith("aws:kms")


_ROWS: tuple[Row, ...] = (
    _at_rest("aws_db_instance", "storage_encrypted", _IS_ON, Severity.HIGH, _IS_ENCRYPTED),
    _at_rest("aws_rds_cluster", "storage_encrypted", _NOT_OFF, Severity.HIGH, _IS_ENCRYPTED),
    _at_rest("aws_docdb_cluster aws_neptune_cluster", "storage_encrypted", _IS_ON, Severity.HIGH),
    _at_rest("aws_redshift_cluster", "encrypted", _NOT_OFF, Severity.HIGH),
    _at_rest("aws_elasticache_replication_group", "at_rest_encryption_enabled", _NOT_OFF, Severity.MEDIUM),
    _at_rest("aws_opensearch_domain aws_elasticsearch_domain", "encrypt_at_rest.enabled", _NOT_OFF, Severity.MEDIUM),
    _at_rest("aws_efs_file_system aws_ebs_volume aws_ebs_snapshot_copy", "encrypted", _NOT_OFF, Severity.MEDIUM),
    _at_rest("aws_instance", "root_block_device.encrypted", is_on, None),
    _at_rest("aws_instance", "ebs_block_device.encrypted", is_on, None),
    _at_rest("aws_launch_template", "block_device_mappings.ebs.encrypted", is_on, None),
    protects(
        "aws_ebs_encryption_by_default",
        "enabled",
        _NO_DEFAULT,
        _KEEP_DEFAULT,
    ),
    Removed(
        "aws_ebs_encryption_by_default",
        f"{_NO_DEFAULT} Destroying this resource turns the setting off.",
        _KEEP_DEFAULT,
        unless=lambda change: at(change.resource.before, "enabled") is False,
        path="enabled",
        # It is the whole account's, whatever else this configuration has.
        guards=True,
    ),
    Removed(
        "aws_ebs_default_kms_key",
        "New volumes of the whole account and region are encrypted with AWS's own key again, which you cannot revoke "
        "or audit.",
        "Keep the key, or say why AWS's is enough.",
        Severity.MEDIUM,
        path="key_arn",
    ),
    _at_rest("aws_dax_cluster aws_kinesis_firehose_delivery_stream", "server_side_encryption.enabled", is_on, None),
    protects("aws_kinesis_stream", "encryption_type", _OFF, 'Leave encryption_type = "KMS".', as_long_as=one_of("KMS")),
    protects(
        "aws_dynamodb_table",
        "server_side_encryption.enabled",
        OWN_KEY,
        "Leave server_side_encryption as it is.",
        Severity.MEDIUM,
    ),
    _own_key("aws_dynamodb_table", "server_side_encryption.kms_key_arn"),
    _own_key("aws_cloudwatch_log_group aws_cloudtrail aws_secretsmanager_secret", "kms_key_id"),
    protects(
        "aws_sns_topic",
        "kms_master_key_id",
        "The topic's messages are no longer encrypted at rest.",
        'Keep a key; "alias/aws/sns" is AWS\'s own.',
        Severity.MEDIUM,
        as_long_as=is_set,
    ),
    protects(
        "aws_ecr_repository",
        "encryption_configuration.encryption_type",
        OWN_KEY,
        'Leave encryption_type = "KMS".',
        Severity.MEDIUM,
        as_long_as=begins_with("KMS"),
    ),
    protects(
        _SSE,
        _ALGORITHM,
        "New objects are encrypted with S3's own keys instead of a KMS key whose use can be restricted and audited.",
        'Leave sse_algorithm = "aws:kms".',
        Severity.MEDIUM,
        as_long_as=begins_with("aws:kms"),
    ),
    Removed(
        _SSE,
        lambda change: (
            "The bucket's encryption setting is removed: new objects are encrypted with S3's own keys"
            + (" instead of the KMS key." if _with_own_key(change) else ", which S3 does by default.")
        ),
        "Restore the block if the objects are meant to be protected by the KMS key.",
        lambda change: Severity.MEDIUM if _with_own_key(change) else Severity.LOW,
        of="bucket",
        path=_ALGORITHM,
    ),
    _own_key("azurerm_managed_disk", "disk_encryption_set_id"),
    *azure_encryption.ENCRYPTION,
    *google_encryption.ENCRYPTION,
    Reads("aws_sqs_queue", "sqs_managed_sse_enabled kms_master_key_id"),
)


def _queue(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A queue is encrypted by SQS's own keys or by a KMS key; by default, with SQS's own."""
    if resource.action not in (*CHANGED, Action.CREATE):
        return
    before, after = _queue_encrypted(resource.before), _queue_encrypted(resource.after)
    if after is not False or (resource.before is not None and before is not True):
        return
    new = resource.before is None
    yield finding(
        change_of(resource, plan, "sqs_managed_sse_enabled"),
        f"The queue {'is created' if new else 'is now'} without encryption of its messages at rest.",
        "Leave sqs_managed_sse_enabled on, or name a KMS key.",
        Severity.MEDIUM if new else Severity.HIGH,
    )


def _queue_encrypted(values: Mapping[str, Any] | None) -> bool | None:
    key, own = at(values, "kms_master_key_id"), at(values, "sqs_managed_sse_enabled")
    if values is None or hidden(own):
        return None
    if hidden(key) or is_set.holds(key) or own is True:
        return True
    return False if own is False else None


_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)

RULE = Rule(
    "encryption-off",
    Severity.HIGH,
    "Encryption at rest is turned off or missing",
    "Encryption makes a stolen disk or snapshot worthless, and can mostly be chosen only at creation.",
    looks=_queue,
    watches=_ROWS,
    # Encryption that goes takes its key along: one fact.
    first_only=True,
    examples=(
        Fires("aws_kinesis_stream", {"encryption_type": "KMS"}, {"encryption_type": "NONE"}),
        Fires("aws_cloudwatch_log_group", {"kms_key_id": "arn:aws:kms:k"}, {"kms_key_id": None}, Severity.MEDIUM),
        Fires("aws_sqs_queue", {"sqs_managed_sse_enabled": True}, {"sqs_managed_sse_enabled": False}),
        Fires("aws_db_instance", None, {"storage_encrypted": False}),
        Fires("aws_ebs_volume", None, {"encrypted": False}, Severity.MEDIUM),
        Fires("aws_ebs_encryption_by_default", {"enabled": True}, None, beside=_STAYS),
        Fires("aws_ebs_encryption_by_default", {"enabled": True}, None),
        Silent("aws_ebs_encryption_by_default", {"enabled": False}, None, beside=_STAYS),
        Silent("aws_ebs_encryption_by_default", None, {"enabled": True}),
        Silent("aws_ebs_volume", None, {"encrypted": None}),
        Silent("aws_db_instance", None, {"storage_encrypted": None, "snapshot_identifier": "before-the-move"}),
        Silent("aws_sqs_queue", None, {"sqs_managed_sse_enabled": False, "kms_master_key_id": "alias/aws/sqs"}),
    ),
)
