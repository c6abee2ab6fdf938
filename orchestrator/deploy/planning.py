"""Plan and apply: one plan, reviewed, and the apply of just that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from orchestrator.bundle import on_disk
from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.prepare import unfinished
from orchestrator.prepare.prepare import Prepared
from orchestrator.prepare.unfinished import Unfinished
from orchestrator.proof import rollout
from orchestrator.proof.rollout import Expected
from orchestrator.review.model import Counts, Plan, Review, Severity, Verdict
from orchestrator.standby import moving
from orchestrator.terraform import runner
from orchestrator.terraform.narrator import Narrator

_DEFINITION = re.compile(r'module\.service\["([^"]+)"\]\.aws_ecs_task_definition\.this')
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Planned:
    """A saved plan and its review. `file` is None where there is nothing to change.

    `plan` is as it was read: the review's own has the secrets taken out that nobody marked, and so does not tell two of
    them apart. `definitions` are the task definitions that it makes, by service, with nothing masked; `shown` all that
    `terraform show` says of it. `unfinished` are the addresses of what its apply keeps and finishes, for all that the
    plan replaces it. `bundled` is the bundle's file that it is a copy of, if it is one: its apply uses that up.
    `settled` where none was made: all that was there for the last deploy's time is removed already.
    """

    file: Path | None
    review: Review
    plan: Plan = field(default_factory=Plan, repr=False)
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    unfinished: tuple[str, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False)
    bundled: Path | None = None
    settled: bool = False

    @property
    def sha256(self) -> str:
        """The hash of the saved plan, empty where there is nothing to change."""
        return hashlib.sha256(self.file.read_bytes()).hexdigest() if self.file else ""


def plan(prepared: Prepared, console: Console, title: str = "", *, writes: bool = True) -> Planned:
    """Make the plan and review it. A plan that changes nothing costs one Terraform run.

    What an earlier run has left unfinished loses its mark in the state, and is finished by this plan. Unless it
    `writes`, the plan only says so, and its apply has to plan again.

    A service whose capacity changes is moved: Terraform's provider would replace it, and stop all its tasks, unless
    this one plan says that a deployment is to be started.
    """
    _complete(prepared, console, writes=writes)
    planned, found = _looked_at(prepared, console, title)
    if found.kept and writes:
        discard(planned)
        _keep(prepared, found, console)
        planned, found = _looked_at(prepared, console, title)
    for line in (*unfinished.again_lines(found), *(() if writes else unfinished.will_lines(found))):
        console.say(line)
    moved = moving.wanted(planned.plan)
    if moved:
        discard(planned)
        console.say(
            f"{', '.join(sorted(moved))}: another capacity, so that plan would replace what runs; planning a move"
        )
        planned = _plan(replace(prepared, moving=moved), console, title)
    if not found.excuses:
        return planned
    judged = _judged(planned.plan, prepared, title, found.excuses)
    return replace(planned, review=judged, unfinished=tuple(sorted(found.kept)))


def settled(prepared: Prepared, release: str, console: Console) -> Planned:
    """In place of a plan that could not find anything: Terraform is not started."""
    console.say(
        f"terraform: not started, nothing that it reads has changed since {release} "
        f"(`{prepared.target.environment.command('plan')}` compares it with what runs all the same)"
    )
    return Planned(None, Review(Plan(), Verdict.SAFE, "nothing changes", Counts()), settled=True)


def _looked_at(prepared: Prepared, console: Console, title: str) -> tuple[Planned, Unfinished]:
    """A plan, and what of it an earlier run has left unfinished."""
    planned = _plan(prepared, console, title)
    try:
        return planned, unfinished.of(planned.plan, prepared)
    except BaseException:
        discard(planned)
        raise


def _complete(prepared: Prepared, console: Console, *, writes: bool) -> None:
    """Write the state that an earlier apply from this checkout could not write; no plan is right without it."""
    if not prepared.root.unwritten.exists():
        return
    name = prepared.target.environment.name
    if not writes:
        raise Failure(
            f"the state of {name} is not complete",
            reason=f"An earlier apply could not write it to its bucket. It is in {prepared.root.unwritten}.",
            next_step=f"python3 orchestrate.py up {name}   writes it first",
        )
    with console.stage("terraform state push") as stage:
        prepared.root.write_unwritten()
        stage.result = "what an earlier apply could not write is written"


def _keep(prepared: Prepared, found: Unfinished, console: Console) -> None:
    """Take the mark from what is kept. The state is written, AWS is not touched."""
    with console.stage("terraform untaint") as stage:
        for address in sorted(found.kept):
            prepared.root.untaint(address)
        stage.result = f"{len(found.kept)} kept"
    for line in unfinished.kept_lines(found):
        console.say(line)


def _plan(prepared: Prepared, console: Console, title: str) -> Planned:
    from orchestrator.review.reading import reading

    file = prepared.target.environment.work / "environment.tfplan"
    with console.stage("terraform plan") as stage:
        stage.note("comparing what is there with the configuration")
        var_files, narrator = prepared.var_files(), Narrator(stage)
        applicable = prepared.root.plan(file, var_files, on_event=narrator)
        if not (applicable or narrator.drifted):
            file.unlink(missing_ok=True)
            stage.result = "no change"
            return Planned(None, _judged(Plan(), prepared, title))
        try:
            stage.note("reading the plan")
            shown = prepared.root.show(file)
            whole = reading.read(shown)
            if not applicable or whole.does_nothing:
                file.unlink(missing_ok=True)
                stage.result = "no change"
                return Planned(None, _without_change(whole, prepared, title, console))
            found = _judged(whole, prepared, title)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        stage.result = found.counts.brief
    return Planned(file, found, whole, definitions(shown), shown=shown)


def _without_change(whole: Plan, prepared: Prepared, title: str, console: Console) -> Review:
    """The review of a plan that changes nothing: of what was weakened outside of Terraform, it can be the only word.

    There is nothing that it could stop.
    """
    review = _judged(whole, prepared, title)
    told = [item for item in review.findings if item.severity > Severity.LOW and not item.excepted]
    if not told:
        return _judged(Plan(), prepared, title)
    for item in told:
        console.say(f"warning: {item.address}: {item.reason}")
    return replace(review, stops=False)


def _judged(plan: Plan, prepared: Prepared, title: str, excuses: Mapping[str, str] | None = None) -> Review:
    """Its review. The rules are loaded with the first plan: where nothing changes there is none."""
    from orchestrator.deploy import own_review

    return own_review.of(plan, prepared, title, excuses)


def stays_weakened(review: Review) -> bool:
    """True if what somebody weakened outside of Terraform stays so: every run has to say it again."""
    if not review.findings:
        return False
    from orchestrator.review.rules.data.weakened_outside import ID

    return any(item.rule == ID and item.severity > Severity.LOW for item in review.findings)


def definitions(shown: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The task definitions that a plan makes, by service: what `terraform show` says of each one's change."""
    return {
        found[1]: item["change"]
        for item in shown.get("resource_changes") or ()
        if (found := _DEFINITION.fullmatch(item["address"])) and "create" in item["change"]["actions"]
    }


