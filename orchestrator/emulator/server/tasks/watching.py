"""What happens to the containers of tasks that run: the engine tells, instead of being asked ten times a second each.

A container that exits ends its task if it is essential; one with a health check has the health that the engine sees.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.emulator.server.tasks import answering

HEALTH = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}
UNHEALTHY_REASON = "Task failed container health checks"
# One that somebody removes by force is being removed when its end is told.
ENDED = ("exited", "dead", "removing")
KILLED = 137
# Until the engine is asked again after its stream of events has broken.
AGAIN_SECONDS = 1.0

logger = logging.getLogger("tasks")


@dataclass(frozen=True)
class Seen:
    """What is known of one of a task's containers."""

    essential: bool
    checked: bool
    """True if its definition has a health check."""
    running: bool
    exit_code: int | None
    health: str


def seen(state: Mapping[str, Any], essential: bool, checked: bool) -> Seen:
    """By the engine's state of a container."""
    ended = state["Status"] in ENDED
    health = HEALTH.get((state.get("Health") or {}).get("Status", ""), "UNKNOWN") if checked else "UNKNOWN"
    return Seen(essential, checked, not ended, int(state["ExitCode"]) if ended else None, health)


def has_ended(containers: list[Seen]) -> bool:
    """True for a task whose essential container has exited, or all of them have."""
    return any(not one.running and one.essential for one in containers) or not any(one.running for one in containers)


def health(containers: list[Seen]) -> str:
    """A task's health: that of its essential containers with a health check.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
    """
    checked = [one.health for one in containers if one.essential and one.checked]
    if not checked:
        return "UNKNOWN"
    worst = [name for name in ("UNHEALTHY", "UNKNOWN") if name in checked]
    return worst[0] if worst else "HEALTHY"


class Watch:
    """Follows the engine's events for as long as the process runs, once there is a task to watch."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[dict[str, Any], str, str]] = {}
        self._follows = False
        self._lock = threading.Lock()

    def started(self, _original: Callable[..., None]) -> Callable[..., None]:
        """In the place of what watches a task from its start on."""
        from ministack.core.responses import request_scope

        def watched(task: dict[str, Any], client: Any, account: str, region: str) -> None:
            for container in task.get("_docker_ids") or []:
                self._tasks[container] = (task, account, region)
            self._follow(client)
            # What came before the first line above came for nobody.
            self._settle(task, client)
            with request_scope(account, region):
                if answering.is_awaited(task):
                    threading.Thread(target=self._await, args=(task, account, region), daemon=True).start()
                else:
                    self._count(task)

        return watched

    def _await(self, task: dict[str, Any], account: str, region: str) -> None:
        from ministack.core.responses import request_scope

        with request_scope(account, region):
            if answering.wait(task):
                self._count(task)

    def asked(self, _original: Callable[..., None]) -> Callable[..., None]:
        """In the place of what asks the engine whenever a task is described."""

        def unasked(task: dict[str, Any], client: Any = None) -> None:
            return None

        return unasked

    def steady(self, record: Callable[..., None]) -> Callable[..., None]:
        """What counts a service's task as well: one with health checks only once it is healthy, one behind a load
        balancer once it answers."""

        def recorded(service: str, task: dict[str, Any]) -> None:
            if answering.is_awaited(task):
                return
            if task.get("healthStatus") == "HEALTHY" or not any(_checks(task)):
                record(service, task)

        return recorded

    def _follow(self, client: Any) -> None:
        with self._lock:
            if not self._follows:
                self._follows = True
                threading.Thread(target=self._run, args=(client,), daemon=True, name="task-watch").start()

    def _run(self, client: Any) -> None:
        from ministack.core import container_reaper

        label = f"{container_reaper.INSTANCE_LABEL}={container_reaper.instance_id()}"
        filters = {"type": "container", "label": label, "event": ["die", "destroy", "health_status"]}
        since = time.time()
        while True:
            try:
                for event in client.api.events(since=int(since), filters=filters, decode=True):
                    since = event["time"]
                    self._happened(event["id"], client)
            except Exception as error:
                # The engine restarts, or a task's record is not what it was: neither may end the watch.
                logger.warning("the engine's events: %s", error)
            time.sleep(AGAIN_SECONDS)
            for container in list(self._tasks):
                self._happened(container, client)

    def _happened(self, container: str, client: Any) -> None:
        from ministack.core.responses import request_scope

        found = self._tasks.get(container)
        if found is None:
            return
        task, account, region = found
        with request_scope(account, region):
            self._settle(task, client)

    def _settle(self, task: dict[str, Any], client: Any) -> None:
        from ministack.services import ecs

        arn = task["taskArn"]
        if not ecs._task_is_active(arn, task):
            self._forget(task)
            return
        containers = _look(task, client)
        if containers is None:
            return
        before = task.get("healthStatus")
        with ecs.resource_lock("ecs-task", arn):
            for record, one in zip(task["containers"], containers, strict=True):
                record["healthStatus"] = one.health
                if not one.running:
                    record["lastStatus"], record["exitCode"] = "STOPPED", one.exit_code
            task["healthStatus"] = health(containers)
        if has_ended(containers):
            self._stop(task, "Essential container exited", "EssentialContainerExited")
        elif task["healthStatus"] == "UNHEALTHY" and task.get("group", "").startswith("service:"):
            if self._stop(task, UNHEALTHY_REASON, "ServiceSchedulerInitiated", client):
                ecs._record_service_task_failure(task)
        elif task["healthStatus"] == "HEALTHY" != before:
            self._count(task)

    def _stop(self, task: dict[str, Any], reason: str, code: str, client: Any = None) -> bool:
        from ministack.services import ecs

        self._forget(task)
        stopped = bool(ecs._mark_task_stopped(task["taskArn"], task, reason, code))
        if stopped:
            ecs._cleanup_task_resources(task, client)
        return stopped

    def _count(self, task: dict[str, Any]) -> None:
        from ministack.core.responses import get_account_id, get_region
        from ministack.services import ecs

        cluster, group = ecs._cluster_name_from_arn(task.get("clusterArn", "")), task.get("group", "")
        if group.startswith("service:"):
            ecs._schedule_service_deployment_completion(
                cluster, f"{cluster}/{group.split(':', 1)[1]}", get_account_id(), get_region(), healthy_task=task
            )

    def _forget(self, task: dict[str, Any]) -> None:
        for container in [one for one, (watched, _, _) in list(self._tasks.items()) if watched is task]:
            self._tasks.pop(container, None)


def _checks(task: Mapping[str, Any]) -> list[bool]:
    """Whether each of the task's containers has a health check."""
    from ministack.services import ecs

    known = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    checked = {one["name"] for one in known.get("containerDefinitions", []) if one.get("healthCheck")}
    return [container["name"] in checked for container in task["containers"]]


def _look(task: Mapping[str, Any], client: Any) -> list[Seen] | None:
    """What the engine says of each container, None if it does not answer or has not started all of them."""
    ids, essentials = list(task.get("_docker_ids") or []), task["_container_essentials"]
    if len(ids) != len(essentials):
        return None
    try:
        states = [_state(one, client) for one in ids]
    except Exception:
        # No answer is no exit.
        return None
    return [seen(*each) for each in zip(states, essentials, _checks(task), strict=True)]


def _state(container: str, client: Any) -> Mapping[str, Any]:
    from docker.errors import NotFound

    try:
        state: Mapping[str, Any] = client.api.inspect_container(container)["State"]
    except NotFound:
        # Somebody has removed it, which kills it first.
        return {"Status": "exited", "ExitCode": KILLED}
    return state
