"""Schedules that send everything home, and whether another one calls it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number


@dataclass(frozen=True, slots=True)
class Schedule:
    """`of` names what is scaled; `counts` are the numbers of which a 0 stops it. Less than 0 means unchanged."""

    of: str
    counts: tuple[str, ...]


_SCHEDULES: Mapping[str, Schedule] = {
    "aws_autoscaling_schedule": Schedule("autoscaling_group_name", ("max_size", "desired_capacity")),
    "aws_appautoscaling_scheduled_action": Schedule("resource_id", ("scalable_target_action.max_capacity",)),
}
TYPES = frozenset(_SCHEDULES)


def stops(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A schedule that is new or changed, and takes everything away."""
    one = _SCHEDULES[resource.type]
    if resource.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
        return
    for name in one.counts:
        before, after = at(resource.before, name), at(resource.after, name)
        if number(after) != 0 or number(before) == 0:
            continue
        back = _called_back(resource, one, plan)
        yield Finding(
            "capacity-zero",
            Severity.MEDIUM if back else Severity.HIGH,
            resource.address,
            f"The schedule sets {name} to 0: from its hour on nothing runs"
            + (f", until {back} starts something again." if back else ", and no other schedule starts it again."),
            "Make sure that nobody needs it in between."
            if back
            else "Add a schedule that brings it back, or keep one running.",
            attribute_path(resource, name),
            before,
            after,
        )
        return


def _called_back(resource: Resource, one: Schedule, plan: Plan) -> str:
    """The address of a schedule for the same that starts something; one of something not known yet may be."""
    what = at(resource.after, one.of)
    for other in plan.resources:
        if other.type != resource.type or other is resource or other.after is None:
            continue
        theirs = at(other.after, one.of)
        starts = any((number(at(other.after, name)) or 0) > 0 for name in one.counts)
        if starts and (theirs == what or hidden(theirs) or hidden(what)):
            return other.address
    return ""
