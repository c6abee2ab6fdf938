"""Numbers of tasks that `scale` has set: kept beside the releases, given to every plan, dropped when the configuration
says something new.

The configured number is the manifest's `count`, or the environment's own in `counts` of its tfvars file. An override
remembers which number it replaced: as long as that is what is configured, it holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment

if TYPE_CHECKING:
    from orchestrator.project.manifest import Service

# What `tfvars.write` calls the file of what this program gives to Terraform.
_VAR_FILE = "images.tfvars.json"


@dataclass(frozen=True)
class Override:
    """A number of tasks that replaces the configured one, `instead_of`; who set it, and when (UTC)."""

    count: int
    instead_of: int
    by: str = ""
    at: str = ""


Overrides = Mapping[str, Override]


def configured(environment: Environment, services: Iterable[Service]) -> dict[str, int]:
    """Per service the number of tasks that the checkout asks for in the environment; none where it is autoscaling's."""
    given = environments.settings(environment).get("counts")
    own = given if isinstance(given, dict) else {}
    fixed = [service for service in services if service.runs and service.scaling is None]
    return {service.name: int(own.get(service.name, service.count)) for service in fixed}


def holding(overrides: Overrides, wanted: Mapping[str, int]) -> dict[str, int]:
    """Per service the number that is in force instead of the configured one."""
    return {
        name: found.count for name, found in overrides.items() if wanted.get(name) == found.instead_of
    }  # fmt: skip


def dropped(overrides: Overrides, wanted: Mapping[str, int]) -> list[str]:
    """The services whose override does not hold any more: their configured number has changed, or they are gone."""
    return sorted(overrides.keys() - holding(overrides, wanted).keys())


def lines(
    overrides: Overrides, wanted: Mapping[str, int], environment: str, autoscaled: Collection[str] = ()
) -> list[str]:
    """A sentence for each override: that it holds, or that it is dropped, and why.

    None for a service that is gone; `autoscaled` are those that have no configured number because they are scaled.
    """
    said = []
    for name, found in sorted(overrides.items()):
        if wanted.get(name) == found.instead_of:
            reset = f"`scale {name} --reset {environment}` goes back to {found.instead_of}"
            said.append(f"{name} is scaled to {found.count} (configured: {found.instead_of}); {reset}")
        elif name in wanted:
            why = f"its configured number has changed from {found.instead_of} to {wanted[name]}"
            said.append(f"{name} is not kept at {found.count} tasks, as `scale` had set: {why}")
        elif name in autoscaled:
            why = "its manifest has `scaling` now, and autoscaling decides"
            said.append(f"{name} is not kept at {found.count} tasks, as `scale` had set: {why}")
    return said


def load(aws: Aws) -> dict[str, Override]:
    """The overrides of the environment. Raises `state.Broken` for what is none."""
    found = state.read(aws, _key(aws))
    try:
        return {str(name): Override(**item) for name, item in (found or {}).items()}
    except (AttributeError, TypeError) as error:
        raise state.Broken(aws, _key(aws), str(error)) from error


def save(aws: Aws, overrides: Overrides) -> None:
    """Keep just these."""
    state.write(aws, _key(aws), {name: asdict(item) for name, item in overrides.items()})


def forget(aws: Aws, overrides: Overrides, names: Iterable[str]) -> None:
    """Keep all but these; nothing is written if there is nothing to forget."""
    gone = set(names) & overrides.keys()
    if gone:
        save(aws, {name: item for name, item in overrides.items() if name not in gone})


def now() -> str:
    """The time as it is kept."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def tell_plain_terraform(environment: Environment, scaled: Mapping[str, int]) -> None:
    """Let the var file that plain `terraform plan` is given say the same, if a run of this copy has written one."""
    from orchestrator.terraform import runner

    file = environment.work / _VAR_FILE
    try:
        values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    without = {name: value for name, value in values.items() if name != "scaled"}
    runner.write_variables(file, {**without, **({"scaled": dict(scaled)} if scaled else {})})


def _key(aws: Aws) -> str:
    return f"{aws.environment.name}/counts.json"
