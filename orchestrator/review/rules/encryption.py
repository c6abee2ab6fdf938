"""Encryption at rest that is switched off, made weaker, or missing on something new; keys; audit records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, hidden
from orchestrator.review.rules.kit.destroyed import destroyed_too
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, is_set, switched_off

_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_OFF = "Encryption at rest is switched off: what it stores, and its snapshots, can be read without a key."
_BORN = "It is made without encryption at rest. That cannot be changed later without making it anew."
_ADVICE = "Keep it encrypted: with no key of your own named, AWS uses its own, at no cost."
_OWN_KEY = "The key of your own is taken away: encryption goes on with a key of AWS, which you cannot revoke or audit."


def _database(path: str, born_if_absent: bool) -> Switch:
    return Switch(
        path,
        _OFF,
        _ADVICE,
        # An attribute that the provider leaves to AWS is unknown or null in the plan, and says nothing.
        protects=(lambda value: value in (True, "true")) if born_if_absent else (lambda v: v not in (False, "false")),
        born=_HIGH,
        born_says=_BORN,
    )


def _storage(path: str) -> Switch:
    return Switch(
        path, _OFF, _ADVICE, protects=lambda value: value not in (False, "false"), born=_MEDIUM, born_says=_BORN
    )


def _own_key(path: str) -> Switch:
    return Switch(path, _OWN_KEY, "Keep the key, or say why AWS's is enough.", severity=_MEDIUM, protects=is_set)


_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "aws_db_instance": (_database("storage_encrypted", True),),
    "aws_rds_cluster": (_database("storage_encrypted", False),),
    "aws_docdb_cluster": (_database("storage_encrypted", True),),
    "aws_neptune_cluster": (_database("storage_encrypted", True),),
    "aws_redshift_cluster": (_database("encrypted", False),),
    "aws_elasticache_replication_group": (_storage("at_rest_encryption_enabled"),),
    "aws_opensearch_domain": (_storage("encrypt_at_rest.enabled"),),
    "aws_elasticsearch_domain": (_storage("encrypt_at_rest.enabled"),),
    "aws_efs_file_system": (_storage("encrypted"),),
    "aws_ebs_volume": (_storage("encrypted"),),
    "aws_ebs_snapshot_copy": (_storage("encrypted"),),
    "aws_instance": (
        Switch("root_block_device.encrypted", _OFF, _ADVICE),
        Switch("ebs_block_device.encrypted", _OFF, _ADVICE),
    ),
    "aws_launch_template": (Switch("block_device_mappings.ebs.encrypted", _OFF, _ADVICE),),
    "aws_ebs_encryption_by_default": (
        Switch(
            "enabled",
            "New volumes of the whole account and region are no longer encrypted by themselves.",
            "Leave it on.",
        ),
    ),
    "aws_dax_cluster": (Switch("server_side_encryption.enabled", _OFF, _ADVICE),),
    "aws_kinesis_stream": (
        Switch(
            "encryption_type",
            _OFF,
            'Leave encryption_type = "KMS".',
            protects=lambda value: value == "KMS",
        ),
    ),
    "aws_kinesis_firehose_delivery_stream": (Switch("server_side_encryption.enabled", _OFF, _ADVICE),),
    "aws_dynamodb_table": (
        Switch("server_side_encryption.enabled", _OWN_KEY, "Leave server_side_encryption as it is.", _MEDIUM),
        _own_key("server_side_encryption.kms_key_arn"),
    ),
    "aws_cloudwatch_log_group": (_own_key("kms_key_id"),),
    "aws_sns_topic": (
        Switch(
            "kms_master_key_id",
            "The topic's messages are no longer encrypted at rest.",
            'Keep a key; "alias/aws/sns" is AWS\'s own.',
            severity=_MEDIUM,
            protects=is_set,
        ),
    ),
    "aws_cloudtrail": (_own_key("kms_key_id"),),
    "aws_secretsmanager_secret": (_own_key("kms_key_id"),),
    "aws_ecr_repository": (
        Switch(
            "encryption_configuration.encryption_type",
            _OWN_KEY,
            'Leave encryption_type = "KMS".',
            severity=_MEDIUM,
            protects=lambda value: isinstance(value, str) and value.startswith("KMS"),
        ),
    ),
    "aws_s3_bucket_server_side_encryption_configuration": (
        Switch(
            "rule.apply_server_side_encryption_by_default.sse_algorithm",
            "New objects are encrypted with S3's own keys instead of a KMS key whose use can be restricted and seen.",
            'Leave sse_algorithm = "aws:kms".',
            severity=_MEDIUM,
            protects=lambda value: isinstance(value, str) and value.startswith("aws:kms"),
        ),
    ),
    "google_sql_database_instance": (_own_key("encryption_key_name"),),
    "google_storage_bucket": (_own_key("encryption.default_kms_key_name"),),
    "azurerm_managed_disk": (_own_key("disk_encryption_set_id"),),
}
_SSE = "aws_s3_bucket_server_side_encryption_configuration"
_SOURCES = ("snapshot_identifier", "replicate_source_db", "replication_source_identifier", "snapshot_arn")


def _encryption(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type == "aws_sqs_queue":
        yield from _queue(resource)
        return
    if resource.type == _SSE and resource.action is Action.DELETE:
        yield from _bucket_default_goes(resource, plan)
        return
    if resource.action is Action.CREATE and any(_is_known_source(at(resource.after, name)) for name in _SOURCES):
        # A copy is encrypted like its source.
        return
    found = list(switched_off("encryption-off", resource, _SWITCHES[resource.type]))
    # Encryption that goes takes its key along: one fact.
    yield from found[:1] if all(item.rule == "encryption-off" for item in found) else found


def _is_known_source(value: Any) -> bool:
    # The provider leaves some of them unknown where the configuration names none.
    return is_set(value) and not hidden(value)


def _queue(resource: Resource) -> Iterator[Finding]:
    """A queue is encrypted by SQS's own keys or by a KMS key; by default, with SQS's own."""
    if resource.action not in (Action.UPDATE, Action.REPLACE, Action.CREATE):
        return
    before, after = _queue_encrypted(resource.before), _queue_encrypted(resource.after)
    if after is not False or (resource.before is not None and before is not True):
        return
    new = resource.before is None
    yield Finding(
        "encryption-off",
        _MEDIUM if new else _HIGH,
        resource.address,
        f"The queue {'is made' if new else 'is now'} without encryption of its messages at rest.",
        "Leave sqs_managed_sse_enabled on, or name a KMS key.",
        ("sqs_managed_sse_enabled",),
        at(resource.before, "sqs_managed_sse_enabled"),
        at(resource.after, "sqs_managed_sse_enabled"),
    )


def _queue_encrypted(values: Mapping[str, Any] | None) -> bool | None:
    key, own = at(values, "kms_master_key_id"), at(values, "sqs_managed_sse_enabled")
    if values is None or hidden(own):
        return None
    if hidden(key) or is_set(key) or own is True:
        return True
    return False if own is False else None


def _bucket_default_goes(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if plan.destroys_all or destroyed_too(resource, plan, "bucket"):
        return
    path = "rule.apply_server_side_encryption_by_default.sse_algorithm"
    algorithm = at(resource.before, path)
    kms = isinstance(algorithm, str) and algorithm.startswith("aws:kms")
    yield Finding(
        "encryption-off",
        _MEDIUM if kms else _LOW,
        resource.address,
        "The bucket's own encryption setting goes: new objects are encrypted with S3's own keys"
        + (" instead of the KMS key." if kms else ", which S3 does by itself."),
        "Restore the block, if it is the KMS key that shall protect the objects.",
        ("rule", 0, "apply_server_side_encryption_by_default", 0, "sse_algorithm"),
        algorithm,
        None,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "encryption-off",
        _HIGH,
        "Encryption at rest is switched off or missing",
        "Encryption is what makes a stolen disk or snapshot worthless, and is mostly fixed at creation.",
        _encryption,
        frozenset({*_SWITCHES, "aws_sqs_queue"}),
    ),
)
