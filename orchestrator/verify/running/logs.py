"""Whether the log groups are there that containers write to: without its log group a task does not start."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from orchestrator.aws.session import Aws
from orchestrator.verify import check
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.check import NOT_YET, Check
from orchestrator.verify.running.services import AT_ONCE, Running

GROUP = "logs"


def checks(aws: Aws, running: Sequence[Running]) -> list[Check]:
    """A check for each log group that the task definitions name."""
    if not running:
        return [check.skipped(GROUP, "log groups", NOT_YET)]
    groups = dict.fromkeys(
        (str(options["awslogs-group"]), str(options.get("awslogs-region") or aws.environment.region))
        for each in running for container in each.containers
        if (options := (container.get("logConfiguration") or {}).get("options", {})).get("awslogs-group")
    )  # fmt: skip
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(lambda item: _check(aws, *item), groups))


def _check(aws: Aws, group: str, region: str) -> Check:
    client = aws.client("logs", region)

    def names() -> list[str]:
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
        return [str(item["logGroupName"]) for page in pages for item in page["logGroups"]]

    found = ask("log groups", names)
    if isinstance(found, Unread | Missing):
        return check.skipped(GROUP, group, found.why if isinstance(found, Unread) else "not known")
    if group in found:
        return check.ok(GROUP, group, f"there in {region}")
    return check.wrong(
        GROUP, group, f"there is no log group {group} in {region}: tasks that write to it do not start",
        f"python3 orchestrate.py up {aws.environment.name} makes it again", blocks=False,
    )  # fmt: skip
