"""What decides who may do what, and cannot be read in this plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.configuration import without_keys
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.managed_policies import ATTACHMENTS
from orchestrator.review.rules.facts.policy_types import IDENTITY, RESOURCE, TRUST
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive, dotted

_NETWORK = {
    "aws_security_group": ("ingress",),
    "aws_default_security_group": ("ingress",),
    "aws_network_acl": ("ingress",),
    "aws_security_group_rule": ("cidr_blocks", "ipv6_cidr_blocks", "from_port", "to_port", "protocol"),
    "aws_vpc_security_group_ingress_rule": ("cidr_ipv4", "cidr_ipv6", "from_port", "to_port", "ip_protocol"),
    "aws_network_acl_rule": ("cidr_block", "ipv6_cidr_block", "rule_action"),
    "google_compute_firewall": ("source_ranges",),
    "azurerm_network_security_rule": ("source_address_prefix", "source_address_prefixes"),
}
_SWITCHES = {
    "aws_db_instance": ("publicly_accessible", "deletion_protection", "storage_encrypted"),
    "aws_rds_cluster": ("deletion_protection", "storage_encrypted"),
    "aws_lb": ("internal",),
    "aws_lambda_permission": ("principal",),
    "aws_lambda_function_url": ("authorization_type",),
    "aws_s3_bucket_acl": ("acl",),
    "aws_kms_grant": ("grantee_principal", "operations"),
}
_ONLY_KNOWN_LATER = frozenset(("ingress", "policy", "inline_policy", "managed_policy_arns", "access_policies", "acl"))
"""Attributes that the provider fills in if the configuration does not set them."""

_WHY = {
    **dict.fromkeys(TRUST.values(), "who can take the role"),
    **dict.fromkeys(ATTACHMENTS.values(), "what the identity may do"),
    **dict.fromkeys(
        ("policy", "inline_policy", "policy_document", "access_policy", "access_policies"), "who may do what"
    ),
    **dict.fromkeys(("ingress", "source_ranges"), "who can reach it"),
    "rule_action": "whether the subnet lets it in",
    "publicly_accessible": "whether the internet can reach it",
    "internal": "whether the internet can reach it",
    "principal": "who may invoke the function",
    "authorization_type": "whether anybody may call it",
    "acl": "who can read it",
    "deletion_protection": "whether it is protected",
    "storage_encrypted": "whether it is encrypted",
    "grantee_principal": "who may use the key",
    "operations": "what may be done with the key",
}


def _attributes(kind: str) -> tuple[str, ...]:
    tables: tuple[Mapping[str, str], ...] = (IDENTITY, TRUST, RESOURCE, ATTACHMENTS)
    named = [table[kind] for table in tables if kind in table]
    return (*dict.fromkeys(named), *_NETWORK.get(kind, ()), *_SWITCHES.get(kind, ()))


def _unreadable(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.after is None:
        return
    for attribute in _attributes(resource.type):
        after = resource.after.get(attribute)
        found = _hidden(after, (attribute,))
        if found is None:
            continue
        before = (resource.before or {}).get(attribute)
        if before == after or (resource.created and after is UNKNOWN and _computed(resource, attribute)):
            continue
        refers = _refers(plan).get(without_keys(resource.address), [])
        if attribute in ATTACHMENTS.values() and any(
            target.split(".")[-2:-1] == ["aws_iam_policy"] for target in refers
        ):
            # What is attached is a policy of this plan, which is judged by itself.
            continue
        path, value = found
        later = value is UNKNOWN
        yield Finding(
            "not-judgeable",
            Severity.LOW if resource.before is None else Severity.MEDIUM,
            resource.address,
            f"{dotted(path)} decides {_WHY.get(attribute, 'who can reach it')}, and "
            f"{'is known only after apply' if later else 'is marked as sensitive'}: that cannot be judged here.",
            _look(refers)
            if later
            else "Read it in the configuration; a policy or an address range need not be sensitive.",
            path,
            before,
            value,
        )
        return


def _look(refers: list[str]) -> str:
    where = f", where it refers to {listed(refers, 3)}" if refers else ""
    return f"Read it in the configuration{where}; or apply first what it refers to, then plan again."


@per_plan
def _refers(plan: Plan) -> dict[str, list[str]]:
    """What each block of the configuration refers to."""
    found: dict[str, list[str]] = defaultdict(list)
    for edge in plan.edges:
        found[edge.source].append(edge.target)
    return found


def _hidden(value: Any, path: AttributePath) -> tuple[AttributePath, Any] | None:
    """The first thing in a value that is unknown or sensitive."""
    if value is UNKNOWN or isinstance(value, Sensitive):
        return path, value
    items: Any = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    )
    for key, item in items:
        # Which group or list may come in is known as far as it is in the configuration; networks and ports must be.
        if key in ("security_groups", "prefix_list_ids", "description", "tags", "rule_no", "name"):
            continue
        found = _hidden(item, (*path, key))
        if found is not None:
            return found
    return None


def _computed(resource: Resource, attribute: str) -> bool:
    """True if the provider may be all that fills the attribute in: then there is nothing of the configuration in it."""
    if resource.configured is not None:
        return attribute not in resource.configured
    return attribute in _ONLY_KNOWN_LATER and not (
        resource.type.endswith("_policy") or resource.type in ("aws_iam_policy", "aws_s3_bucket_acl")
    )


_TYPES = frozenset({*IDENTITY, *TRUST, *RESOURCE, *ATTACHMENTS, *_NETWORK, *_SWITCHES})

RULES: tuple[Rule, ...] = (
    Rule(
        "not-judgeable",
        Severity.MEDIUM,
        "What decides on access cannot be read in this plan",
        "What is known only after apply is not passed over: it says which attribute, and why that matters.",
        _unreadable,
        _TYPES,
    ),
)
