"""`apply BUNDLE`: that bundle and nothing else."""

from __future__ import annotations

import argparse
from dataclasses import replace
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
    found = bundles.read(Path(arguments.bundle).absolute(), sha256=arguments.sha256 or "", may_be_used=True)
    if environment is None:
        environment = environments.load(found.environment)
        if environment.place.ignores_aws_settings:
            childenv.settle_on_the_emulated_aws()
    applied = apply_bundle.apply(found, environment, console, despite_freeze=arguments.despite_freeze)
    prepared, live = applied.ready.prepared, applied.live
    page = report.page(live.url, prepared.services)
    console.block(
        report.summary(
            found.environment, replace(live, url=page), prepared.images, applied.ready.planned, console.stages,
            applied.seconds,
        )
    )  # fmt: skip
    if arguments.json:
        console.json(as_json(applied, console))
    else:
        console.data(page)
    return ExitCode.SUCCESS


def as_json(applied: Applied, console: Console) -> dict[str, Any]:
    """The object that `apply --json` ends with: that of `up --json`, and which bundle it was."""
    prepared, live = applied.ready.prepared, applied.live
    said = report.up_json(live, prepared.images, applied.ready.review, console, prepared.runs, applied.seconds)
    which = {"bundle": applied.bundle.sha256, "bundle_path": str(applied.bundle.folder)}
    return {"environment": applied.bundle.environment, **said, **which}
