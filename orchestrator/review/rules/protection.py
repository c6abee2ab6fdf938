"""Protection that is switched off: against deletion, of backups, of encryption, of history."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import audit, backups, encryption, filters, guardians, keys, retention
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, switched_off

_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW

# These mean the same wherever they are, with any provider.
_DELETION = tuple(
    Switch(
        name,
        "Deletion protection is switched off: the next plan that destroys or replaces it succeeds.",
        "Leave it on, and switch it off only in the change that is meant to destroy.",
        protects=lambda value: value is True or value == "ACTIVE",
    )
    for name in (
        "deletion_protection",
        "deletion_protection_enabled",
        "enable_deletion_protection",
        "delete_protection",
        "termination_protection",
        "termination_protection_enabled",
        "disable_api_termination",
    )
)
_BORN_UNPROTECTED = {
    "aws_db_instance": "deletion_protection",
    "aws_rds_cluster": "deletion_protection",
    "aws_docdb_cluster": "deletion_protection",
    "aws_neptune_cluster": "deletion_protection",
    "aws_dynamodb_table": "deletion_protection_enabled",
    "aws_cognito_user_pool": "deletion_protection",
}
_SCAN = Switch(
    "image_scanning_configuration.scan_on_push",
    "Images are no longer scanned for known weaknesses when they are pushed.",
    "Leave scan_on_push on, or have the registry scan (`aws_ecr_registry_scanning_configuration`).",
    severity=_MEDIUM,
)
_TAGS = Switch(
    "image_tag_mutability",
    "Tags of images can be overwritten: what runs under a tag is then no longer what was reviewed under it.",
    'Keep image_tag_mutability = "IMMUTABLE" and give each image a tag of its own.',
    protects=lambda value: isinstance(value, str) and value.startswith("IMMUTABLE"),
    born=_LOW,
)
_VERSIONING = {
    "aws_s3_bucket_versioning": (
        Switch(
            "versioning_configuration.status",
            "Versioning is switched off: what is overwritten or deleted from now on is gone.",
            'Keep status = "Enabled"; a lifecycle rule for noncurrent versions keeps the costs down.',
            protects=lambda value: value == "Enabled",
        ),
        Switch(
            "versioning_configuration.mfa_delete",
            "Versions can be deleted without a second factor from now on.",
            "Leave mfa_delete on.",
            severity=_MEDIUM,
            protects=lambda value: value == "Enabled",
        ),
    ),
    "aws_s3_bucket": (
        Switch(
            "versioning.enabled",
            "Versioning is switched off: what is overwritten or deleted from now on is gone.",
            "Leave versioning on; a lifecycle rule for noncurrent versions keeps the costs down.",
        ),
    ),
    "google_storage_bucket": (
        Switch(
            "versioning.enabled",
            "Versioning is switched off: what is overwritten or deleted from now on is gone.",
            "Leave versioning on.",
        ),
    ),
    "azurerm_storage_account": (
        Switch(
            "blob_properties.versioning_enabled",
            "Versioning is switched off: what is overwritten or deleted from now on is gone.",
            "Leave versioning on.",
        ),
    ),
}


def _protection_off(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from switched_off("protection-off", resource, _DELETION)
    yield from guardians.goes("protection-off", resource, plan)
    yield from keys.rotation(resource)
    yield from filters.opened(resource)
    yield from retention.locks(resource)
    born = _BORN_UNPROTECTED.get(resource.type)
    if born:
        unprotected = Switch(
            born,
            "",
            "Switch deletion protection on where the data matter.",
            protects=lambda value: value is True or value == "ACTIVE",
            born=_LOW,
            born_says="It is made without deletion protection: any later plan may destroy it.",
        )
        if resource.action is Action.CREATE:
            yield from switched_off("protection-off", resource, [unprotected])


def _versioning_off(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from switched_off("versioning-off", resource, _VERSIONING.get(resource.type, ()))
    yield from guardians.goes("versioning-off", resource, plan)


def _backup_off(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from backups.fewer(resource)
    yield from guardians.goes("backup-off", resource, plan)


def _force_destroy(resource: Resource, plan: Plan) -> Iterator[Finding]:
    holder = holders.holder_of(resource.type)
    matters = holder is not None and holder.kind in (Kind.DATA, Kind.ADDRESS)
    for name in ("force_destroy", "force_delete"):
        yield from switched_off(
            "force-destroy-on",
            resource,
            [
                Switch(
                    name,
                    "Forced deletion is switched on: from now on it can be destroyed with everything in it.",
                    "Leave it off; empty it by hand when it shall really go.",
                    severity=_HIGH if matters else _MEDIUM,
                    # What is not there (null, or no such attribute) deletes nothing.
                    protects=lambda value: value is not True,
                    born=_LOW if matters else None,
                )
            ],
        )


def _simple(rule: str, *switches: Switch) -> Callable[[Resource, Plan], Iterator[Finding]]:
    def looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
        return switched_off(rule, resource, switches)

    return looks


RULES: tuple[Rule, ...] = (
    Rule(
        "protection-off",
        _HIGH,
        "Protection is taken off",
        "Deletion protection stands between a wrong plan and the data, a filter between an attack and the application.",
        _protection_off,
    ),
    Rule(
        "backup-off",
        _HIGH,
        "Backups stop or become fewer",
        "Without a backup a wrong delete, by anybody, is for good.",
        _backup_off,
    ),
    Rule(
        "versioning-off",
        _HIGH,
        "Versions are no longer kept",
        "Versions are the way back from an overwrite or a delete.",
        _versioning_off,
        frozenset(_VERSIONING),
    ),
    Rule(
        "force-destroy-on",
        _HIGH,
        "Forced deletion is switched on",
        "A bucket or repository that is not empty cannot be destroyed, unless this is on.",
        _force_destroy,
    ),
    Rule(
        "image-tags-mutable",
        _HIGH,
        "Tags of images can be overwritten",
        "An image's tag must stand for the same image for ever.",
        _simple("image-tags-mutable", _TAGS),
        frozenset({"aws_ecr_repository"}),
    ),
    Rule(
        "image-scanning-off",
        _MEDIUM,
        "Images are no longer scanned",
        "Known weaknesses in images go unnoticed.",
        _simple("image-scanning-off", _SCAN),
        frozenset({"aws_ecr_repository"}),
    ),
    *encryption.RULES,
    *keys.RULES,
    *audit.RULES,
    *retention.RULES,
)
