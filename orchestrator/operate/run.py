"""`run`: a command in a task of its own, with a service's image, network, roles, secrets and size; or a job's run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.aws import refusals
from orchestrator.console import Stage
from orchestrator.errors import ExitCode, Failure
from orchestrator.operate import chosen_image, meant
from orchestrator.proof import rollout, stops
from orchestrator.proof.rollout import Observation
from orchestrator.running import jobs
from orchestrator.running.jobs import Job
from orchestrator.system import interrupt
from orchestrator.target import Target
from orchestrator.tasks import one_off
from orchestrator.tasks.followed import Ended, Wanted
from orchestrator.tasks.one_off import Made


def run(target: Target, wanted: Wanted, stage: Stage, on_line: Callable[[str], None]) -> Ended:
    """Run it to its end, `on_line` is given each line that it writes. Raises `Failure` if it does not start or end.

    Without a command it is a run of a job. However it ends, also by Ctrl-C, the task is stopped; but one that AWS does
    not let be watched any more goes on.
    """
    ecs = target.aws.client("ecs")
    with refusals.explained(f"no task was started for {wanted.service}", next_step=one_off.AGAIN):
        job = jobs.find(target, wanted.service)
        if not wanted.command:
            return _of_job(target, checked(target, job, wanted), wanted, stage, on_line)
        place = job.placement if job is not None else meant.service(target, wanted.service)
        live = job.definition if job is not None else Observation(place).definition
        image = chosen_image.find(target.aws, wanted.service, wanted.image) if wanted.image else None
        described = ecs.describe_task_definition(taskDefinition=live)["taskDefinition"]
        made = one_off.register(target, described, wanted, image)
    return one_off.carry_out(target, wanted, place, made, stage, on_line)


def _of_job(target: Target, job: Job, wanted: Wanted, stage: Stage, on_line: Callable[[str], None]) -> Ended:
    """By the job's own definition, whose family its schedule looks at."""
    described = target.aws.client("ecs").describe_task_definition(taskDefinition=job.definition)["taskDefinition"]
    interrupt.check("the start of the job")
    if wanted.limit_seconds is None:
        wanted = Wanted(wanted.service, (), None, job.seconds, "the timeout of the job")
    made = Made(job.definition, str(rollout.container(described, job.name)["image"]))
    return one_off.carry_out(target, wanted, job.placement, made, stage, on_line)


def checked(target: Target, job: Job | None, wanted: Wanted) -> Job:
    """The job, if it can be run now. Raises `Failure` for what is none, and while a run goes on that must be alone."""
    environment = target.environment.name
    if job is None:
        meant.service(target, wanted.service)
        raise Failure(
            f"there is no command to run in a task of {wanted.service}",
            reason="It stands behind --, with its arguments; only a job can be run without one.",
            next_step=f"python3 orchestrate.py run {wanted.service} {environment} -- python3 --version",
            exit_code=ExitCode.USAGE,
        )
    if wanted.image:
        raise Failure(
            f"a run of {job.name} has the job's own image",
            reason="--image is for a command, which stands behind --.",
            next_step=f"python3 orchestrate.py run {job.name} {environment} --image {wanted.image} -- COMMAND",
            exit_code=ExitCode.USAGE,
        )
    if job.skips and (going := jobs.tasks(target, job)):
        raise goes_on(job.name, going[0], environment)
    return job


def goes_on(name: str, task: Mapping[str, Any], environment: str) -> Failure:
    """The failure for a job of which another run goes on."""
    return Failure(
        f"a run of {name} goes on, and its manifest says overlap: skip",
        reason=f"Task {stops.short_id(task)} has not ended.",
        next_step=f"python3 orchestrate.py logs {name} {environment}   shows what it writes\n"
        f"wait for its end, or set overlap: allow in services/{name}/service.yaml",
    )
