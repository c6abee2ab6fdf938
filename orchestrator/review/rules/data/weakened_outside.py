"""What somebody opened or weakened outside of Terraform, and whether the plan leaves it so.

It is judged as if a plan had made the change: what would be a finding there is one here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rule import Rule

ID = "weakened-outside"
_GROUPS = ("protection", "transport", "access", "network")
_ADVICE = (
    "Find out who changed it and why. Change it back, or write it into the configuration: with ignore_changes, or "
    "where nothing sets the attribute, Terraform does neither."
)
_GROUP = "aws_security_group"


def _looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
    now = _planned(plan).get(resource.address)
    if resource.action is not Action.UPDATE or not resource.managed or (now and now.action is Action.DELETE):
        return
    changed = _changed(plan).get(resource.address)
    if changed is None:
        return
    names = {item.path[0] for item in changed.differences if not item.noise}
    for found in _judged(changed, _as_a_plan(plan)):
        about = {found.path[0]} if found.path and found.path[0] in names else names
        back = now is not None and _goes_back(resource, now, about)
        then = "changes it back. Until then" if back else "leaves it so"
        yield replace(
            found,
            rule=ID,
            severity=Severity.LOW if back else found.severity,
            reason=f"Somebody changed this outside of Terraform, and this plan {then}: {found.reason}",
            advice="Find out who changed it and why, before it is done again." if back else _ADVICE,
        )


@per_plan
def _changed(plan: Plan) -> Mapping[str, Resource]:
    return {
        item.address: _by_somebody(item, plan)
        for item in (*plan.drift, *plan.drifted_elsewhere)
        if item.managed and item.action is Action.UPDATE
    }


@per_plan
def _as_a_plan(plan: Plan) -> Plan:
    """The plan that would have made these changes, and no others."""
    changed = _changed(plan)
    rest = (replace(it, action=Action.NO_OP) for it in plan.resources if it.before and it.address not in changed)
    return Plan(resources=(*changed.values(), *rest), edges=plan.edges)


def _judged(changed: Resource, plan: Plan) -> Iterator[Finding]:
    if not changed.differences:
        return
    for rule in (rule for name in _GROUPS for rule in group(name)):
        if rule.of_drift or rule.id == NOT_JUDGEABLE or (rule.types and changed.type not in rule.types):
            continue
        for found in rule.judge(changed, plan):
            if found.severity >= Severity.MEDIUM and found.rule != NOT_JUDGEABLE:
                yield found


def _by_somebody(resource: Resource, plan: Plan) -> Resource:
    """The resource with what only somebody can have changed: the rest is filled in by the plan's other resources."""
    if resource.configured is None:
        return resource
    own: set[str | int] = {item.path[0] for item in resource.differences if item.path[0] in resource.configured}
    after = {**(resource.after or {})}
    before: Mapping[str, Any] = resource.before or {}
    for name in {item.path[0] for item in resource.differences} - own:
        kept = _without_own_rules(resource, name, plan) if resource.type == _GROUP else None
        after[str(name)] = before.get(str(name)) if kept is None else kept
        if kept is not None and kept != before.get(str(name)):
            own.add(name)
    return replace(
        resource, after=after, differences=tuple(item for item in resource.differences if item.path[0] in own)
    )


def _without_own_rules(resource: Resource, name: str | int, plan: Plan) -> list[Any] | None:
    """A security group's rules without those that have resources of their own in this plan."""
    if name not in ("ingress", "egress"):
        return None
    old = blocks(resource.before, str(name))
    own = _own_rules(plan).get(str(at(resource.before, "id")), [])
    added = [rule for rule in blocks(resource.after, str(name)) if rule not in old]
    return [*old, *(rule for rule in added if not any(_is_of(rule, one) for one in own))]


@per_plan
def _own_rules(plan: Plan) -> Mapping[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for item in plan.resources:
        if item.managed and item.type in (
            "aws_security_group_rule",
            "aws_vpc_security_group_ingress_rule",
            "aws_vpc_security_group_egress_rule",
        ):
            for values in (item.before, item.after):
                if values:
                    found.setdefault(str(values.get("security_group_id")), []).append(values)
    return found


def _is_of(rule: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    """True if the rule in the group may be the one that the resource made: of the same ports."""
    protocol = one.get("ip_protocol", one.get("protocol"))
    return str(rule.get("protocol")) == str(protocol) and (
        str(protocol) == "-1"
        or (rule.get("from_port"), rule.get("to_port")) == (one.get("from_port"), one.get("to_port"))
    )


def _goes_back(resource: Resource, now: Resource, names: set[Any]) -> bool:
    """True if the plan gives all of these attributes the values again that they had."""
    if now.action not in (Action.UPDATE, Action.REPLACE) or not names:
        return False
    return all(at(now.after, (name,)) == at(resource.before, (name,)) for name in names)


@per_plan
def _planned(plan: Plan) -> Mapping[str, Resource]:
    return {item.address: item for item in plan.resources if item.managed and not item.deposed}


_OPEN = {"ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}
_CLOSED = {"ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}]}

RULE = Rule(
    ID,
    Severity.CRITICAL,
    "Something was opened or weakened outside of Terraform",
    "A plan says nothing of it if the configuration ignores the attribute, or if nothing there sets it.",
    looks=_looks,
    of_drift=True,
    fix=_ADVICE,
    examples=(
        Fires(_GROUP, _CLOSED, _OPEN, outside=True),
        Fires(
            "aws_db_instance",
            {"deletion_protection": True},
            {"deletion_protection": False},
            Severity.HIGH,
            outside=True,
        ),
        Silent("aws_db_instance", {"tags": {}}, {"tags": {"team": "web"}}, outside=True),
    ),
)
