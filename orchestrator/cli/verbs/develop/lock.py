"""`lock`: writes a service's lock file, from which its image is made."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path

from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import build_context
from orchestrator.images.lock import lock
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.system import paths


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Lock everything that the service's folder asks for. Returns the exit code."""
    folder = find(arguments.service)
    told = {}
    for kind in lock.kinds(folder):
        file = build_context.shown(folder / kind.locked)
        with console.stage(f"lock {arguments.service}") as stage:
            told[file] = lock.make(folder, kind, console.say)
            stage.result = f"{file}: {len(told[file])} changes" if told[file] else f"{file}: nothing changes"
    if arguments.json:
        console.json({"service": arguments.service, "files": told})
    else:
        changes = [change for found in told.values() for change in found]
        if changes:
            console.data("\n".join(changes))
    return ExitCode.SUCCESS


def find(name: str) -> Path:
    """The service's folder. Raises `Failure` if there is none, or nothing to lock in it."""
    known = [file.parent.name for file in manifest.manifests(paths.SERVICES)]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise Failure(
            f"there is no service {name!r}",
            reason=f"The services of the checkout: {', '.join(known) or 'none'}."
            + (f" Did you mean {near[0]}?" if near else ""),
            next_step=f"python3 orchestrate.py lock {near[0] if near else 'NAME'}",
            exit_code=ExitCode.USAGE,
        )
    folder = paths.SERVICES / name
    if not lock.kinds(folder):
        raise Failure(
            f"{name} asks for no packages",
            reason=f"{build_context.shown(folder)} has neither {lock.PYTHON.asked} nor {lock.NODE.asked}.",
            next_step=f"write what it needs into {lock.PYTHON.asked}: docs/images.md",
            exit_code=ExitCode.USAGE,
        )
    return folder
