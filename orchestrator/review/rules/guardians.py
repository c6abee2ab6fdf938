"""Resources that do nothing but protect or record: what it means that they go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.destroyed import destroyed_too
from orchestrator.review.rules.kit.renames import new_address

_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM


@dataclass(frozen=True, slots=True)
class Guardian:
    """`subject` is the attribute that names what is protected: if that goes too, nothing is to be told."""

    rule: str
    severity: Severity
    says: str
    subject: str = ""


_GUARDIANS: Mapping[str, Guardian] = {
    "aws_s3_bucket_versioning": Guardian(
        "versioning-off",
        _HIGH,
        "Versioning of the bucket is suspended with this: what is overwritten or deleted from now on is gone.",
        "bucket",
    ),
    "aws_s3_bucket_object_lock_configuration": Guardian(
        "protection-off", _HIGH, "New objects are no longer locked against deletion.", "bucket"
    ),
    "aws_backup_vault_lock_configuration": Guardian(
        "protection-off",
        _HIGH,
        "Recovery points in the vault can be deleted by hand from now on.",
        "backup_vault_name",
    ),
    "aws_wafv2_web_acl_association": Guardian(
        "protection-off", _HIGH, "The web ACL is taken off what it filters requests for.", "resource_arn"
    ),
    "aws_secretsmanager_secret_rotation": Guardian(
        "protection-off",
        _MEDIUM,
        "The secret is no longer rotated: a copy that leaked stays valid.",
        "secret_id",
    ),
    "aws_shield_protection": Guardian(
        "protection-off", _HIGH, "Protection against floods is taken away.", "resource_arn"
    ),
    "aws_organizations_policy_attachment": Guardian(
        "protection-off", _HIGH, "The control policy no longer holds for these accounts.", "target_id"
    ),
    "aws_rbin_rule": Guardian("protection-off", _MEDIUM, "What is deleted no longer waits in the recycle bin."),
    "aws_backup_plan": Guardian("backup-off", _HIGH, "What it backs up gets no new backups; those made stay."),
    "aws_backup_selection": Guardian("backup-off", _HIGH, "What it selects is no longer backed up.", "plan_id"),
    "aws_dlm_lifecycle_policy": Guardian("backup-off", _HIGH, "No new snapshots are made by it; those made stay."),
    "aws_efs_backup_policy": Guardian("backup-off", _HIGH, "The file system is no longer backed up.", "file_system_id"),
    "aws_s3_bucket_replication_configuration": Guardian(
        "backup-off", _MEDIUM, "New objects are no longer copied to the other bucket.", "bucket"
    ),
    "aws_cloudtrail": Guardian("audit-off", _HIGH, "What happens in the account is no longer recorded by this trail."),
    "aws_flow_log": Guardian("audit-off", _MEDIUM, "Traffic of the network is no longer recorded.", "vpc_id"),
    "aws_config_configuration_recorder": Guardian("audit-off", _HIGH, "Changes in the account are no longer recorded."),
    "aws_guardduty_detector": Guardian(
        "audit-off", _HIGH, "Threats are no longer looked for, and the findings so far are deleted."
    ),
    "aws_securityhub_account": Guardian(
        "audit-off", _HIGH, "Findings are no longer collected, and those so far are deleted."
    ),
    "aws_inspector2_enabler": Guardian("audit-off", _MEDIUM, "Known weaknesses are no longer looked for."),
    "aws_macie2_account": Guardian("audit-off", _MEDIUM, "Personal data in buckets are no longer looked for."),
    "aws_accessanalyzer_analyzer": Guardian("audit-off", _MEDIUM, "Access from outside is no longer looked for."),
    "aws_s3_bucket_logging": Guardian("audit-off", _MEDIUM, "Requests to the bucket are no longer logged.", "bucket"),
}
TYPES = frozenset(_GUARDIANS)


def goes(rule: str, resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A finding of this rule if what protects goes, and what it protects stays."""
    one = _GUARDIANS.get(resource.type)
    if one is None or one.rule != rule or resource.action is not Action.DELETE or resource.deposed:
        return
    if plan.destroys_all or _was_off(resource) or new_address(resource, plan):
        return
    # A backup selection's subject may be destroyed with a finding of its own.
    if (one.subject and destroyed_too(resource, plan, one.subject)) or _guardian_goes_too(resource, plan):
        return
    yield Finding(rule, one.severity, resource.address, one.says, "Restore the block, unless this is what is wanted.")


def _was_off(resource: Resource) -> bool:
    if resource.type != "aws_s3_bucket_versioning":
        return False
    return bool(at(resource.before, "versioning_configuration.status") != "Enabled")


def _guardian_goes_too(resource: Resource, plan: Plan) -> bool:
    """A selection goes with its plan, whose own finding tells it."""
    if resource.type != "aws_backup_selection":
        return False
    name = at(resource.before, "plan_id")
    return any(
        item.type == "aws_backup_plan" and item.action is Action.DELETE and bool(at(item.before, "id") == name)
        for item in plan.resources
    )
