"""The image repositories, a Terraform root of their own: images need a place before a plan can name them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from orchestrator.aws import ecr, state
from orchestrator.console import Console
from orchestrator.project.environment import Environment, project_file
from orchestrator.system import paths
from orchestrator.target import Target
from orchestrator.terraform import roots, runner
from orchestrator.terraform.narrator import Narrator

APPLIED = "registry/applied.json"


def ensure(target: Target, names: set[str], console: Console, runs: list[str]) -> None:
    """Make the repositories of these services, if the last apply did not. Raises `Failure`."""
    existing = ecr.existing_repositories(target.aws)
    applied = state.read_made_again(target.aws, APPLIED)
    keep = kept(applied, existing, names)
    if applied.get("fingerprint") != _fingerprint(target.environment, names | keep) or not names <= existing:
        _apply(target, names, keep, console, runs)


def kept(applied: Mapping[str, Any], existing: set[str], names: set[str]) -> set[str]:
    """The repositories to keep for services that are gone, from what the last apply recorded.

    Their images are what going back to an earlier release, or another environment of the account, needs. Before the
    first record every existing one counts.
    """
    return set(applied.get("repositories", existing)) - names


def release(target: Target, names: set[str], console: Console, runs: list[str], released: Collection[str] = ()) -> None:
    """Delete the repositories of services that are gone. To be called once the environment of `names` is proven.

    Those of services that a kept release runs (`released`) stay; where other environments may use them, all do. Raises
    `Failure`.
    """
    if target.environment.place.shares_repositories:
        return
    others = kept(state.read_made_again(target.aws, APPLIED), set(), names)
    if others - set(released):
        _apply(target, names, others & set(released), console, runs)


def _apply(target: Target, names: set[str], keep: set[str], console: Console, runs: list[str]) -> None:
    environment = target.environment
    shared = roots.root(target, "registry", environment.work, runs)
    roots.initialise(shared, target, console)
    with console.stage("image repositories") as stage:
        variables = runner.write_variables(
            environment.work / "registry.tfvars.json", _variables(environment, names | keep)
        )
        events = Narrator(stage)
        shared.apply_directly([project_file(), variables], on_event=events)
        wanted = names | keep
        fingerprint = _fingerprint(environment, wanted)
        state.write(target.aws, APPLIED, {"fingerprint": fingerprint, "repositories": sorted(wanted)})
        stage.result = events.summary or "no change"


def _variables(environment: Environment, keep: set[str]) -> dict[str, Any]:
    return {
        "region": environment.region,
        "account_id": environment.account_id,
        "force_delete": not environment.place.shares_repositories,
        "keep_repositories": sorted(keep),
    }


def _fingerprint(environment: Environment, repositories: set[str]) -> str:
    settings = (not environment.place.shares_repositories, environment.region, sorted(repositories))
    digest = hashlib.sha256(repr(settings).encode())
    for folder in (paths.TERRAFORM / "registry", paths.TERRAFORM / "modules" / "ecr"):
        for file in sorted(folder.rglob("*.tf")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
