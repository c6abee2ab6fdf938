"""All checks of an environment in AWS: what is asked in parallel, and judged from what was told."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.project import environment as environments
from orchestrator.project.manifest import Service
from orchestrator.verify import check, names
from orchestrator.verify.asking import Missing, Unread
from orchestrator.verify.check import Check
from orchestrator.verify.names import Resolve
from orchestrator.verify.network import checks as network
from orchestrator.verify.network import live
from orchestrator.verify.network.model import Network
from orchestrator.verify.quotas import checks as quotas
from orchestrator.verify.quotas.fargate import CPU_UNITS
from orchestrator.verify.running import health, images, logs, roles, secrets
from orchestrator.verify.running import services as runs
from orchestrator.verify.running.services import Running

GROUPS = (
    images.GROUP, roles.GROUP, secrets.GROUP, logs.GROUP, names.CERTIFICATE, names.NAME, network.GROUP, health.GROUP,
    quotas.GROUP,
)  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """What several checks are made of."""

    running: list[Running] | Unread
    network: Network | str | Unread | Missing
    balancer: Mapping[str, Any] | Unread | Missing


def checks(aws: Aws, services: Sequence[Service], *, look_up: Resolve = names.resolve) -> list[Check]:
    """Every check of the environment, in the order of `GROUPS`. Changes nothing, and reads no secret's value."""
    settings = environments.settings(aws.environment)
    now = datetime.datetime.now(datetime.UTC)
    with ThreadPoolExecutor(max_workers=len(GROUPS) + 3) as pool:
        running = pool.submit(runs.read, aws, [service.name for service in services if service.runs])
        connected, found = pool.submit(live.read, aws), pool.submit(health.find, aws)
        of_secrets = pool.submit(secrets.checks, aws, services)
        of_certificate = pool.submit(names.certificate, aws, settings, now)
        seen = _Seen(running.result(), connected.result(), found.result())
        parts = [
            pool.submit(_of_running, seen, images.GROUP, lambda each: images.of_running(aws, each)),
            pool.submit(_of_running, seen, roles.GROUP, lambda each: roles.checks(aws, each)),
            pool.submit(_of_running, seen, logs.GROUP, lambda each: logs.checks(aws, each)),
            pool.submit(_of_running, seen, health.GROUP, lambda each: health.checks(aws, each, services)),
            pool.submit(_name, seen, settings, look_up),
            pool.submit(_network, seen, services, settings),
            pool.submit(_quotas, aws, seen, services, settings),
            of_secrets, of_certificate,
        ]  # fmt: skip
        every = [item for part in parts for item in part.result()]
    return sorted(every, key=lambda item: GROUPS.index(item.group))


def quotas_alone(aws: Aws, services: Sequence[Service]) -> list[Check]:
    """The checks of the quotas, without all others."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        running = pool.submit(runs.read, aws, [service.name for service in services if service.runs])
        connected, found = pool.submit(live.vpc, aws), pool.submit(health.find, aws)
        seen = _Seen(running.result(), connected.result(), found.result())
    return _quotas(aws, seen, services, environments.settings(aws.environment))


def _of_running(seen: _Seen, group: str, look: Callable[[Sequence[Running]], list[Check]]) -> list[Check]:
    if isinstance(seen.running, Unread):
        return [check.skipped(group, "of what runs", seen.running.why)]
    return look(seen.running)


def _name(seen: _Seen, settings: Mapping[str, Any], look_up: Resolve) -> list[Check]:
    if isinstance(seen.balancer, Unread):
        return [check.skipped(names.NAME, "to the balancer", seen.balancer.why)]
    return names.leads(settings, None if isinstance(seen.balancer, Missing) else str(seen.balancer["DNSName"]), look_up)


def _network(seen: _Seen, services: Sequence[Service], settings: Mapping[str, Any]) -> list[Check]:
    for part in (seen.network, seen.running):
        if isinstance(part, Unread):
            return [check.skipped(network.GROUP, "subnets to AWS", part.why)]
    if not isinstance(seen.network, Network) or isinstance(seen.running, Unread) or not seen.running:
        return network.not_yet()
    exec_is_on = settings.get("enable_execute_command") is True
    others = [
        check.skipped(
            network.GROUP, f"{each.name} to AWS", "it runs on instances, which pull its images: not followed from here"
        )
        for each in seen.running if not each.on_fargate
    ]  # fmt: skip
    tasks = [each.tasks for each in seen.running if each.on_fargate]
    return [*network.judge(seen.network, tasks, services, exec_is_on=exec_is_on), *others]


def _quotas(aws: Aws, seen: _Seen, services: Sequence[Service], settings: Mapping[str, Any]) -> list[Check]:
    running = [] if isinstance(seen.running, Unread) else seen.running
    own = sum(
        int(each.service.get("runningCount", 0)) * int(each.definition.get("cpu") or 0)
        for each in running if each.on_fargate
    )  # fmt: skip
    return quotas.checks(
        aws, settings, services,
        # What could not be read is taken to be there: nothing is added then that is not known.
        has_network=not isinstance(seen.network, Missing), has_balancer=not isinstance(seen.balancer, Missing),
        vcpus_now=own / CPU_UNITS,
    )  # fmt: skip
