"""The checks of the network: what each service's tasks need from AWS, and whether they reach it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestrator.project.schema.among import grants, items
from orchestrator.project.schema.service import Service
from orchestrator.verify import check
from orchestrator.verify.check import NOT_YET, Check
from orchestrator.verify.network import reach
from orchestrator.verify.network.acls import Way
from orchestrator.verify.network.model import Network, Tasks

GROUP = "network"
# Tasks get their roles' credentials from ECS: only a program that calls STS itself needs it.
_OPTIONAL = "sts"
_WITHOUT_STS = "tasks have their credentials from ECS, so only a program that calls STS itself would fail"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-security-considerations.html
_TO_START = ("ecr.api", "ecr.dkr", "s3", "logs")


def needed(service: Service, services: Sequence[Service], *, exec_is_on: bool = False) -> list[str]:
    """What a service's tasks call, as the names of VPC endpoints have it. That of KMS is called by others for them."""
    beside = [other for other in services if other.name in service.sidecars]
    secrets = [secret for each in (service, *beside) for secret in each.secrets.values()]
    kept, used = items(services), set[str]()
    for grant in grants(service):
        item = kept[grant.item]
        used.add("dynamodb" if item.table is not None else "s3" if item.bucket is not None else "sqs")
    used |= {"ssm" if secret.parameter else "secretsmanager" for secret in secrets}
    used |= {"ssmmessages"} if exec_is_on else set()
    return [*_TO_START, _OPTIONAL, *sorted(used - {*_TO_START})]


def judge(
    network: Network,
    tasks: Iterable[Tasks],
    services: Sequence[Service],
    *,
    exec_is_on: bool = False,
    repairs: bool = True,
) -> list[Check]:
    """A check for each thing that each service's tasks need. `repairs`: an apply comes that restores what is gone."""
    by_name: Mapping[str, Service] = {service.name: service for service in services}
    found = []
    for each in tasks:
        if each.service not in by_name:
            continue
        for what in needed(by_name[each.service], services, exec_is_on=exec_is_on):
            way = reach.way(network, each, what)
            found.append(_check(f"{each.service} to {what}", what, way, repairs=repairs))
    return found


def _check(name: str, what: str, way: Way, *, repairs: bool) -> Check:
    if way.reached:
        return check.ok(GROUP, name, way.why)
    if way.reached is None:
        return check.skipped(GROUP, name, way.why)
    if what == _OPTIONAL:
        return check.skipped(GROUP, name, f"not reached ({way.why}); {_WITHOUT_STS}")
    if repairs and way.restored:
        step = f"{way.next_step}, or run `up`: it restores what Terraform has made"
        return check.wrong(GROUP, name, way.why, step, blocks=False)
    return check.wrong(GROUP, name, way.why, way.next_step)


def not_yet() -> list[Check]:
    """Where there is no network yet."""
    return [check.skipped(GROUP, "subnets to AWS", NOT_YET)]
