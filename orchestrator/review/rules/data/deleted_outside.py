"""What was deleted outside of Terraform, and what that means for a plan that makes it again.

Terraform finds such an object gone when it refreshes its state: it stands in the plan's drift, and if the configuration
still asks for it, among what is created, where nothing tells it from something new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from orchestrator.review.model import Action, Deleted, Finding, Plan, Resource, Severity
from orchestrator.review.rules.access import resource_public
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts import deletion_terms, holders
from orchestrator.review.rules.facts.replacements import new_one
from orchestrator.review.rules.facts.tables.holder import Holder, Kind
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.reasons import name_of
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rule import Rule

ID = "deleted-outside"
_ADVICE = "Find out who or what deleted it, and whether it should exist at all"


def deleted_outside(plan: Plan) -> Iterator[Deleted]:
    """What was deleted outside of Terraform, in the plan's order."""
    for item in plan.drift:
        if _is_deleted(item):
            yield Deleted(item.address, item.type, _is_lost(item, plan), _recreated(item, plan) is not None)


def _is_deleted(item: Resource) -> bool:
    return item.managed and item.action is Action.DELETE


def _is_lost(item: Resource, plan: Plan) -> bool:
    holder = _data(item)
    return holder is not None and holder.severity >= Severity.HIGH and _is_wanted(item, plan)


def _data(item: Resource) -> Holder | None:
    holder = holders.holder_of(item.type)
    if holder is None or holder.kind is not Kind.DATA:
        return None
    if deletion_terms.is_copy(item):
        return replace(holder, loses="this copy. Its content stays in its source", severity=Severity.HIGH)
    return holder


def _recreated(item: Resource, plan: Plan) -> Resource | None:
    """What the plan makes in its place: at the same address, or the same object at another one."""
    if item.deposed:
        return None
    made = _made(plan)
    return made.get(item.address) or made.get(new_address(item, plan))


@per_plan
def _made(plan: Plan) -> Mapping[str, Resource]:
    return {item.address: item for item in plan.resources if item.managed and item.created}


def _is_wanted(item: Resource, plan: Plan) -> bool:
    """True if the configuration still asks for it: this plan makes it, or the one after a mere refresh will."""
    if _recreated(item, plan) is not None:
        return True
    reaches_it = plan.resources and plan.complete and not plan.errored
    return item.configured is not None and not item.deposed and not reaches_it


def _looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not _is_deleted(resource):
        return
    if not _is_wanted(resource, plan):
        yield _not_wanted(resource)
        return
    again = _recreated(resource, plan)
    data = _data(resource)
    if data is not None:
        yield _empty(resource, again, data)
        return
    protector = _protectors(plan).get(resource.address)
    severity = protector.severity if protector else Severity.MEDIUM
    says = [*_what(resource), _made_recreated(resource, again)]
    if again and resource.type == "aws_sns_topic_subscription" and at(resource.before, "protocol") == "email":
        says.append("No message arrives until its receiver confirms the new one by the link in a mail.")
    if protector:
        says.append(f"Until then: {protector.reason}")
    yield Finding(ID, severity, resource.address, " ".join(says), f"{_ADVICE}.")


def _not_wanted(resource: Resource) -> Finding:
    what = "An old object that an earlier replacement left behind" if resource.deposed else "It"
    return Finding(
        ID,
        Severity.LOW,
        resource.address,
        f"{what} was deleted outside of Terraform, and the configuration no longer asks for it: "
        "nothing is created in its place.",
        "Nothing needs to be done if it was intended.",
    )


def _empty(resource: Resource, again: Resource | None, holder: Holder) -> Finding:
    loses, _, more = holder.loses.partition(". ")
    says = [
        f"The {name_of(resource, holder.noun)} was deleted outside of Terraform; what it held is gone: {loses}.",
        f"{more}." if more else "",
        _made_recreated(resource, again) + (new_one(again, holder) if again else ""),
        *deletion_terms.ways_back(resource),
        _guessed(resource, holder),
    ]
    return Finding(
        ID,
        holder.severity,
        resource.address,
        " ".join(filter(None, says)),
        f"{_ADVICE}. If what it held is wanted back, restore it from a backup under the same name before anything is "
        "applied: Terraform then finds it again.",
    )


def _what(resource: Resource) -> Iterator[str]:
    """That it is gone, in the same words for all that have no name or address which others rely on."""
    holder = holders.holder_of(resource.type)
    if holder is None:
        yield "It was deleted outside of Terraform."
        yield f"The type {resource.type} is unknown: it may have held data."
    elif holder.kind is Kind.ADDRESS:
        yield f"The {name_of(resource, holder.noun)} was deleted outside of Terraform, and with it {holder.loses}."
        if holder.guessed:
            yield _guessed(resource, holder)
    else:
        yield "It was deleted outside of Terraform."


def _made_recreated(resource: Resource, again: Resource | None) -> str:
    if again is None:
        return "This plan does not recreate it; the configuration still asks for it."
    if again.address != resource.address:
        return f"This plan recreates it as {again.address}."
    return "This plan recreates it as configured."


def _guessed(resource: Resource, holder: Holder) -> str:
    return f"The type {resource.type} is unknown and was judged by its name." if holder.guessed else ""


@per_plan
def _protectors(plan: Plan) -> Mapping[str, Finding]:
    """By address, the worst that is to be said of what protects and is gone while what it protects stays.

    It is what would be said of a plan that did the same deletions.
    """
    gone = {item.address: item for item in plan.drift if _is_deleted(item) and not item.deposed}
    stays = (item for item in plan.resources if item.address not in gone)
    as_a_plan = Plan(resources=(*gone.values(), *(replace(item, action=Action.NO_OP) for item in stays)))
    worst: dict[str, Finding] = {}
    for item in gone.values():
        for rule in (*group("protection"), resource_public.RULE):
            if rule.types and item.type not in rule.types:
                continue
            for found in rule.judge(item, as_a_plan):
                if found.severity > worst.get(item.address, _NOTHING).severity:
                    worst[item.address] = found
    return worst


_NOTHING = Finding("", Severity.LOW, "", "", "")

RULE = Rule(
    ID,
    Severity.CRITICAL,
    "A resource was deleted outside of Terraform",
    "It is recreated like a new one: its contents are gone, and nothing else in the plan says so.",
    looks=_looks,
    of_drift=True,
    fix=f"{_ADVICE}.",
    examples=(
        Fires("aws_dynamodb_table", {"name": "stories"}, None, outside=True),
        Fires("aws_cloudwatch_event_rule", {"name": "nightly"}, None, Severity.MEDIUM, outside=True),
        Silent("aws_dynamodb_table", None, {"name": "stories"}),
    ),
)
