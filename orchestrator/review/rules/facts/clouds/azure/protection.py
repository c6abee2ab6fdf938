"""What protects resources of Azure: locks, policies, filters, vaults, waiting times."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import Comparison, becomes, is_set, less, not_false, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, Removed, Row, Watch, protects

_LOW, _MEDIUM = Severity.LOW, Severity.MEDIUM
_VAULT = "azurerm_key_vault"
_LEVELS = ("management_group", "subscription", "resource_group", "resource")
_ASSIGNMENTS = " ".join(f"azurerm_{name}_policy_assignment" for name in _LEVELS)
_SUBNET = "azurerm_subnet_network_security_group_association"
_INTERFACE = "azurerm_network_interface_security_group_association"
_other_text = Comparison(
    "changes to another",
    ("a", "b"),
    lambda value: value.lower() if isinstance(value, str) and value else None,
    lambda old, new: bool(old != new),
)


def _locks(change: Change) -> str:
    level = at(change.resource.before, "lock_level")
    kept_back = "changed or deleted" if level == "ReadOnly" else "deleted"
    scope = at(change.resource.before, "scope")
    where = f" on {scope}" if isinstance(scope, str) and scope else ""
    return f"The lock ({level}){where} is removed: what it is on, and everything in it, can be {kept_back} again."


_NO_FILTER = "the default rules allow everything within the virtual network, and what nothing else filters comes in"
PROTECTION: tuple[Row, ...] = (
    Removed(
        "azurerm_management_lock",
        _locks,
        "Keep the lock; remove it only in the change that is meant to delete what it is on.",
        joins=("scope",),
        guards=True,
    ),
    Watch(
        "azurerm_management_lock",
        "lock_level",
        becomes("ReadOnly", "CanNotDelete"),
        "The lock allows changes from now on, and keeps back deletions only.",
        'Keep lock_level = "ReadOnly" if nothing should be changed.',
    ),
    Removed(
        _SUBNET,
        f"The subnet has no network security group any more: {_NO_FILTER}.",
        "Associate the subnet with the group that takes over, in the same plan.",
        of="subnet_id",
    ),
    Removed(
        _INTERFACE,
        f"The network interface has no network security group any more: {_NO_FILTER}.",
        "Make sure that the subnet has a group with the same rules.",
        _MEDIUM,
        of="network_interface_id",
    ),
    Watch(
        f"{_SUBNET} {_INTERFACE}",
        "network_security_group_id",
        _other_text,
        "Another network security group applies from now on ({before} -> {after}).",
        "Compare the rules of the two groups.",
        unknown=_LOW,
        risk="Another network security group applies.",
    ),
    Removed(
        _ASSIGNMENTS,
        "The policy is no longer assigned: what it denied, changed or audited is no longer.",
        "Make sure that another assignment covers the same.",
        joins=("subscription_id", "resource_group_id", "resource_id", "management_group_id"),
        guards=True,
    ),
    protects(
        _ASSIGNMENTS,
        "enforce",
        "The policy is no longer enforced: what it denies is allowed, and only shows as not compliant.",
        "Leave enforce on; use a policy exemption for the one resource that needs it.",
        as_long_as=not_false,
    ),
    Watch(
        _ASSIGNMENTS,
        "not_scopes",
        Comparison(
            "gains items",
            ([], ["some"]),
            lambda value: value if isinstance(value, list) else [] if value is None else None,
            lambda old, new: any(item not in old for item in new),
        ),
        lambda change: (
            "The policy no longer applies to "
            f"{listed(item for item in change.new or () if item not in (change.old or ()))}."
        ),
        "Check that these are meant to be left out.",
        risk="The policy no longer applies somewhere.",
    ),
    protects(
        _VAULT,
        "purge_protection_enabled",
        "Purge protection is turned off, which Azure refuses: only a vault that is replaced can lose it. Without it a "
        "deleted vault can be purged at once, with everything in it.",
        "Leave purge_protection_enabled on.",
        born=_LOW,
        born_message="The key vault is created without purge protection: whoever may purge it can destroy it and all "
        "that is encrypted with its keys at once.",
    ),
    protects(
        _VAULT,
        "soft_delete_enabled",
        "Soft delete is turned off: deleted keys and secrets are gone at once.",
        "Leave it on.",
        as_long_as=not_false,
    ),
    *(
        protects(
            _VAULT,
            name,
            "Access is decided by the vault's access policies again, and no longer by role assignments: whoever may "
            "change the vault can grant itself everything in it.",
            "Leave it on.",
            _MEDIUM,
        )
        for name in ("rbac_authorization_enabled", "enable_rbac_authorization")
    ),
    *(
        protects(
            types,
            path,
            "The web application firewall only logs attacks, and no longer blocks them.",
            'Leave the mode at "Prevention".',
            as_long_as=one_of("Prevention"),
        )
        for types, path in (
            ("azurerm_web_application_firewall_policy", "policy_settings.mode"),
            ("azurerm_cdn_frontdoor_firewall_policy azurerm_frontdoor_firewall_policy", "mode"),
            ("azurerm_application_gateway", "waf_configuration.firewall_mode"),
        )
    ),
    *(
        protects(types, path, "The web application firewall is turned off.", "Leave it on.", as_long_as=not_false)
        for types, path in (
            ("azurerm_web_application_firewall_policy", "policy_settings.enabled"),
            ("azurerm_cdn_frontdoor_firewall_policy azurerm_frontdoor_firewall_policy", "enabled"),
            ("azurerm_application_gateway", "waf_configuration.enabled"),
        )
    ),
    protects(
        "azurerm_application_gateway",
        "firewall_policy_id",
        "The gateway has no web application firewall policy any more: requests are no longer filtered.",
        "Keep the policy.",
        as_long_as=is_set,
    ),
    Removed(
        "azurerm_cdn_frontdoor_security_policy",
        "The web application firewall is detached from these domains: requests are no longer filtered.",
        joins=("cdn_frontdoor_profile_id",),
    ),
    protects(
        "azurerm_virtual_network",
        "ddos_protection_plan.enable",
        "The network is taken out of the DDoS protection plan.",
        "Keep it in the plan.",
        _MEDIUM,
    ),
    protects(
        "azurerm_kubernetes_cluster",
        "azure_policy_enabled",
        "Azure Policy no longer checks what is deployed to the cluster.",
        "Leave azure_policy_enabled on.",
        _MEDIUM,
    ),
    protects(
        "azurerm_kubernetes_cluster",
        "network_profile.network_policy",
        "Network policies of the cluster have no effect any more: every pod can reach every other.",
        "Keep a network policy engine.",
        as_long_as=is_set,
    ),
    Removed(
        "azuread_conditional_access_policy",
        "The conditional access policy is removed: what it required or blocked at sign-in is open.",
        "Make sure that another policy requires the same.",
        guards=True,
        unless=lambda change: at(change.resource.before, "state") not in (None, "enabled"),
    ),
)
DELETION_WINDOW: tuple[Row, ...] = (
    Watch(
        _VAULT,
        "soft_delete_retention_days",
        less,
        "What is deleted in the vault can be restored for {new:g} days instead of {old:g}.",
        "Keep the waiting period long: it is the last way back.",
        _LOW,
        CHANGED,
        risk="What is deleted can be restored for a shorter time.",
    ),
)
VERSIONS: tuple[Row, ...] = tuple(
    kept(
        "azurerm_storage_account",
        f"blob_properties.{kind}_retention_policy.days",
        what,
        means="what is deleted later than that cannot be restored",
    )
    for kind, what in (("delete", "Deleted blobs"), ("container_delete", "Deleted containers"))
)
