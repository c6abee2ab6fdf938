"""Protection that is turned off: against deletion, and against bad requests and forbidden actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.iam import compare, parse
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, allow, deny, policy, same
from orchestrator.review.rules.facts.aws.account_guards import ACCOUNT_GUARDS
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import protection as azure_protection
from orchestrator.review.rules.facts.clouds.google import protection as google_protection
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import State, becomes, is_set, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Removed, Row, Watch, protects
from orchestrator.review.rules.kit.rule import Rule

_WEB_ACL = "aws_wafv2_web_acl"
_CONTROL_POLICY = "aws_organizations_policy"
_ON = State("on", lambda value: value is True or value == "ACTIVE", (True, False))
_ATTRIBUTES = (
    "deletion_protection",
    "deletion_protection_enabled",
    "enable_deletion_protection",
    "delete_protection",
    "termination_protection",
    "termination_protection_enabled",
    "disable_api_termination",
)


def _deletion_protection(path: str) -> Row:
    """These mean the same wherever they are, with any provider."""
    return protects(
        "*",
        path,
        "Deletion protection is turned off: the next plan that destroys or replaces it will succeed.",
        "Leave it on, and turn it off only in the change that is meant to destroy it.",
        as_long_as=_ON,
    )


def _created_without(types: str, path: str, decides: str = "") -> Row:
    return protects(
        types,
        path,
        "It is created without deletion protection: any later plan can destroy it.",
        "Turn deletion protection on where the data matters.",
        as_long_as=_ON,
        actions=frozenset(),
        born=Severity.LOW,
        decides=decides,
    )


def _cannot_be_rotated(change: Change) -> bool:
    """KMS rotates symmetric keys only."""
    specification = at(change.resource.after, "customer_master_key_spec")
    return not (specification in (None, "SYMMETRIC_DEFAULT") or hidden(specification))


_SOONER = "new ones can be deleted that much sooner"
_ROWS: tuple[Row, ...] = (
    *map(_deletion_protection, _ATTRIBUTES),
    *ACCOUNT_GUARDS,
    Removed(
        "aws_s3_bucket_object_lock_configuration", "New objects are no longer locked against deletion.", of="bucket"
    ),
    Removed(
        "aws_backup_vault_lock_configuration",
        "Recovery points in the vault can be deleted manually from now on.",
        of="backup_vault_name",
    ),
    Removed(
        "aws_wafv2_web_acl_association",
        "The web ACL is detached: requests to the resource are no longer filtered.",
        of="resource_arn",
    ),
    Removed(
        "aws_secretsmanager_secret_rotation",
        "The secret is no longer rotated: a leaked copy stays valid.",
        severity=Severity.MEDIUM,
        of="secret_id",
    ),
    Removed("aws_shield_protection", "Protection against DDoS attacks is removed.", of="resource_arn"),
    Removed(
        "aws_organizations_policy_attachment",
        "The control policy no longer applies to these accounts.",
        of="target_id",
    ),
    Removed("aws_rbin_rule", "Deleted resources no longer go to the recycle bin.", severity=Severity.MEDIUM),
    protects(
        "aws_kms_key",
        "enable_key_rotation",
        "The key is no longer rotated every year.",
        "Leave enable_key_rotation on: existing data stays readable, and applications do not notice.",
        Severity.MEDIUM,
        unless=_cannot_be_rotated,
        born=Severity.LOW,
        born_message="The key is created without annual rotation.",
    ),
    protects(
        "aws_cloudfront_distribution",
        "web_acl_id",
        "The web ACL is detached from the distribution: requests are no longer filtered.",
        "Keep the web ACL.",
        as_long_as=is_set,
    ),
    protects(
        "aws_lb",
        "drop_invalid_header_fields",
        "Invalid HTTP headers are passed on: request smuggling attacks start with those.",
        "Leave drop_invalid_header_fields on.",
        Severity.MEDIUM,
    ),
    protects(
        "aws_lb",
        "desync_mitigation_mode",
        "Requests that two servers may interpret differently are passed on.",
        'Leave desync_mitigation_mode = "defensive", which is the default, or "strictest".',
        Severity.MEDIUM,
        as_long_as=one_of(None, "defensive", "strictest"),
    ),
    Watch(
        "aws_s3_bucket_object_lock_configuration",
        "rule.default_retention.mode",
        becomes("COMPLIANCE", "GOVERNANCE"),
        "New objects are locked in governance mode: anyone with s3:BypassGovernanceRetention can delete them. Until "
        "now nobody could.",
        'Keep mode = "COMPLIANCE" if a regulation or an auditor requires it.',
    ),
    kept("aws_s3_bucket_object_lock_configuration", "rule.default_retention.days", "Object locks", means=_SOONER),
    kept("google_storage_bucket", "retention_policy.retention_period", "Object locks", "seconds", means=_SOONER),
    _created_without("aws_db_instance aws_rds_cluster", "deletion_protection", "whether it is protected"),
    _created_without("aws_docdb_cluster aws_neptune_cluster aws_cognito_user_pool", "deletion_protection"),
    _created_without("aws_dynamodb_table", "deletion_protection_enabled"),
    *azure_protection.PROTECTION,
    *google_protection.PROTECTION,
    Reads(_WEB_ACL, "rule default_action"),
    Reads(_CONTROL_POLICY, "content type"),
)


def _filters(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action in CHANGED:
        yield from _web_acl(resource) if resource.type == _WEB_ACL else _control_policy(resource)


def _web_acl(resource: Resource) -> Iterator[Finding]:
    """One finding for all that a web ACL no longer refuses."""
    if hidden(at(resource.after, "rule")):
        return
    says = []
    if _acts(resource.before, "default_action", "block") and _acts(resource.after, "default_action", "allow"):
        says.append("Requests that match no rule are now allowed; they were blocked.")
    before, after = _rules(resource.before), _rules(resource.after)
    removed = sorted(name for name, rule in before.items() if name not in after and _refuses(rule))
    if removed:
        says.append(f"Rules are removed: {listed(removed)}.")
    counting = sorted(name for name, rule in after.items() if _refuses(before.get(name, {})) and not _refuses(rule))
    if counting:
        says.append(f"Rules only count or allow what they match, and no longer block it: {listed(counting)}.")
    if says:
        yield Finding(
            "protection-off",
            Severity.HIGH,
            resource.address,
            " ".join(says),
            "Check in the web ACL's metrics how many requests these rules block today.",
            ("rule",) if removed or counting else ("default_action",),
        )


def _rules(values: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {str(rule.get("name")): rule for rule in blocks(values, "rule")}


def _refuses(rule: Mapping[str, Any]) -> bool:
    """True for a rule that blocks or challenges, and for a group of rules that is not overridden to count."""
    return any(_acts(rule, "action", kind) for kind in ("block", "captcha", "challenge")) or _acts(
        rule, "override_action", "none"
    )


def _acts(values: Mapping[str, Any] | None, name: str, kind: str) -> bool:
    # An empty block is an empty mapping in a list: there, and without content.
    return any(isinstance(action.get(kind), list) and action[kind] != [] for action in blocks(values, name))


def _control_policy(resource: Resource) -> Iterator[Finding]:
    """A service control policy that denies less to the accounts under it."""
    if at(resource.after, "type") not in (None, "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        return
    before, after = at(resource.before, "content"), at(resource.after, "content")
    if hidden(before) or hidden(after):
        return
    old, new = parse(before), parse(after)
    widening = compare(old, new) if old is not None and new is not None else None
    if widening:
        yield Finding(
            "protection-off",
            Severity.HIGH,
            resource.address,
            f"The accounts under this policy are no longer prevented from: {listed(widening.grants)}.",
            "Check that another policy still denies it, or that this is intended.",
            ("content",),
        )


RULE = Rule(
    "protection-off",
    Severity.HIGH,
    "Protection is turned off",
    "Deletion protection stands between a wrong plan and the data, a filter between an attack and the application.",
    looks=_filters,
    watches=(*_ROWS, *rows_for("protection-off")),
    examples=(
        Fires("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": False}),
        Fires("aws_cognito_user_pool", {"deletion_protection": "ACTIVE"}, {"deletion_protection": "INACTIVE"}),
        Fires("aws_kms_key", {"enable_key_rotation": True}, {"enable_key_rotation": False}, Severity.MEDIUM),
        Fires(
            "aws_wafv2_web_acl",
            {"rule": [{"name": "sql-injection", "action": [{"block": [{}]}]}]},
            {"rule": [{"name": "sql-injection", "action": [{"count": [{}]}]}]},
        ),
        Fires(
            "aws_organizations_policy",
            {"content": policy(allow("*"), deny("ec2:*"))},
            {"content": policy(allow("*"), deny("ec2:RunInstances"))},
        ),
        Fires(
            "aws_shield_protection",
            {"resource_arn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1"},
            None,
            beside=(same("aws_lb.web", {"name": "web"}),),
        ),
        Fires("aws_db_instance", None, {"deletion_protection": False}, Severity.LOW),
        Silent("aws_db_instance", None, {"deletion_protection": True}),
        Silent(
            "aws_lb", {"enable_deletion_protection": True}, {"enable_deletion_protection": True, "idle_timeout": 60}
        ),
    ),
)
