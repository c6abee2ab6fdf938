"""A task's start: its containers in the order of their dependencies, in one network, with the task's volumes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from orchestrator.emulator.server.tasks import companion, order
from orchestrator.emulator.server.tasks.companion import Companion

# How tasks reach this machine, and so the emulated AWS: as MiniStack has it for a container alone.
HERE = {"host.docker.internal": "host-gateway"}
LOOK_SECONDS = 0.2

# The containers beside the tasks that run, by the tasks' ARNs. They end with this process, as all containers do.
_beside: dict[str, Companion] = {}


def in_order(start: Callable[..., None], hosts: Callable[[str], Mapping[str, str]]) -> Callable[..., None]:
    """What starts a task's containers. `hosts`: the names that a task knows, by its ARN."""
    from ministack.core import container_reaper
    from ministack.services import ecs

    def started(task: dict[str, Any], definition: dict[str, Any], overrides: Any, client: Any) -> None:
        arn = task["taskArn"]
        _arrange(task, definition)
        try:
            if companion.is_needed(definition):
                labels = container_reaper.own_labels("ecs") | {"com.amazonaws.ecs.task-arn": arn}
                name = f"ministack-ecs-{arn.rsplit('/', 1)[-1][:8]}-pause"
                _beside[arn] = companion.start(client, definition, name, labels, {**HERE, **hosts(arn)})
            start(task, definition, overrides, client)
        except order.DependencyFailed as failed:
            with ecs.resource_lock("ecs-task", arn):
                for container in task["containers"]:
                    if container.get("runtimeId") is None:
                        container["reason"] = str(failed)
            ecs._fail_task_start(task, client, f"Task failed to start: {failed}")

    return started


def _arrange(task: dict[str, Any], definition: dict[str, Any]) -> None:
    """Both lists of containers, the definition's (which is the task's own copy) and the task's, as they start."""
    places = order.starts(definition["containerDefinitions"])
    for holder, name in ((definition, "containerDefinitions"), (task, "containers"), (task, "_container_essentials")):
        holder[name] = [holder[name][place] for place in places]


def with_companion(
    build: Callable[..., dict[str, Any]], hosts: Callable[[str], Mapping[str, str]]
) -> Callable[..., dict[str, Any]]:
    """What makes the engine's options for one of a task's containers."""

    def built(definition: Any, task: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        made = build(definition, task, *rest, **more)
        arn = made["labels"]["com.amazonaws.ecs.task-arn"]
        if task.get("networkMode") != "host":
            made["extra_hosts"] = {**(made.get("extra_hosts") or {}), **hosts(arn)}
        return companion.options(made, definition, task, _beside.get(arn))

    return built


def after_dependencies(run: Callable[..., Any]) -> Callable[..., Any]:
    """What runs one container, once those that it depends on are as far as it wants them."""

    def ran(client: Any, definition: Mapping[str, Any], options: dict[str, Any], **more: Any) -> Any:
        for each in definition.get("dependsOn") or []:
            _wait(client, options["labels"]["com.amazonaws.ecs.task-arn"], each["containerName"], each["condition"])
        if options.get("mounts"):
            options["mounts"] = companion.owned(options["mounts"], _declared(client, definition["image"]))
        return run(client, definition, options, **more)

    return ran


def _declared(client: Any, image: str) -> Collection[str]:
    """The paths that an image declares as volumes; none of one that cannot be had, which the start then says."""
    from docker.errors import DockerException, ImageNotFound

    try:
        try:
            found = client.images.get(image)
        except ImageNotFound:
            found = client.images.pull(image)
    except DockerException:
        return ()
    declared: Collection[str] = (found.attrs["Config"].get("Volumes") or {}).keys()
    return declared


def _wait(client: Any, arn: str, name: str, condition: str) -> None:
    from ministack.services import ecs

    task = ecs._tasks[arn]
    names = [container["name"] for container in task["containers"]]
    while ecs._task_is_active(arn, task):
        ids = task.get("_docker_ids") or []
        place = names.index(name)
        if place < len(ids) and order.may_start(condition, name, client.api.inspect_container(ids[place])["State"]):
            return
        time.sleep(LOOK_SECONDS)
    raise order.DependencyFailed("the task was stopped")


def container_address(find: Callable[..., Any]) -> Callable[..., Any]:
    """The address of a container, which is that of the container beside it where it has no network of its own."""

    def found(container: Any, network: Any) -> Any:
        with contextlib.suppress(Exception):
            mode = container.attrs["HostConfig"]["NetworkMode"]
            if mode.startswith("container:"):
                container = container.client.containers.get(mode.partition(":")[2])
        return find(container, network)

    return found


def registered(register: Callable[..., Any]) -> Callable[..., Any]:
    """RegisterTaskDefinition, which refuses dependencies that no task can meet."""
    from ministack.core.responses import error_response_json

    def checked(data: Mapping[str, Any]) -> Any:
        why = order.problem(data.get("containerDefinitions") or [])
        return error_response_json("ClientException", f"Invalid dependsOn: {why}.", 400) if why else register(data)

    return checked


def take_companion(arn: str) -> Companion | None:
    """The container beside a task that ends, given away: who takes it removes it."""
    return _beside.pop(arn, None)
