"""The root modules as they are run here: each with its data folder, its backend, and the lock of its state."""

from __future__ import annotations

from pathlib import Path

from orchestrator.aws import state, state_lock
from orchestrator.console import Console
from orchestrator.machine import providers
from orchestrator.project.environment import Environment
from orchestrator.system import paths
from orchestrator.target import Target
from orchestrator.terraform import runner
from orchestrator.terraform.silence import Silence


def initialised(target: Target, console: Console, runs: list[str]) -> runner.Root:
    """The environment's root module, initialised; the repositories are taken as they are."""
    providers.terraform_env(console.say)
    root = environment_root(target, runs)
    initialise(root, target, console)
    return root


def environment_root(target: Target, runs: list[str]) -> runner.Root:
    """The environment's root module with its data folder in this copy's work folder."""
    return root(target, "environment", target.environment.work, runs)


def backend_key(environment: Environment, name: str) -> str:
    """The first part of the state's key: the registry is shared by all environments of an account."""
    return "registry" if name == "registry" else environment.name


def root(target: Target, name: str, work: Path, runs: list[str]) -> runner.Root:
    variables = target.aws.child_environment(**providers.terraform_env())
    key = state.backend(target.aws, backend_key(target.environment, name))["key"]
    folder, data = paths.TERRAFORM / name, work / f"terraform-{name}"
    silence = None if target.aws.endpoint else Silence(target.aws)
    attached = target.attached(key, folder, data, variables) if target.attached is not None else None
    lock = state_lock.Lock(target.aws, key)
    return runner.Root(folder, data, variables, runs, lock, silence=silence, attached=attached)


def initialise(root: runner.Root, target: Target, console: Console) -> None:
    """`terraform init` if its files, providers or backend are not those of the last time."""
    backend = state.backend(target.aws, backend_key(target.environment, root.name))
    if root.initialised(backend):
        return
    with console.stage(f"terraform init {root.name}") as stage:
        stage.note("providers, modules and the place of the state")
        root.init(backend)
        # Of the bucket's name a line on a terminal has no room, and whoever reads along knows the account.
        stage.result = str(backend["key"]) if stage.shows_counts else f"s3://{backend['bucket']}/{backend['key']}"
