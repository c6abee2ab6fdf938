"""What must be there before anything is begun: Terraform, an engine, nothing that sends calls to a wrong place."""

from __future__ import annotations

import json
import re

from orchestrator import aws, process, terraform
from orchestrator.console import Console
from orchestrator.environment import Environment
from orchestrator.errors import PrerequisiteMissing

# The S3 backend's own lock file (`use_lockfile`) came with 1.10.
OLDEST_TERRAFORM = (1, 10)


def check(environment: Environment, console: Console) -> str | None:
    """Make sure of all prerequisites, install what may be installed. Returns the engine's DOCKER_HOST, if any."""
    if not environment.is_local:
        aws.refuse_redirected_endpoints(environment)
    terraform_version()
    from orchestrator.local import engine

    return engine.ensure(console).host


def terraform_version() -> str:
    """Terraform's version. Raises `PrerequisiteMissing` if it is missing or too old."""
    told = process.run(
        [terraform.executable(), "version", "-json"], env=process.clean_environment(CHECKPOINT_DISABLE="1")
    )
    start = told.stdout.find("{")
    try:
        version = str(json.loads(told.stdout[start:])["terraform_version"])
        numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    except (ValueError, KeyError):
        raise PrerequisiteMissing(
            "terraform does not tell its version", details=told.tail(5), next_step="install Terraform 1.10 or newer"
        ) from None
    if numbers < OLDEST_TERRAFORM:
        raise PrerequisiteMissing(
            f"Terraform {version} is too old",
            reason="The S3 backend locks its state without a table from 1.10 on.",
            next_step="install Terraform 1.10 or newer: https://developer.hashicorp.com/terraform/install",
        )
    return version
