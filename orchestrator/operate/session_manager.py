"""A command inside a task on AWS: ECS Exec, which opens a session of Systems Manager's Session Manager."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.aws import refusals
from orchestrator.console import Console
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.operate import inside, meant, relay
from orchestrator.operate.meant import Described
from orchestrator.proof import rollout, stops
from orchestrator.system import interrupt, process
from orchestrator.target import Target

PLUGIN = "session-manager-plugin"
INSTALL = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)
_SHELL = "if command -v bash >/dev/null; then bash; else sh; fi"


def run(target: Target, task: Described, service: str, command: Sequence[str], console: Console) -> int:
    """Run the command in the task, a shell if it is empty; its exit code. Raises `Failure`."""
    check_plugin()
    marks = relay.Marks(secrets.token_hex(8))
    script = marks.script(shlex.join(command) if command else _SHELL)
    code = _session(target, task, service, shlex.join(["sh", "-c", script]), marks)
    if marks.code is not None:
        return marks.code
    if interrupt.requested():
        raise inside.interrupted(False)
    how = meant.ended(target, task)
    if how:
        raise meant.task_ended(service, target.environment.name, how)
    if marks.began:
        raise Failure(
            "the session ended before the command did",
            reason=f"{PLUGIN} ended with {code}; the task still runs.",
            next_step="run the same command again",
        )
    if not command:
        raise inside.no_shell_on_aws(service, target.environment.name, _lines(marks))
    console.say("without a shell in the image, Session Manager does not pass on the command's exit code")
    return _session(target, task, service, shlex.join(command), relay.Marks("", wanted=False))


def check_plugin() -> None:
    """Raise `PrerequisiteMissing` if this machine lacks AWS's plugin."""
    if process.which(PLUGIN) is None:
        raise PrerequisiteMissing(
            f"{PLUGIN} is not installed",
            reason="A session with a task on AWS needs it on this machine.",
            next_step=f"install it: {INSTALL}",
        )


def check(service: Described, task: Described, name: str, environment: str, file: str) -> None:
    """Raise `Failure` if the task takes no session, as ECS describes it and its service. Decides only."""
    if not service.get("enableExecuteCommand"):
        raise Failure(
            f"{environment} does not allow sessions in its tasks",
            reason=f"enable_execute_command is off: the service {name} was deployed without ECS Exec.",
            next_step=f"set  enable_execute_command = true  in terraform/environments/{file} and run\n"
            f"python3 orchestrate.py up {environment}   (replaces the tasks; their file systems become writable)",
        )
    if not task.get("enableExecuteCommand"):
        raise Failure(
            f"task {stops.short_id(task)} of {name} takes no session",
            reason="It was started before ECS Exec was switched on.",
            next_step=f"wait until the deploy has replaced it: python3 orchestrate.py status {environment}",
        )
    agents = rollout.container_of(task, name).get("managedAgents", [])
    agent = next((item for item in agents if item.get("name") == "ExecuteCommandAgent"), None)
    if agent is None or agent.get("lastStatus") != "RUNNING":
        status = str(agent.get("lastStatus", "unknown")).lower() if agent else "missing"
        why = f": {agent['reason']}" if agent and agent.get("reason") else ""
        raise Failure(
            f"the agent of ECS Exec in task {stops.short_id(task)} of {name} is {status}{why}",
            reason="It needs the way to ssmmessages (NAT gateway or interface endpoint), the task role's rights to it "
            "and a writable root file system; a task that has just started needs a few seconds.",
            next_step="try it again in a moment, or choose another task: --task ID",
        )


def arguments(
    session: Mapping[str, Any], region: str, cluster: str, task: Described, container: Described
) -> list[str]:
    """The plugin's command line for a session that ExecuteCommand has opened, as the AWS CLI has it."""
    place = f"ecs:{cluster}_{stops.task_id(task)}_{container.get('runtimeId', '')}"
    endpoint = f"https://ssm.{region}.{'amazonaws.com.cn' if region.startswith('cn-') else 'amazonaws.com'}"
    return [PLUGIN, json.dumps(dict(session)), region, "StartSession", "", json.dumps({"Target": place}), endpoint]


def _session(target: Target, task: Described, service: str, command: str, marks: relay.Marks) -> int:
    container = rollout.container_of(task, service)
    environment = target.environment
    with refusals.explained(
        f"no session in task {stops.short_id(task)} of {service}",
        next_step="check that your role allows ecs:ExecuteCommand on the cluster and its tasks, and try it again",
    ):
        opened = target.aws.client("ecs").execute_command(
            cluster=environment.prefix, task=task["taskArn"], container=container["name"], interactive=True,
            command=command,
        )  # fmt: skip
    line = arguments(opened["session"], environment.region, environment.prefix, task, container)
    return relay.run([str(process.which(PLUGIN) or PLUGIN), *line[1:]], target.aws.child_environment(), marks)


def _lines(marks: relay.Marks) -> list[str]:
    text = marks.before.decode("utf-8", errors="replace")
    return [line.rstrip() for line in text.splitlines() if line.strip()][-5:]
