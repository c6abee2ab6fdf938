"""Tasks behind a load balancer: they are well once they accept connections, and not as soon as they run.

Amazon ECS waits for the target group's health checks. The emulated load balancer makes none, so a task that never
answers counts as well after `PATIENCE_SECONDS`: it is not replaced, and whoever deploys has to see it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from typing import Any

PATIENCE_SECONDS = 15.0
_AGAIN_SECONDS = 0.2
_CONNECT_SECONDS = 1.0
# Where a task's record says that it has been waited for.
_ANSWERED = "_answered"


def ports(service: Mapping[str, Any]) -> list[int]:
    """The ports at which a service's tasks are targets."""
    return [int(each["containerPort"]) for each in service.get("loadBalancers") or () if each.get("containerPort")]


def is_awaited(task: Mapping[str, Any]) -> bool:
    """True if the task is behind a load balancer, and has not answered yet."""
    return not task.get(_ANSWERED) and bool(ports(service_of(task)))


def wait(task: dict[str, Any]) -> bool:
    """Wait until the task answers, or for as long as anybody waits; False if it has ended before."""
    from ministack.services import ecs

    wanted, until = ports(service_of(task)), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and not answers(ecs._task_ip(task), wanted):
        if not ecs._task_is_active(task["taskArn"], task):
            return False
        time.sleep(_AGAIN_SECONDS)
    task[_ANSWERED] = True
    return True


def answers(address: str | None, wanted: list[int]) -> bool:
    """True if something accepts connections at all of the ports."""
    if not address:
        return False
    try:
        for port in wanted:
            socket.create_connection((address, port), timeout=_CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def service_of(task: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a task's service, empty where it has none."""
    from ministack.services import ecs

    cluster, group = ecs._cluster_name_from_arn(task.get("clusterArn", "")), task.get("group", "")
    found: dict[str, Any] = ecs._services.get(f"{cluster}/{group.partition(':')[2]}") or {}
    return found
