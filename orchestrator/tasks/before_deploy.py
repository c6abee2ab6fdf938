"""`before_deploy`: a task of the new version that must end with 0 before that version is started."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from orchestrator.aws import refusals
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.prepare.prepare import Prepared
from orchestrator.project.manifest import Service
from orchestrator.proof import evidence, rollout, stops
from orchestrator.proof.evidence import Evidence
from orchestrator.proof.rollout import Observation
from orchestrator.running import jobs
from orchestrator.tasks import definition, followed, one_off
from orchestrator.tasks.followed import Ended, Wanted

# The task definitions that a plan makes: service => what `terraform show` says of its change.
Planned = Mapping[str, Mapping[str, Any]]


def due(prepared: Prepared, planned: Planned) -> list[Service]:
    """The services that run and get another image or other settings by the plan, by name. Decides only."""
    return [
        service
        for service in sorted(prepared.services, key=lambda item: item.name)
        if service.before_deploy is not None and service.name in planned and service.name not in prepared.waiting
    ]


def of_planned(prepared: Prepared, planned: Planned, console: Console) -> None:
    """Run those of the services that run, as the plan would have them. Raises `Failure`; nothing was changed then."""
    for service in due(prepared, planned):
        try:
            place, _ = _place(prepared, service)
            _run(prepared, service, place, _planned(planned, service), console)
        except Interrupted:
            raise
        except Failure as failure:
            raise _unchanged(prepared, failure) from failure


def of_waiting(prepared: Prepared, console: Console) -> None:
    """Run those of the services that wait for it, whose definitions an apply has made. Raises `Failure`."""
    for service in sorted(prepared.services, key=lambda item: item.name):
        if service.name in prepared.waiting:
            place, arn = _place(prepared, service)
            ecs = prepared.target.aws.client("ecs")
            with refusals.explained(_not_run(service), next_step=one_off.AGAIN):
                described = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            _run(prepared, service, place, described, console)


def _place(prepared: Prepared, service: Service) -> tuple[Mapping[str, Any], str]:
    """Where a task of the service runs, as ECS is asked for it, and its task definition as it is now."""
    with refusals.explained(_not_run(service), next_step=one_off.AGAIN):
        found = rollout.services(prepared.target, [service.name]).get(service.name)
        if found is not None:
            return found, Observation(found).definition
        job = jobs.find(prepared.target, service.name)
    if job is not None:
        return job.placement, job.definition
    raise Failure(
        _not_run(service),
        reason=f"{service.name} does not exist any more, so there is no network for its task.",
        next_step="deploy it once without before_deploy, which makes it again",
    )


def _planned(planned: Planned, service: Service) -> dict[str, Any]:
    try:
        return definition.planned(planned[service.name])
    except definition.NotKnown as error:
        raise Failure(
            _not_run(service),
            reason=f"What it would run with depends on what this deploy makes ({error.what}).",
            next_step=f"deploy what is new in services/{service.name}/service.yaml without before_deploy, then with it",
        ) from error


def _not_run(service: Service) -> str:
    return f"before_deploy of {service.name} was not run"


def _run(
    prepared: Prepared, service: Service, place: Mapping[str, Any], described: Mapping[str, Any], console: Console
) -> None:
    asked = service.before_deploy
    assert asked is not None
    target, name = prepared.target, service.name
    wanted = Wanted(name, asked.command, None, asked.timeout, "the timeout of its before_deploy")
    lines: deque[str] = deque(maxlen=evidence.LOG_LINES)
    with console.stage(f"before_deploy {name}") as stage:
        stage.quotes = True

        def on_line(line: str) -> None:
            lines.append(line)
            stage.event(line)

        try:
            with refusals.explained(_not_run(service), next_step=one_off.AGAIN):
                made = one_off.register(target, described, wanted)
            ended = one_off.carry_out(target, wanted, place, made, stage, on_line)
        except (followed.NotStarted, followed.TooLong) as failure:
            raise _failed(prepared, service, failure.message, failure.reason, failure.task, lines) from failure
        if ended.exit_code:
            raise _failed(prepared, service, f"it ended with {ended.exit_code}", _reason(ended), ended.task, lines)
        stage.result = "ended with 0"


def _reason(ended: Ended) -> str:
    return f"Task {stops.short(ended.task)} ended with exit code {ended.exit_code} after {ended.seconds:.1f} s."


def _failed(
    prepared: Prepared, service: Service, what: str, reason: str, task: str, lines: deque[str]
) -> Failure:  # fmt: skip
    """The failure of a task, with its last lines; they are kept for `logs --failed`."""
    target, name = prepared.target, service.name
    found = Evidence(reason, tuple(lines), task, (task,))
    evidence.keep(target, name, found, f"before_deploy of {name} failed: {what}")
    return Failure(
        f"before_deploy of {name} failed: {what}",
        reason=reason,
        details=list(lines),
        next_step=f"python3 orchestrate.py logs {name} --failed {target.environment.name}",
    )


def _unchanged(prepared: Prepared, failure: Failure) -> Failure:
    last = prepared.last
    return Failure(
        f"{failure.message}; nothing was changed" + (f", {last.name} serves" if last else ""),
        reason=failure.reason,
        details=failure.details,
        next_step=failure.next_step,
        exit_code=ExitCode.ROLLED_BACK if last else ExitCode.FAILURE,
    )
