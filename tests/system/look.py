"""What a clone and its system are like: two looks are equal if no test can tell one from the other by what it finds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from orchestrator.system import processes

from .checkout import MADE

if TYPE_CHECKING:
    from .conftest import Clone

STATE_BUCKET = "storyizer-tfstate-000000000000-us-east-1"
# Every command that may change something adds a record to it, also one that changes nothing in the end. So a test that
# reads records, or the failed deploys among the releases, which are made of them, reads them from its own beginning on.
AUDIT = "audit"

Look = dict[str, Any]


def look(clone: Clone) -> Look | None:
    """Files, releases and all that runs, without what differs from one start of the same tasks to the next.

    Stories are not in it. None if the system does not run, or does not answer.
    """
    try:
        if processes.identity(clone.emulator()["pid"]) is None:
            return None
        return {"files": files(clone.folder), "plans": plans(clone), **_state(clone), **_running(clone)}
    except (OSError, KeyError, ValueError, BotoCoreError, ClientError):
        return None


def files(folder: Path) -> dict[str, int]:
    """The names and sums of the checkout's files, and of whatever lies among them; of git's, what is checked out."""
    git = folder / ".git"
    heads = [file for file in (git / "HEAD", *git.glob("refs/heads/*")) if file.is_file()]
    return {str(file.relative_to(folder)): zlib.crc32(file.read_bytes()) for file in (*heads, *_walk(folder))}


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if entry.name not in (*MADE, ".git"):
                yield from _walk(entry)
        elif entry.is_file():
            yield entry


def plans(clone: Clone) -> list[str]:
    """Saved plans and bundles in the work folder."""
    work = clone.folder / ".storyizer"
    found = (file for kind in ("*.tfplan", "bundle.json") for file in work.rglob(kind))
    return sorted(str(file.relative_to(work)) for file in found if "emulator" not in file.parts)


def _state(clone: Clone) -> Look:
    """Terraform's state, releases, freezes, bundles and locks in the bucket; images in the registry."""
    s3, ecr = clone.client("s3"), clone.client("ecr")
    objects = [
        item for page in s3.get_paginator("list_objects_v2").paginate(Bucket=STATE_BUCKET) for item in page["Contents"]
    ]
    names = sorted(item["repositoryName"] for item in ecr.describe_repositories()["repositories"])
    return {
        "objects": {item["Key"]: item["ETag"] for item in objects if AUDIT not in item["Key"].split("/")},
        "images": {
            name: sorted(str(item) for item in ecr.list_images(repositoryName=name)["imageIds"]) for name in names
        },
    }


def _running(clone: Clone) -> Look:
    """Services, their tasks and ways to them; tables and log groups, which a person may delete."""
    ecs, balancers, tables = clone.client("ecs"), clone.client("elbv2"), clone.client("dynamodb")
    services, definitions = [], []
    for cluster in sorted(ecs.list_clusters()["clusterArns"]):
        arns = sorted(ecs.list_services(cluster=cluster)["serviceArns"])
        for arn in arns:
            services += ecs.describe_services(cluster=cluster, services=[arn])["services"]
        tasks = ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]
        # The emulator goes on listing some that have stopped.
        definitions += [
            item["taskDefinitionArn"]
            for item in (ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"] if tasks else [])
            if item["lastStatus"] != "STOPPED"
        ]
    rules = [
        (rule["Priority"], str(rule["Conditions"]), str(rule["Actions"]))
        for balancer in balancers.describe_load_balancers()["LoadBalancers"]
        for listener in balancers.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        for rule in balancers.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    ]
    groups = [item["TargetGroupArn"] for item in balancers.describe_target_groups()["TargetGroups"]]
    targets = {
        group: sorted(
            item["TargetHealth"]["State"]
            for item in balancers.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        )
        for group in groups
    }
    told = (tables.describe_table(TableName=name)["Table"] for name in tables.list_tables()["TableNames"])
    return {
        "services": [
            (item["serviceArn"], item["taskDefinition"], item["desiredCount"], item["runningCount"])
            for item in services
            if item["status"] == "ACTIVE"
        ],
        "registered": sorted(ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]),
        "tasks": sorted(definitions),
        "containers": sorted(clone.containers(every=True).values()),
        "rules": sorted(rules),
        "targets": targets,
        "tables": {item["TableName"]: item.get("DeletionProtectionEnabled") for item in told},
        "logs": {
            item["logGroupName"]: item.get("retentionInDays")
            for item in clone.client("logs").describe_log_groups()["logGroups"]
        },
    }
