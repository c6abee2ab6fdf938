"""`status`: services, tasks, images, release, target health, URL."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from orchestrator import places
from orchestrator.aws import session
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.prepare import counts
from orchestrator.project.environment import Environment
from orchestrator.proof import copied, probe, rollout, stops
from orchestrator.releases import freeze, releases
from orchestrator.review.references import short
from orchestrator.running import jobs
from orchestrator.standby.standby import Standby, is_standby
from orchestrator.target import Target


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print what runs. Returns 0 if a release is live, as it was proven, and every service has its tasks healthy, else
    1."""
    target = places.reach(environment)
    url, release = target.url(), releases.latest(target.aws)
    services, found_jobs = read(target), read_jobs(target)
    if not services and not found_jobs:
        raise Failure(
            f"nothing is deployed to {environment.name}",
            reason=f"There is no cluster {environment.prefix} with services.",
            next_step=f"python3 orchestrate.py up {environment.name}",
        )
    serving, frozen = Standby(target).serving(), freeze.current(target.aws)
    for name, files in exchanged(target, services).items():
        services[name]["copied"] = files
    overrides = counts.load(target.aws)
    for name, override in overrides.items():
        if name in services:
            services[name]["scaled"] = {"count": override.count, "configured": override.instead_of}
    if arguments.json:
        console.json({
            "url": url, "release": releases.describe(release), "frozen": freeze.describe(frozen),
            "services": {name: {"scaled": None, "copied": None} | item for name, item in services.items()},
            "jobs": found_jobs, "served_by_standby": serving,
        })  # fmt: skip
    else:
        lines = table(url, release.name if release else "none", services, serving, frozen)
        console.table("\n".join([*lines, *job_table(found_jobs)]))
    well = release is not None and not serving and all(is_well(item) for item in services.values())
    well = well and not any("copied" in item for item in services.values())
    return ExitCode.SUCCESS if well else ExitCode.FAILURE


def exchanged(target: Target, names: Iterable[str]) -> dict[str, list[str]]:
    """The services that `up --watch` serves, each with its files that are not the release's."""
    running = copied.services(target, names)
    noted = target.reloadable.services() if target.reloadable is not None else {}
    return {name: list(noted.get(name, ())) for name in running}


def is_well(service: dict[str, Any]) -> bool:
    """True if as many tasks run and are healthy as should."""
    return bool(service["running"] == service["desired"] == service["healthy"])


def read(target: Target) -> dict[str, dict[str, Any]]:
    """Per service: desired, running and healthy tasks, the image, the rollout's state, the tasks' ids."""
    from botocore.exceptions import ClientError

    ecs, cluster = target.aws.client("ecs"), target.environment.prefix
    names: list[str] = []
    try:
        for page in ecs.get_paginator("list_services").paginate(cluster=cluster):
            names += [arn.rpartition("/")[2] for arn in page["serviceArns"]]
    except ClientError as error:
        if session.is_code(error, "ClusterNotFoundException"):
            return {}
        raise
    observed = rollout.Observer(target).observe_all(sorted(name for name in names if not is_standby(name)))
    containers = target.containers() if target.containers is not None else None

    def of(seen: rollout.Observation) -> dict[str, Any]:
        running = [task for task in seen.tasks if task.get("lastStatus") == "RUNNING"]
        if containers is not None:
            running = [task for task in running if not probe.is_gone(task, containers)]
        desired = seen.service.get("desiredCount", 0)
        return {
            "desired": desired,
            "running": len(running),
            "healthy": _healthy(target, seen, running),
            "image": seen.image,
            "rollout": rollout_state(str(seen.primary.get("rolloutState", "")), desired, len(running)),
            "tasks": [stops.task_id(task) for task in running],
        }

    with ThreadPoolExecutor(max_workers=rollout.ASKERS) as pool:
        return dict(zip(observed, pool.map(of, observed.values()), strict=True))