def read(root: runner.Root, file: Path, same_images: Mapping[str, str] | None = None) -> Plan:
    """What a saved plan does, with everything sensitive masked; `same_images` are digests to read as others."""
    from orchestrator.review.reading import reading

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


@contextmanager
def discarded_if_it_fails(planned: Planned) -> Iterator[None]:
    """Whatever fails while inside, the saved plan is removed."""
    try:
        yield
    except BaseException:
        discard(planned)
        raise


def apply(prepared: Prepared, planned: Planned, console: Console) -> dict[str, Expected]:
    """Apply the saved plan, then remove it: it holds the state in clear. Returns what each service should run."""
    names = [service.name for service in prepared.services]
    if planned.file is None:
        return {name: Expected(prepared.uris[name]) for name in names}
    try:
        before = rollout.definitions(prepared.target, names)
        if planned.bundled is not None:
            use_up(planned.bundled, console)
        with console.stage("terraform apply") as stage:
            events = Narrator(stage)
            outputs = prepared.root.apply(planned.file, prepared.var_files(), on_event=events)
            stage.result = events.summary
    finally:
        planned.file.unlink(missing_ok=True)
        on_disk.discard_plan(prepared.target.environment)
    made = outputs["task_definitions"]
    return {name: Expected(prepared.uris[name], made.get(name), before.get(name)) for name in names}


def use_up(file: Path, console: Console) -> None:
    """Remove a bundle's plan, which can never be applied again: it holds the state in clear."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:  # a folder that may only be read: what comes of the apply is what counts
        console.say(f"warning: {file} could not be removed ({error.strerror}): it holds the state in clear")


def destroy(root: runner.Root, var_files: list[Path], console: Console, work: Path) -> Counts:
    """Destroy everything in the root module's state, by a saved plan."""
    from orchestrator.review import review as core

    file = work / "destroy.tfplan"
    root.write_unwritten()
    try:
        with console.stage("terraform plan -destroy") as stage:
            if not root.plan(file, var_files, on_event=Narrator(stage), destroy=True):
                return Counts()
            found = core.counts(read(root, file))
            stage.result = found.brief
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
