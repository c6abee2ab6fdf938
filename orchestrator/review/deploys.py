"""Deploys told as deploys: which containers get another image, and which resources change for that alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Context, Deploy, Plan, Resource
from orchestrator.review.reading.structures import decoded
from orchestrator.review.references import short

TASK_DEFINITION = "aws_ecs_task_definition"
SERVICE = "aws_ecs_service"
FUNCTION = "aws_lambda_function"


def deploys(plan: Plan, context: Context | None = None) -> tuple[Deploy, ...]:
    """Every container that gets another image, by service and address."""
    known = context or Context()
    found = (
        Deploy(name, item.address, before, after, known.commits.get(name, ()), known.image_notes.get(name, ""))
        for item in plan.changed
        for name, before, after in _moved(item)
    )
    return tuple(sorted(found, key=lambda deploy: (deploy.service, deploy.address)))


def is_only_a_deploy(resource: Resource) -> bool:
    """True if nothing but images changes, or a service does nothing but take the new task definition."""
    if resource.action not in (Action.UPDATE, Action.REPLACE) or resource.moved_from or resource.import_id:
        return False
    paths = [item.path for item in resource.differences if not item.noise]
    if resource.type == TASK_DEFINITION:
        return bool(paths) and all(
            len(path) == 3 and path[0] == "container_definitions" and path[2] == "image" for path in paths
        )
    if resource.type == SERVICE:
        taken = any(item.path == ("task_definition",) for item in resource.differences)
        return resource.action is Action.UPDATE and taken and paths in ([], [("task_definition",)])
    return resource.type == FUNCTION and resource.action is Action.UPDATE and paths == [("image_uri",)]


def images(resource: Resource, values: Mapping[str, Any] | None) -> dict[str, str]:
    """The images in one side of a resource, by container."""
    if values is None:
        return {}
    if resource.type == FUNCTION:
        image = values.get("image_uri")
        return {resource.name: image} if isinstance(image, str) and image else {}
    if resource.type != TASK_DEFINITION:
        return {}
    containers = decoded(values.get("container_definitions"))
    if not isinstance(containers, list):
        return {}
    return {
        item["name"]: item["image"]
        for item in containers
        if isinstance(item, Mapping) and isinstance(item.get("name"), str) and isinstance(item.get("image"), str)
    }


def _moved(resource: Resource) -> Iterator[tuple[str, str | None, str]]:
    if resource.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
        return
    before, after = images(resource, resource.before), images(resource, resource.after)
    for name, old, new in resource.hidden_images:
        before |= {name: old} if old else {}
        after |= {name: new} if new else {}
    for name, image in after.items():
        if image != before.get(name):
            yield name, before.get(name), image


def words(found: Iterable[Deploy]) -> str:
    """`words a1b2c3 → d4e5f6, stories 1.4 → 1.5`"""
    return ", ".join(f"{item.service} {' → '.join(_apart(item.before, item.after))}" for item in found)


def _apart(before: str | None, after: str | None) -> tuple[str, str]:
    old, new = short(before), short(after)
    # The same tag or digest from another repository: only the whole reference tells them apart.
    return (before or old, after or new) if old == new else (old, new)
