"""Whether a service's tasks are well: the load balancer's word, and each task's own where it can be asked."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.proof.stops import short_id
from orchestrator.target import Target

if TYPE_CHECKING:
    from orchestrator.project.manifest import Service

TIMEOUT_SECONDS = 5.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows a task's address


@dataclass(frozen=True)
class Complaint:
    """Why a service is not well. With `lasting` it is nothing that a process that still starts would say."""

    text: str
    lasting: bool = False


def complaint(
    target: Target, service: Service, seen: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]
) -> Complaint | None:
    """The first thing that is wrong with a service as ECS describes it (`seen`) and its tasks, None if nothing is."""
    return _of_targets(target, seen) or _of_tasks(target, service, tasks)


def _of_targets(target: Target, seen: Mapping[str, Any]) -> Complaint | None:
    client, balancers = target.aws.client("elbv2"), seen.get("loadBalancers", [])
    for balancer in balancers:
        where = f" at port {balancer['containerPort']}" if len(balancers) > 1 else ""
        states = client.describe_target_health(TargetGroupArn=balancer["targetGroupArn"])["TargetHealthDescriptions"]
        current = [item["TargetHealth"] for item in states if item["TargetHealth"]["State"] != "draining"]
        bad = [item for item in current if item["State"] != "healthy"]
        if bad:
            return Complaint(f"a target is {bad[0]['State']}{where}: {bad[0].get('Description', 'no reason given')}")
        if len(current) < seen.get("desiredCount", 0):
            return Complaint(f"{len(current)} of {seen['desiredCount']} tasks are registered as targets{where}")
    return None


def _of_tasks(target: Target, service: Service, tasks: Sequence[Mapping[str, Any]]) -> Complaint | None:
    """Ask each task directly: the emulated load balancer calls every target healthy."""
    if target.containers is None or not service.listens:
        return None
    for task in tasks:
        ports = [(route.port, route.health) for route in service.routes]
        found = of_ports(task, ports) if service.is_web else connect(task, service.port)
        if found is not None:
            return found
    return None


def of_ports(task: Mapping[str, Any], ports: Iterable[tuple[int, str]]) -> Complaint | None:
    """The first thing that is wrong with the task's answers at its ports, each to its own health path."""
    return next((found for port, health in ports if (found := ask(task, port, health)) is not None), None)


def ask(task: Mapping[str, Any], port: int, health: str) -> Complaint | None:
    """What is wrong with the task's answer to its service's health path, None if nothing is."""
    name, address = short_id(task), task_address(task)
    if address is None:
        return Complaint(f"task {name} has no address yet")
    try:
        with _OPENER.open(f"http://{address}:{port}{health}", timeout=TIMEOUT_SECONDS) as answer:
            if answer.status == 200:
                return None
            return Complaint(f"task {name} answers {health} at port {port} with {answer.status}", lasting=True)
    except urllib.error.HTTPError as error:
        return Complaint(f"task {name} answers {health} at port {port} with {error.code}", lasting=error.code < 500)
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "reason", error) or type(error).__name__
        return Complaint(f"task {name} does not answer {health} at port {port}: {why}")


def connect(task: Mapping[str, Any], port: int) -> Complaint | None:
    """What is wrong with a task that nobody asks for a path: whether it accepts connections at its port."""
    name, address = short_id(task), task_address(task)
    if address is None:
        return Complaint(f"task {name} has no address yet")
    try:
        socket.create_connection((address, port), timeout=TIMEOUT_SECONDS).close()
    except OSError as error:
        return Complaint(f"task {name} accepts no connection at port {port}: {error}")
    return None


def task_address(task: Mapping[str, Any]) -> str | None:
    """The private IP address of an awsvpc task."""
    for attachment in task.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address":
                return str(detail["value"])
    for container in task.get("containers", []):
        for interface in container.get("networkInterfaces", []):
            if interface.get("privateIpv4Address"):
                return str(interface["privateIpv4Address"])
    return None


def is_gone(task: Mapping[str, Any], containers: Collection[str]) -> bool:
    """True for a task that is said to run and lacks one of its own among the running `containers` (their whole ids).

    One that prepares something for the others may have ended.
    """
    if task.get("lastStatus") != "RUNNING":
        return False
    running = (container for container in task.get("containers", []) if container.get("lastStatus") != "STOPPED")
    ids = [str(container.get("runtimeId") or "") for container in running]
    return any(wanted and not any(one.startswith(wanted) for one in containers) for wanted in ids)
