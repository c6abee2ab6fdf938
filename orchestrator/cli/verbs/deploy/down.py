"""`down`: destroy what `up` made, after saying what will be lost."""

from __future__ import annotations

import argparse

from orchestrator import places
from orchestrator.console import Console
from orchestrator.deploy import destroy
from orchestrator.errors import ExitCode
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Remove the environment. Returns 0, also where there is nothing to remove."""
    whole = environment.place.goes_as_a_whole and not destroy.neighbours(environment)
    target = None if whole else places.reach(environment)
    with (
        lock.held(environment, f"down {environment.name}", console, removing=target is None),
        audit.recorded(environment, console, verb="down", aws=target.aws if target else None),
    ):
        if target is None:
            result = destroy.remove_emulated(environment, console, despite_freeze=arguments.despite_freeze)
        elif environment.place.goes_as_a_whole:
            result = destroy.remove_from_emulated(target, console, despite_freeze=arguments.despite_freeze)
        else:
            result = destroy.remove_from_aws(
                target, console, assume_yes=arguments.yes, despite_freeze=arguments.despite_freeze
            )
    if arguments.json:
        # In the emulated AWS all goes at once, without a plan; on AWS no image of this machine goes.
        console.json({"changes": None, "images_removed": None, "engine_stopped": None, **result})
    return ExitCode.SUCCESS
