"""Tasks that run files which `up --watch` has copied to them: no release, though ECS and the image's digest say so."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.console import Console
from orchestrator.emulator.server.tasks import reloading
from orchestrator.proof import rollout
from orchestrator.proof.rollout import Observation, Observer
from orchestrator.system import process
from orchestrator.target import Target


def may_run(target: Target) -> bool:
    """False where there can be no such task."""
    return target.reloadable is not None and target.reloadable.left()


def containers() -> frozenset[str]:
    """Ids, as long as ECS has them, of all containers on this machine that files can be copied to."""
    listed = process.run(["docker", "ps", "--quiet", "--filter", f"label={reloading.LABEL}"], check_interrupt=False)
    return frozenset(listed.stdout.split())


def services(target: Target, names: Iterable[str]) -> dict[str, Observation]:
    """Those of the services that have such a task, as ECS sees them."""
    if not may_run(target):
        return {}
    known, found = containers(), {}
    for name, seen in Observer(target).observe_all(sorted(rollout.services(target, names))).items():
        if any(rollout.container_of(task, name).get("runtimeId") in known for task in seen.tasks):
            found[name] = seen
    return found


def begin_no_more(target: Target) -> None:
    """From now on every task begins as its release is."""
    if target.reloadable is not None and target.reloadable.left():
        target.reloadable.put({})


def replace(target: Target, names: Iterable[str], console: Console) -> dict[str, str]:
    """Replace such tasks by the release's; per service the id of the deployment that was replaced."""
    found = services(target, names)
    for name in found:
        console.say(f"{name} runs files that `up --watch` copied; its tasks are replaced")
        target.aws.client("ecs").update_service(
            cluster=target.environment.prefix, service=name, forceNewDeployment=True
        )
    return {name: str(seen.primary.get("id", "")) for name, seen in found.items()}


def none_left(target: Target) -> None:
    """Note that all tasks are the release's: called once that is proven."""
    if target.reloadable is not None:
        target.reloadable.forget()
