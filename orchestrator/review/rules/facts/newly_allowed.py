"""What a change of firewall rules allows that nothing allowed before."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts.iam.policy_changes import everything_goes
from orchestrator.review.rules.facts.network.firewalls.allowed import TYPES, allowed_traffic
from orchestrator.review.rules.facts.network.traffic import Traffic, not_covered
from orchestrator.review.rules.kit.per_plan import per_plan, per_resource

__all__ = ("TYPES", "is_fresh", "newly_allowed", "no_longer_refused")

_GROUPS = ("security_group_id", "network_acl_id", "network_security_group_id", "security_group_binding")
"""By what a rule of its own names the group that it is in."""


@per_resource
def newly_allowed(resource: Resource, plan: Plan) -> list[Traffic]:
    """What is allowed and was not, by this resource or another of the same group."""
    if resource.after is None or resource.action is Action.FORGET:
        return []
    now = [item for item in allowed_traffic(resource.type, resource.after) if not item.deny]
    before = _reached_before(resource, plan)
    there, loose = set(before), [other for other in before if not other.group]
    found: dict[Traffic, None] = {}
    for item in now:
        if item in there:
            continue
        # What is in the same group includes the resource's own rules of before.
        old = loose + _before(plan).get(item.group, []) if item.group else before
        found.update(dict.fromkeys(not_covered(item, old)))
    return _collapsed(found)


def _collapsed(found: Iterable[Traffic]) -> list[Traffic]:
    """Merges adjacent networks: 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0."""
    joined = [item for item in found if isinstance(item.source, str)]
    alike: dict[tuple[object, ...], list[Traffic]] = defaultdict(list)
    for item in found:
        if not isinstance(item.source, str):
            what = (item.protocol, item.first, item.last, item.group, item.egress, item.acl, item.deny)
            alike[*what, item.source.version].append(item)
    for items in alike.values():
        if len(items) > 1:
            networks = ipaddress.collapse_addresses(item.source for item in items)  # type: ignore[type-var]
            joined += [replace(items[0], source=network) for network in networks]
        else:
            joined += items
    return joined


def no_longer_refused(resource: Resource, plan: Plan) -> list[Traffic]:
    """What a subnet's rules refused and do not refuse any more."""
    if "network_acl" not in resource.type:
        # Nothing else has rules that refuse.
        return []
    if everything_goes(plan) or (resource.after is None and not resource.type.endswith("_rule")):
        return []
    now = allowed_traffic(resource.type, resource.after)
    gone = [item for item in allowed_traffic(resource.type, resource.before) if item.deny and not item.egress]
    return [part for item in gone for part in not_covered(item, [*now, *_after(plan).get(item.group, [])])]


@per_plan
def _before(plan: Plan) -> dict[str, list[Traffic]]:
    return _by_group(
        reach
        for resource in plan.resources
        if resource.managed and resource.type in TYPES
        for reach in _reached_before(resource, plan)
        # What a group lets out that this plan does not touch may be no more than what AWS gives every new group.
        if not (reach.egress and resource.action is Action.NO_OP and reach.path)
    )


@per_resource
def _reached_before(resource: Resource, plan: Plan) -> list[Traffic]:
    return allowed_traffic(resource.type, resource.before)


@per_plan
def _after(plan: Plan) -> dict[str, list[Traffic]]:
    return _by_group(
        reach
        for resource in plan.resources
        if resource.managed and resource.type in TYPES
        for reach in allowed_traffic(resource.type, resource.after)
    )


def _by_group(found: Iterable[Traffic]) -> dict[str, list[Traffic]]:
    groups: dict[str, list[Traffic]] = defaultdict(list)
    for reach in found:
        if reach.group:
            groups[reach.group].append(reach)
    return groups


def is_fresh(resource: Resource) -> bool:
    """True for the rules of a group that is made by this plan: it holds nothing that was closed before."""
    if resource.before is not None:
        return False
    return not any(isinstance((resource.after or {}).get(name), str) for name in _GROUPS)
