"""`up`: build, push, plan, apply, wait, smoke-test."""

from __future__ import annotations

import argparse
import time

from orchestrator import deploy, lock, manifest, preflight, releases, report
from orchestrator.console import Console
from orchestrator.deploy import Planned
from orchestrator.environment import Environment
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.prepare import Prepared, prepare, release_repositories
from orchestrator.rollout import Overtaken


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Bring the environment to what the checkout says. Returns the exit code."""
    began = time.monotonic()
    services = manifest.load()
    docker_host = preflight.check(environment, console)
    with lock.held(environment, f"up {environment.name}"):
        prepared = prepare(environment, services, console, docker_host=docker_host)
        planned = deploy.plan(prepared, console)
        _show(planned, console)
        _ask(environment, planned, console, assume_yes=arguments.yes)
        expected = deploy.apply(prepared, planned, console)
        try:
            url = deploy.prove(prepared, expected, console)
        except (Interrupted, Overtaken, deploy.Unwatched):
            raise
        except Failure as failure:
            raise deploy.restore(prepared, failure, console) from failure
        release = releases.record(prepared.target.aws, services, prepared.images, prepared.last)
        release_repositories(prepared, console)
    seconds = time.monotonic() - began
    _tell(console, url, prepared, planned, release.name, seconds)
    if arguments.json:
        console.json(
            report.up_json(
                environment.name, url, prepared.images, planned.changes, release, console, prepared.runs, seconds
            )
        )
    else:
        console.data(url)
    return ExitCode.SUCCESS


def _show(planned: Planned, console: Console) -> None:
    lines = report.change_lines(planned.changes)
    if lines:
        console.block("\n".join(["", f"Terraform will make these changes: {planned.changes.summary()}", *lines, ""]))


def _ask(environment: Environment, planned: Planned, console: Console, *, assume_yes: bool) -> None:
    if planned.file is None or environment.is_local or assume_yes:
        return
    expected = environment.name if environment.is_production else "yes"
    if console.confirm(f"Apply this to {environment.name}? Type {expected} to go on:", expected=expected):
        return
    planned.file.unlink(missing_ok=True)
    raise Failure(
        f"nothing was applied to {environment.name}",
        reason="The question was not answered with what it asked for.",
        next_step=f"run it again and type {expected}, or pass --yes where nobody can answer",
    )


def _tell(console: Console, url: str, prepared: Prepared, planned: Planned, release: str, seconds: float) -> None:
    built = [item.service for item in prepared.images if item.built]
    lines = ["", f"{prepared.target.environment.name} is live as {release} after {seconds:.1f} s: {url}"]
    lines.append(
        f"  built and pushed: {', '.join(built)}" if built else "  built and pushed: nothing, every image was there"
    )
    lines.append(f"  terraform: {planned.changes.summary() if planned.file else 'no change'}")
    lines += [f"  {deploy_line}" for deploy_line in planned.changes.deploys]
    lines += ["", "Where the time went:", *report.timeline(console.stages), ""]
    lines.append(f"next:  open {url}   (or: python3 orchestrate.py status {prepared.target.environment.name})")
    console.block("\n".join(lines))
