"""The ECS agent of this machine: with which cluster it has registered, and whether that cluster has it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from orchestrator.aws import session
from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.system import interrupt, net
from orchestrator.target import Target

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-introspection.html
ADDRESS = "http://127.0.0.1:51678"
WAIT_SECONDS = 300.0
POLL_SECONDS = 3.0
_LOOK_SECONDS = 3.0
Told = Mapping[str, Any]


def registered() -> Told:
    """What the agent says of itself; nothing where none runs."""
    return net.get_json(f"{ADDRESS}/v1/metadata", _LOOK_SECONDS) or {}


def refuse_other_cluster(told: Told, cluster: str) -> None:
    """Raise `Failure` if this machine serves another cluster. Decides only."""
    other = _cluster(told)
    if told.get("ContainerInstanceArn") and other != cluster:
        raise Failure(
            f"this machine is registered with the cluster {other}",
            reason=f"A machine serves one cluster, and {cluster} is another one.",
            next_step="deregister it there first: "
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere-deregistration.html",
        )


def instance(told: Told, cluster: str) -> str:
    """The ARN under which that cluster knows this machine, "" if it has not registered there. Decides only."""
    return str(told.get("ContainerInstanceArn") or "") if _cluster(told) == cluster else ""


def missing(told: Told, described: Told | None, cluster: str) -> str:
    """What keeps this machine from being given tasks, "" if nothing does. Decides only.

    `told` is what the agent says, `described` what ECS says of the container instance.
    """
    if not told:
        return "the ECS agent does not answer on this machine"
    if not instance(told, cluster):
        return "the ECS agent has not registered yet"
    if described is None:
        return f"the cluster {cluster} does not list it yet"
    if described.get("status") != "ACTIVE":
        return f"it is {described.get('status', 'of no status')} in the cluster {cluster}"
    return "" if described.get("agentConnected") else "its ECS agent is not connected"


def wait(target: Target, cluster: str, stage: Stage) -> str:
    """Wait until the cluster can give this machine tasks; the ARN of its container instance. Raises `Failure`."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        told = registered()
        why = missing(told, _described(target, cluster, told), cluster)
        if not why:
            return instance(told, cluster)
        if time.monotonic() > until:
            raise Failure(
                f"this machine does not serve {cluster} after {WAIT_SECONDS / 60:.0f} minutes",
                reason=f"{why[0].upper()}{why[1:]}.",
                next_step="look at  systemctl status ecs  and /var/log/ecs/ecs-agent.log; it may still come:\n"
                f"python3 orchestrate.py anywhere register {target.environment.name} --run   looks again",
            )
        stage.note(why)
        interrupt.sleep(POLL_SECONDS, "the registration")


def _described(target: Target, cluster: str, told: Told) -> Told | None:
    from botocore.exceptions import ClientError

    arn = instance(told, cluster)
    if not arn:
        return None
    try:
        found = target.aws.client("ecs").describe_container_instances(cluster=cluster, containerInstances=[arn])
    except ClientError as error:
        if session.is_code(error, "ClusterNotFoundException"):
            return None
        raise
    return next(iter(found["containerInstances"]), None)


def _cluster(told: Told) -> str:
    return str(told.get("Cluster") or "").rpartition("/")[2]
