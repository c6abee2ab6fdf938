"""Plan and apply: one plan, reviewed, and the apply of just that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from orchestrator.bundle import on_disk
from orchestrator.console import Console
from orchestrator.deploy import own_review
from orchestrator.prepare.prepare import Prepared
from orchestrator.proof import rollout
from orchestrator.proof.rollout import Expected
from orchestrator.review import review as core
from orchestrator.review.model import Counts, Plan, Review
from orchestrator.review.reading import reading
from orchestrator.standby import moving
from orchestrator.terraform import runner
from orchestrator.terraform.narrator import Narrator

_DEFINITION = re.compile(r'module\.service\["([^"]+)"\]\.aws_ecs_task_definition\.this')
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Planned:
    """A saved plan and its review. `file` is None where there is nothing to change.

    `plan` is as it was read: the review's own has the secrets taken out that nobody marked, and so does not tell two of
    them apart. `definitions` are the task definitions that it makes, by service, with nothing masked.
    """

    file: Path | None
    review: Review
    plan: Plan = field(default_factory=Plan, repr=False)
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def sha256(self) -> str:
        """The hash of the saved plan, empty where there is nothing to change."""
        return hashlib.sha256(self.file.read_bytes()).hexdigest() if self.file else ""


def plan(prepared: Prepared, console: Console, title: str = "") -> Planned:
    """Make the plan and review it. A plan that changes nothing costs one Terraform run.

    A service whose capacity changes is moved: Terraform's provider would replace it, and stop all its tasks, unless
    this one plan says that a deployment is to be started.
    """
    planned = _plan(prepared, console, title)
    moved = moving.wanted(planned.plan)
    if not moved:
        return planned
    discard(planned)
    console.say(f"{', '.join(sorted(moved))}: another capacity, so that plan would replace what runs; planning a move")
    return _plan(replace(prepared, moving=moved), console, title)


def _plan(prepared: Prepared, console: Console, title: str) -> Planned:
    file = prepared.target.environment.work / "environment.tfplan"
    with console.stage("terraform plan") as stage:
        var_files = prepared.var_files()
        if not prepared.root.plan(file, var_files, on_event=Narrator(stage)):
            file.unlink(missing_ok=True)
            stage.result = "no change"
            return Planned(None, own_review.of(Plan(), prepared, title))
        try:
            stage.note("reading the plan")
            shown = prepared.root.show(file)
            whole = reading.read(shown)
            if whole.does_nothing:
                file.unlink(missing_ok=True)
                stage.result = "no change"
                return Planned(None, own_review.of(Plan(), prepared, title))
            found = own_review.of(whole, prepared, title)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        stage.result = str(found.counts)
    return Planned(file, found, whole, definitions(shown))


def definitions(shown: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The task definitions that a plan makes, by service: what `terraform show` says of each one's change."""
    return {
        found[1]: item["change"]
        for item in shown.get("resource_changes") or ()
        if (found := _DEFINITION.fullmatch(item["address"])) and "create" in item["change"]["actions"]
    }


def read(root: runner.Root, file: Path, same_images: Mapping[str, str] | None = None) -> Plan:
    """What a saved plan does, with everything sensitive masked; `same_images` are digests to read as others."""
    shown = root.show(file)
    return reading.read(_with_images(shown, same_images) if same_images else shown)


def _with_images(value: Any, digests: Mapping[str, str]) -> Any:
    """The value with every image digest, also within texts of JSON, replaced by its pair."""
    if isinstance(value, dict):
        return {key: _with_images(part, digests) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_images(part, digests) for part in value]
    if isinstance(value, str):
        return _DIGEST.sub(lambda found: digests.get(found[0], found[0]), value)
    return value


def discard(planned: Planned) -> None:
    """Remove a saved plan that is not applied: it holds the state in clear."""
    if planned.file is not None:
        planned.file.unlink(missing_ok=True)


def apply(prepared: Prepared, planned: Planned, console: Console) -> dict[str, Expected]:
    """Apply the saved plan, then remove it: it holds the state in clear. Returns what each service should run."""
    names = [service.name for service in prepared.services]
    if planned.file is None:
        return {name: Expected(prepared.uris[name]) for name in names}
    try:
        before = rollout.definitions(prepared.target, names)
        with console.stage("terraform apply") as stage:
            events = Narrator(stage)
            outputs = prepared.root.apply(planned.file, prepared.var_files(), on_event=events)
            stage.result = events.summary
    finally:
        planned.file.unlink(missing_ok=True)
        on_disk.discard_plan(prepared.target.environment)
    made = outputs["task_definitions"]
    return {name: Expected(prepared.uris[name], made.get(name), before.get(name)) for name in names}


def destroy(root: runner.Root, var_files: list[Path], console: Console, work: Path) -> Counts:
    """Destroy everything in the root module's state, by a saved plan."""
    file = work / "destroy.tfplan"
    try:
        with console.stage("terraform plan -destroy") as stage:
            if not root.plan(file, var_files, on_event=Narrator(stage), destroy=True):
                return Counts()
            found = core.counts(read(root, file))
            stage.result = str(found)
        with console.stage("terraform destroy") as stage:
            events = Narrator(stage)
            root.apply(file, var_files, on_event=events)
            stage.result = events.summary
        return found
    finally:
        file.unlink(missing_ok=True)


def counts_json(counts: Counts) -> dict[str, int]:
    """The numbers of resources, by what happens to them. A replacement is neither an addition nor a destruction."""
    return {"add": counts.create, "change": counts.update, "replace": counts.replace, "destroy": counts.delete}
