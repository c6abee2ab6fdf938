"""A task's end: each container has its `stopTimeout`, and the task is stopped once the last one has ended and all that
they wrote is in their logs.

Nobody waits for that here: a rollout would take as long as its old tasks drain.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.emulator.server.logs import forwarding
from orchestrator.emulator.server.tasks import companion, ended, order, starting

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
DEFAULT_SECONDS = 30
# How far the emulator takes a task that is to stop. The rest follows here, when its containers have ended.
STOPPING = (("DEACTIVATING", False), ("STOPPING", False))

logger = logging.getLogger("tasks")


def stop_seconds(definition: Mapping[str, Any]) -> int:
    """How long after SIGTERM the container is killed."""
    given = definition.get("stopTimeout")
    return DEFAULT_SECONDS if given is None else int(given)


def with_own_codes(mark: Callable[..., Any]) -> Callable[..., Any]:
    """What marks a task as stopped, without an exit code for the containers that have not ended."""

    def marked(arn: str, task: Any, reason: str, code: str, exit_code: int | None = None) -> Any:
        return mark(arn, task, reason, code)

    return marked


def with_restored(restore: Callable[[Any], None]) -> Callable[[Any], None]:
    """What loads the saved tasks, all of which have stopped: ListTasks goes by what they are meant to be."""
    from ministack.services import ecs

    def restored(data: Any) -> None:
        restore(data)
        for _, task in ecs._tasks.all_items():
            task["desiredStatus"] = "STOPPED"
        ended.forget()

    return restored


def in_background(_original: Callable[..., None]) -> Callable[..., None]:
    """In the place of what removes the containers of a task that has stopped."""
    from ministack.services import ecs, ecs_metadata

    def cleaned(task: dict[str, Any], client: Any, extra: Any = None) -> None:
        with ecs.resource_lock("ecs-task", task["taskArn"]):
            containers = [*(task.get("_docker_ids") or []), *([extra.id] if extra is not None else [])]
            tokens = list(task.get("_metadata_tokens") or [])
            task["_docker_ids"], task["_metadata_tokens"] = [], []
        for token in tokens:
            ecs_metadata.unregister_token(token)
        beside = starting.take_companion(task["taskArn"])
        if containers or beside is not None:
            definitions = _definitions(task)
            threading.Thread(
                target=_end, args=(task, client, containers, definitions, beside), daemon=True, name="task-end"
            ).start()
        else:
            _stopped(task)
            ended.forget()

    return cleaned


def _stopped(task: dict[str, Any]) -> None:
    from ministack.services import ecs

    with ecs.resource_lock("ecs-task", task["taskArn"]):
        if task["desiredStatus"] == "STOPPED" and task["lastStatus"] != "STOPPED":
            # DEPROVISIONING and STOPPED.
            ecs._bump_task_version(task)
            ecs._bump_task_version(task)
            task["lastStatus"], task["stoppedAt"] = "STOPPED", ecs._iso()


def _definitions(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The definitions of the task's containers, in the task's own order."""
    from ministack.services import ecs

    known = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    by_name = {one["name"]: one for one in known.get("containerDefinitions", [])}
    return [by_name.get(container["name"], {"name": container["name"]}) for container in task["containers"]]


def _end(
    task: dict[str, Any], client: Any, containers: Sequence[str], definitions: Sequence[Mapping[str, Any]],
    beside: companion.Companion | None,
) -> None:  # fmt: skip
    from ministack.services import ecs

    # The emulator passes no client where the task ended by itself: what has ended stays for the reaper.
    engine, removes = client or ecs._get_docker(), client is not None

    def one(place: int) -> None:
        if place < len(containers):
            _end_one(engine, task, place, containers[place], stop_seconds(definitions[place]), removes)

    try:
        for wave in order.stops(definitions):
            with ThreadPoolExecutor(max_workers=len(wave)) as pool:
                list(pool.map(one, wave))
    finally:
        _stopped(task)
        if beside is not None and engine is not None:
            companion.remove(engine, beside)
    ended.forget()


def _end_one(engine: Any, task: dict[str, Any], place: int, container: str, seconds: int, removes: bool) -> None:
    from docker.errors import DockerException, NotFound

    try:
        state = engine.api.inspect_container(container)["State"]
        ended_before = state["Status"] in ("exited", "dead")
        if not ended_before:
            engine.api.stop(container, timeout=seconds)
            state = engine.api.inspect_container(container)["State"]
        task["containers"][place]["exitCode"] = state["ExitCode"]
        if not forwarding.wait(container):
            logger.warning("container %s of a stopped task: its last lines have not been read", container[:12])
        if removes or not ended_before:
            engine.api.remove_container(container, v=True, force=True)
    except NotFound:
        return
    except (DockerException, OSError) as error:
        # It has the labels of the emulator's containers: whatever ends the emulator removes it.
        logger.warning("container %s of a stopped task: %s", container[:12], error)
