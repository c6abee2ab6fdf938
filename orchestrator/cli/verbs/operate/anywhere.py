"""`anywhere register`: a machine outside AWS in an environment's cluster (ECS Anywhere)."""

from __future__ import annotations

import argparse

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.operate.anywhere import activation, host, install, register
from orchestrator.operate.anywhere.host import Host
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.target import Target

SECRET = """\
the command holds the activation code, a secret: until it expires, whoever has it can register a machine, and that one
then gets tasks of this environment. Keep it out of logs and scripts"""


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print the command that registers a machine, or register this one. Returns the exit code."""
    activation.refuse_without(environment)
    machine = Host.found()
    if arguments.run:
        host.refuse(machine, environment)
    target = places.reach(environment)
    recorded = {"action": arguments.action, "run": arguments.run}
    with audit.recorded(environment, console, verb="anywhere", arguments=recorded, aws=target.aws) as record:
        if arguments.run:
            record.details["container_instance"] = _register(target, machine, console, as_json=arguments.json)
        else:
            record.details["activation"] = _offer(target, console, as_json=arguments.json)
    return ExitCode.SUCCESS


def _offer(target: Target, console: Console, *, as_json: bool) -> str:
    """Print the command for another machine. Returns the activation's id."""
    environment, usable = target.environment, activation.usable(target)
    found, use = usable.activation, usable.use
    console.say(usable.describe(environment.name))
    console.say(SECRET)
    command = install.command(found)
    if as_json:
        console.json({
            "region": found.region,
            "cluster": found.cluster,
            "activation_id": found.id,
            "activation_code": found.code,
            "expires_at": activation.written(use.expires_at),
            "registrations_left": use.left,
            "registration_limit": use.limit,
            "command": command,
        })  # fmt: skip
    else:
        console.data(command)
    return found.id


def _register(target: Target, machine: Host, console: Console, *, as_json: bool) -> str:
    """Register this machine. Returns the ARN of its container instance."""
    environment = target.environment
    done = register.here(target, machine, console)
    console.say("this machine was registered before" if done.before else "this machine is registered")
    console.say("next:  what has  capacity: external  in its manifest runs on it")
    if as_json:
        console.json({
            "region": environment.region,
            "cluster": environment.prefix,
            "container_instance": done.container_instance,
            "was_registered": done.before,
        })  # fmt: skip
    return done.container_instance