def read_jobs(target: Target) -> dict[str, dict[str, Any]]:
    """Per job: its schedule if it has one, the ids of its tasks that run, how its last run ended, its image."""
    ecs, found = target.aws.client("ecs"), {}
    for name, job in sorted(jobs.all_of(target).items()):
        schedule, (how, at) = jobs.schedule(target, job), jobs.last_run(target, job)
        definition = ecs.describe_task_definition(taskDefinition=job.definition)["taskDefinition"]
        found[name] = {
            "schedule": asdict(schedule) if schedule else None,
            "tasks": [stops.task_id(task) for task in jobs.tasks(target, job)],
            "last_run": {"result": how, "at": at} if how else None,
            "image": str(rollout.container(definition, name)["image"]),
        }
    return found


def job_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The jobs for a person; no line if there are none."""
    if not found:
        return []
    lines = ["", f"{'job':<24} {'running':>7}  {'image':<13} {'last run (UTC)':<31} schedule"]
    for name, item in found.items():
        last, schedule = item["last_run"], item["schedule"]
        ended = f"{last['at'].replace('T', ' ').rstrip('Z')} {last['result']}" if last else "none known"
        when = "by hand only"
        if schedule:
            when = f"{schedule['expression']} {schedule['time_zone']}{'' if schedule['enabled'] else ' (off)'}"
        lines.append(f"{name:<24} {len(item['tasks']):>7}  {short(item['image']):<13} {ended:<31} {when}")
    return lines


def rollout_state(said: str, desired: int, running: int) -> str:
    """ECS's word for the rollout, but that nothing is called completed that does not run."""
    return "INCOMPLETE" if said == "COMPLETED" and running < desired else said


def _healthy(target: Target, seen: rollout.Observation, running: Sequence[Mapping[str, Any]]) -> int:
    """How many of the running tasks the load balancer calls healthy and, where they can be asked, answer at all ports.

    Without a load balancer whoever runs is well.
    """
    if not seen.service.get("loadBalancers"):
        return len(running)
    client = target.aws.client("elbv2")
    well, ports = list(running), []
    for balancer in seen.service.get("loadBalancers", []):
        group = balancer["targetGroupArn"]
        states = client.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        healthy = {item["Target"]["Id"] for item in states if item["TargetHealth"]["State"] == "healthy"}
        well = [task for task in well if probe.task_address(task) in healthy]
        path = client.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["HealthCheckPath"]
        ports.append((int(balancer["containerPort"]), str(path)))
    if target.containers is not None:
        well = [task for task in well if probe.of_ports(task, ports) is None]
    return len(well)


def table(
    url: str | None,
    release: str,
    services: dict[str, dict[str, Any]],
    serving: Sequence[str] = (),
    frozen: freeze.Freeze | None = None,
) -> list[str]:
    """The same for a person."""
    lines = [f"url      {url or 'none'}", f"release  {release}", *([f"frozen   {frozen}"] if frozen else []), ""]
    lines.append(f"{'service':<24} {'tasks':>7} {'healthy':>8}  {'image':<13} rollout")
    for name, item in services.items():
        tasks = f"{item['running']}/{item['desired']}"
        lines.append(
            f"{name:<24} {tasks:>7} {item['healthy']:>8}  {short(item['image']):<13} {item['rollout'].lower()}"
        )
    scaled = {name: item["scaled"] for name, item in services.items() if "scaled" in item}
    if scaled:
        lines.append("")
    for name, item in scaled.items():
        lines.append(
            f"{name} is scaled to {item['count']} (configured: {item['configured']}); `scale --reset` ends that"
        )
    watched = {name: item["copied"] for name, item in services.items() if "copied" in item}
    if watched:
        lines.append("")
    for name, files in watched.items():
        changed = f"; changed since {release}: {', '.join(files)}" if files else ""
        lines.append(f"{name} is not a release: `up --watch` serves its app/ as it is saved{changed}")
    if serving:
        lines += ["", f"a deploy did not get to its end: {release} of {', '.join(serving)} serves from its standby"]
    return lines
