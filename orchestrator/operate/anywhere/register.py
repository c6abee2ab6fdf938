"""Registering this machine with an environment's cluster, from the script to the first task that it could be given."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.aws import refusals
from orchestrator.console import Console
from orchestrator.operate.anywhere import activation, agent, install
from orchestrator.operate.anywhere.host import Host
from orchestrator.target import Target


@dataclass(frozen=True)
class Registered:
    """A machine in a cluster: the ARN of its container instance; `before` if it was there already."""

    container_instance: str
    before: bool


def here(target: Target, machine: Host, console: Console) -> Registered:
    """Register this machine and wait until the cluster has it. Raises `Failure`.

    One that is registered there is left as it is, and needs no activation.
    """
    name, cluster = target.environment.name, target.environment.prefix
    told = agent.registered()
    agent.refuse_other_cluster(told, cluster)
    before = bool(agent.instance(told, cluster))
    if not before:
        usable = activation.usable(target)
        console.say(usable.describe(name))
        console.say(f"running {install.URL} on this machine")
        install.run(usable.activation, machine, console.block)
    with (
        refusals.explained(
            f"whether {cluster} has this machine could not be asked",
            left="The agents are installed and go on.",
            next_step="check that your role allows ecs:DescribeContainerInstances, then\n"
            f"python3 orchestrate.py anywhere register {name} --run   looks again",
        ),
        console.stage("register") as stage,
    ):
        arn = agent.wait(target, cluster, stage)
        stage.result = f"{cluster} has this machine as {arn.rpartition('/')[2]}"
    return Registered(arn, before)
