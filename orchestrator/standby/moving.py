"""Services that move from one capacity to another, read from a plan. Decides only."""

from __future__ import annotations

from orchestrator.review.model import Action, Plan, Resource

_SERVICE = "aws_ecs_service"
# What ECS changes of a running service by a new deployment, although Terraform's provider replaces it unless told.
_STRATEGY = "capacity_provider_strategy"
_FORCE = "force_new_deployment"


def wanted(plan: Plan) -> frozenset[str]:
    """The services that the plan would replace for nothing but their capacity providers."""
    return frozenset(
        _name(item)
        for item in plan.resources
        if item.type == _SERVICE and item.action is Action.REPLACE and item.replace_paths
        and all(path[:1] == (_STRATEGY,) for path in item.replace_paths)
    )  # fmt: skip


def moved(plan: Plan) -> frozenset[str]:
    """The services that the plan moves. The one after it takes that word back, which changes nothing in ECS."""
    return frozenset(
        _name(item) for item in plan.resources if item.type == _SERVICE and (item.after or {}).get(_FORCE) is True
    )


def _name(service: Resource) -> str:
    return str((service.after or service.before or {}).get("name", ""))
