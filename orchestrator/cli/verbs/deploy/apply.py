"""`apply BUNDLE`: that bundle and nothing else."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from orchestrator.bundle import on_disk as bundles
from orchestrator.cli import report
from orchestrator.console import Console
from orchestrator.deploy import apply_bundle
from orchestrator.deploy.apply_bundle import Applied
from orchestrator.errors import ExitCode
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment
from orchestrator.system import childenv


def run(environment: Environment | None, console: Console, arguments: argparse.Namespace) -> int:
    """Apply the bundle. Returns the exit code."""
    found = bundles.read(Path(arguments.bundle).absolute(), sha256=arguments.sha256 or "")
    if environment is None:
        environment = environments.load(found.environment)
        if environment.place.ignores_aws_settings:
            childenv.settle_on_the_emulated_aws()
    applied = apply_bundle.apply(found, environment, console, despite_freeze=arguments.despite_freeze)
    prepared, live = applied.ready.prepared, applied.live
    console.block(
        report.summary(
            found.environment, live.url, prepared.images, applied.ready.planned, live.release.name, console.stages,
            applied.seconds,
        )
    )  # fmt: skip
    if arguments.json:
        console.json(as_json(applied, console))
    else:
        console.data(live.url)
    return ExitCode.SUCCESS


def as_json(applied: Applied, console: Console) -> dict[str, Any]:
    """The object that `apply --json` ends with: that of `up --json`, and which bundle it was."""
    prepared, live = applied.ready.prepared, applied.live
    said = report.up_json(
        applied.bundle.environment, live.url, prepared.images, applied.ready.review, live.release, console,
        prepared.runs, applied.seconds,
    )  # fmt: skip
    return said | {"bundle": {"path": str(applied.bundle.folder), "sha256": applied.bundle.sha256}}
