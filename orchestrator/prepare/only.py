"""Whether a plan changes nothing but the services that were named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from orchestrator.errors import ExitCode, Failure
from orchestrator.prepare.selected import Selected
from orchestrator.project.manifest import Service
from orchestrator.project.routing import ROOT_PATH
from orchestrator.review.model import Action, Plan, Resource

_GROUP, _RULE, _LISTENER = "aws_lb_target_group", "aws_lb_listener_rule", "aws_lb_listener"
_VERBS = {
    Action.CREATE: "create", Action.UPDATE: "change", Action.REPLACE: "replace", Action.DELETE: "destroy",
}  # fmt: skip


def others(plan: Plan, names: Collection[str], services: Iterable[Service]) -> list[Resource]:
    """What the plan changes that is not of these services. `services` are they as they are and as they were.

    Theirs are their module's resources, their target groups (SERVICE, or SERVICE:PORT), the rules of their paths and,
    for the one that takes every other path, where the listeners lead by default.
    """
    claimed = {path for service in services if service.name in names for path in service.every_path}

    def is_theirs(item: Resource) -> bool:
        if any(item.address.startswith(f'module.service["{name}"].') for name in names):
            return True
        if item.type == _GROUP:
            return str(item.index).partition(":")[0] in names
        if item.type == _RULE:
            return item.index in claimed
        if item.type == _LISTENER and item.action is Action.UPDATE and ROOT_PATH in claimed:
            return all(difference.path[:1] == ("default_action",) for difference in item.differences)
        return False

    return [item for item in plan.changed if not is_theirs(item)]


def refusal(plan: Plan, selected: Selected, environment: str) -> Failure | None:
    """The failure for a plan that changes more than the services that were named, else None. Decides only."""
    found = others(plan, selected.names, [*selected.services, *selected.before])
    return changes_more(found, sorted(selected.names), environment) if found else None


def changes_more(found: Sequence[Resource], names: Sequence[str], environment: str) -> Failure:
    """The failure for a plan that changes something else too."""
    return Failure(
        f"nothing was changed: the plan is not of {', '.join(names)} alone",
        reason="It would also change what belongs to other services, or to all of them:",
        details=[f"{_VERBS.get(item.action, item.action.value)} {item.address}" for item in found],
        next_step=f"python3 orchestrate.py up {environment}   deploys everything that has changed\n"
        f"python3 orchestrate.py plan {environment}   shows it",
        exit_code=ExitCode.STOPPED_BY_REVIEW,
    )
