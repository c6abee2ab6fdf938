"""Why Terraform destroys or replaces something, in words and with the values that it goes by."""

from __future__ import annotations

from orchestrator.review import action_reasons
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive, dotted, shown

_NAMES = (
    "name",
    "bucket",
    "identifier",
    "cluster_identifier",
    "replication_group_id",
    "cluster_id",
    "function_name",
    "domain_name",
    "repository",
    "public_ip",
    "tags.Name",
    "description",
    "id",
)
BLOCK_GONE = frozenset({"delete_because_no_resource_config", "delete_because_no_module"})
_VALUE_LENGTH = 60
_NO_ID = "none"
"""What the provider random gives to a password as its id."""


def name_of(resource: Resource, noun: str) -> str:
    """`table "stories"`: with the name that the object has in the cloud, if it has a known one."""
    matched = _matched(resource)
    if matched:
        return f"{noun} for {shown(matched, _VALUE_LENGTH)}"
    for attribute in _NAMES:
        name = at(resource.before, attribute)
        if isinstance(name, str) and name and name != _NO_ID:
            return f'{noun} "{shown(name, _VALUE_LENGTH)}"'
    return noun


def _matched(resource: Resource) -> str:
    """What a listener's rule matches: paths and hosts."""
    lists = [
        at(condition, f"{part}.values")
        for condition in blocks(resource.before, "condition")
        for part in ("host_header", "path_pattern")
    ]
    return ", ".join(value for found in lists if isinstance(found, list) for value in found if isinstance(value, str))


def because_clause(resource: Resource, plan: Plan) -> str:
    """The reason as the rest of a sentence, ` because ...`; empty if Terraform tells none."""
    reason = _deleted(resource, plan) if resource.action is Action.DELETE else _replaced(resource)
    return f" because {reason}" if reason else ""


def _deleted(resource: Resource, plan: Plan) -> str:
    if resource.deposed:
        return "an earlier replacement could not remove it"
    if resource.action_reason.startswith("delete_because_"):
        return action_reasons.in_words(resource)
    return "this plan destroys everything" if plan.destroys_all else ""


def _replaced(resource: Resource) -> str:
    if resource.action_reason != "replace_because_cannot_update":
        reason = action_reasons.in_words(resource)
        if reason:
            return reason
    changes = [_changed(resource, path) for path in dict.fromkeys(resource.replace_paths)]
    if not changes:
        return ""
    return f"{', and '.join(changes)}, which cannot be done in place"


def _changed(resource: Resource, path: AttributePath) -> str:
    before, after = at(resource.before, path), at(resource.after, path)
    name = dotted(path)
    if after is UNKNOWN:
        return f"{name} may change from {shown(before, _VALUE_LENGTH)} to a value known only after apply"
    if isinstance(before, Sensitive) or isinstance(after, Sensitive):
        return f"{name} (sensitive) changes"
    if before is None:
        return f"{name} is set to {shown(after, _VALUE_LENGTH)}"
    if after is None:
        return f"{name} (now {shown(before, _VALUE_LENGTH)}) is removed"
    return f"{name} is changed from {shown(before, _VALUE_LENGTH)} to {shown(after, _VALUE_LENGTH)}"
