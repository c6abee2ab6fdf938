"""`verify`: whether an environment in AWS is as its tasks and the next deploy need it. Changes nothing."""

from __future__ import annotations

import argparse

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.project import environment as environments
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.verify import check, verify


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print every check below its group. Returns 0 if none is NG, else 5."""
    if not environment.place.checks_credentials:
        console.say(f"{environment.name} is on this machine: it has no routes, roles, quotas or certificates to verify")
        if arguments.json:
            console.json({"checks": []})
        return ExitCode.SUCCESS
    services = manifest.load(environment=environment.name, capacities=environments.capacities(environment))
    target = places.reach(environment)
    with console.stage(f"verify {environment.name}") as stage:
        found = verify.checks(target.aws, services)
        stage.result = check.counted(found)
    if arguments.json:
        console.json({"checks": [check.describe(item) for item in found]})
    else:
        console.table("\n".join(check.tree(found)))
    return ExitCode.PREREQUISITE_MISSING if check.failed(found) else ExitCode.SUCCESS
