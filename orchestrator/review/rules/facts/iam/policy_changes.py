"""The policy documents in resources, and what a plan makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.review.iam import Document, Widening, compare, parse
from orchestrator.review.iam.document import EMPTY, Read, joined
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts.iam.policy_types import HOLDERS, IDENTITY, NAMES, RESOURCE, TRUST
from orchestrator.review.rules.facts.late_documents import late_document
from orchestrator.review.rules.kit.per_plan import per_plan, per_resource
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A changed policy. `fresh` says that its holder gets its first one: nothing of it was there to be widened.

    `before` and `after` are all that holds then, with what stands in other resources for the same holder.
    """

    path: AttributePath
    widening: Widening
    fresh: bool
    before: Document = EMPTY
    after: Document = EMPTY


@per_resource
def policy_change(resource: Resource, plan: Plan) -> PolicyChange | None:
    """What becomes of the policy in a resource. None if it stays as it is, or cannot be judged."""
    return _judged(resource, _attribute(resource), plan)


@per_resource
def trust_change(resource: Resource, plan: Plan) -> PolicyChange | None:
    """What becomes of a role's trust policy."""
    return _judged(resource, TRUST[resource.type], plan)


def _judged(resource: Resource, attribute: str, plan: Plan) -> PolicyChange | None:
    old_value, new_value = _value(resource.before, attribute), _value(resource.after, attribute)
    if moves(resource):
        old_value = None
    if resource.action is Action.FORGET or resource.deposed or old_value == new_value:
        return None
    known: Read = []
    late = late_document(resource, attribute, plan) if new_value is UNKNOWN else None
    before, after = _parsed(old_value, known), late or _parsed(new_value, known)
    if before is None or after is None:
        return None
    # The same statements may move to another resource: that widens nothing.
    beside = [_both(other, plan) for other in _neighbours(resource, plan)]
    beside_before, beside_after = joined(old for old, _ in beside), joined(new for _, new in beside)
    widening = compare(before, after, beside_before, beside_after)
    if late is not None:
        # What is missing in it may be in the part that is not known yet.
        widening = replace(widening, grants=tuple(grant for grant in widening.grants if not grant.lifted))
    was, becomes = before + beside_before, after + beside_after
    return PolicyChange((attribute,), widening, not was.statements, was, becomes) if widening else None


@per_resource
def _both(resource: Resource, plan: Plan) -> tuple[Document, Document]:
    """The policy in a resource before and after, empty where it cannot be judged. Each of its neighbours asks."""
    attribute = _attribute(resource)
    before, after = (_parsed(_value(side, attribute)) for side in (resource.before, resource.after))
    return before or EMPTY, after or EMPTY


def moves(resource: Resource) -> bool:
    """True if a policy or an attachment is put on another identity or thing: what that one has is new."""
    before, after = resource.before, resource.after
    if before is None or after is None or "policy" not in resource.type:
        return False
    return any(_plain(before, key) and _plain(after, key) and before[key] != after[key] for key in NAMES)


def holder_goes(resource: Resource, plan: Plan) -> bool:
    """True if what the policy is attached to is destroyed in the same plan, or everything is."""
    return everything_goes(plan) or any(name in _destroyed(plan) for _, name in _names(resource.before))


@per_plan
def everything_goes(plan: Plan) -> bool:
    """True if the plan leaves nothing. A plan that does nothing but destroy may well leave what it does not touch."""
    return all(resource.action is Action.DELETE for resource in plan.resources if resource.managed)


@per_plan
def _destroyed(plan: Plan) -> frozenset[str]:
    """The ids, names and ARNs of what a policy can be attached to, of all that the plan destroys."""
    return frozenset(
        resource.before[key]
        for resource in plan.resources
        if resource.action is Action.DELETE and resource.before is not None and resource.type in HOLDERS
        for key in ("id", "name", "arn", "bucket", "url", "domain_name")
        if _plain(resource.before, key)
    )


def _attribute(resource: Resource) -> str:
    return IDENTITY.get(resource.type) or RESOURCE[resource.type]


def _value(values: Mapping[str, Any] | None, attribute: str) -> Any:
    return None if values is None else values.get(attribute)


def _parsed(value: Any, known: Read | None = None) -> Document | None:
    """The document; inline blocks of a role are one."""
    if value is UNKNOWN or isinstance(value, Sensitive):
        return None
    if not isinstance(value, list | tuple):
        return parse(value, known)
    found = Document()
    for block in value:
        document = parse(block.get("policy")) if isinstance(block, Mapping) else None
        if document is None:
            return None
        found += document
    return found


def _plain(values: Mapping[str, Any], key: str) -> bool:
    return isinstance(values.get(key), str) and bool(values[key])


def _names(values: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    for key in NAMES:
        if values is not None and _plain(values, key):
            yield key, values[key]


def _neighbours(resource: Resource, plan: Plan) -> Iterator[Resource]:
    """The other policies of the same kind that are attached to the same thing."""
    kind = _kind(resource)
    names = dict.fromkeys([*_names(resource.before), *_names(resource.after)])
    found = {other.address: other for name in names for other in _attached(plan).get((kind, *name), ())}
    return (other for other in found.values() if other is not resource)


@per_plan
def _attached(plan: Plan) -> dict[tuple[str, str, str], list[Resource]]:
    found: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for resource in plan.resources:
        if resource.managed and (resource.type in IDENTITY or resource.type in RESOURCE):
            for name in dict.fromkeys([*_names(resource.before), *_names(resource.after)]):
                found[_kind(resource), *name].append(resource)
    return found


def _kind(resource: Resource) -> str:
    return "identity" if resource.type in IDENTITY else resource.type
