"""`status`: services, tasks, images, release, target health, URL."""

from __future__ import annotations

import argparse
from typing import Any

from orchestrator import aws, releases, rollout
from orchestrator import target as targets
from orchestrator.console import Console
from orchestrator.environment import Environment
from orchestrator.errors import ExitCode, Failure
from orchestrator.review import deploys
from orchestrator.target import Target


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print what runs. Returns 0 if every service has its tasks healthy, else 1."""
    target = targets.reach(environment)
    url, release = target.url(), releases.latest(target.aws)
    services = read(target)
    if not services:
        raise Failure(
            f"nothing is deployed to {environment.name}",
            reason=f"There is no cluster {environment.prefix} with services.",
            next_step=f"python3 orchestrate.py up {environment.name}",
        )
    if arguments.json:
        console.json({"url": url, "release": releases.describe(release), "services": services})
    else:
        console.data("\n".join(table(url, release.name if release else "none", services)))
    return ExitCode.SUCCESS if all(is_well(item) for item in services.values()) else ExitCode.FAILURE


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
        if aws.is_code(error, "ClusterNotFoundException"):
            return {}
        raise
    images: dict[str, str] = {}
    found = {}
    for name in sorted(names):
        seen = rollout.observe(target, name, images)
        found[name] = {
            "desired": seen.service.get("desiredCount", 0),
            "running": seen.service.get("runningCount", 0),
            "healthy": _healthy(target, seen),
            "image": seen.image,
            "rollout": seen.primary.get("rolloutState", ""),
            "tasks": [rollout.short_id(task) for task in seen.tasks],
        }
    return found


def _healthy(target: Target, seen: rollout.Observation) -> int:
    client = target.aws.client("elbv2")
    healthy = 0
    for balancer in seen.service.get("loadBalancers", []):
        states = client.describe_target_health(TargetGroupArn=balancer["targetGroupArn"])["TargetHealthDescriptions"]
        healthy += sum(item["TargetHealth"]["State"] == "healthy" for item in states)
    return healthy


def table(url: str | None, release: str, services: dict[str, dict[str, Any]]) -> list[str]:
    """The same for a person."""
    lines = [f"url      {url or 'none'}", f"release  {release}", ""]
    lines.append(f"{'service':<24} {'tasks':>7} {'healthy':>8}  {'image':<13} rollout")
    for name, item in services.items():
        tasks = f"{item['running']}/{item['desired']}"
        lines.append(
            f"{name:<24} {tasks:>7} {item['healthy']:>8}  {deploys.short(item['image']):<13} {item['rollout'].lower()}"
        )
    return lines
