"""Whether Fargate's quota of vCPUs has room for more tasks, as far as AWS can be asked."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.aws import session
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure

# https://docs.aws.amazon.com/general/latest/gr/ecs-service.html#service-quotas-fargate
_QUOTAS = {"FARGATE": "L-3032A538", "FARGATE_SPOT": "L-36FBB829"}
CPU_UNITS = 1024


@dataclass(frozen=True)
class Room:
    """The quota in vCPUs and what of it is in use, None where AWS does not say."""

    quota: float
    used: float | None
    code: str


def refusal(room: Room, name: str, now: int, wanted: int, cpu: int, region: str) -> Failure | None:
    """The failure if that many tasks of so many CPU units each do not fit into the quota. Decides only."""
    each = cpu / CPU_UNITS
    others = max((room.used or 0.0) - now * each, 0.0)
    needed = others + wanted * each
    if wanted <= now or needed <= room.quota:
        return None
    beside = f" beside {others:g} in use by other tasks" if others else ""
    return Failure(
        f"{wanted} tasks of {name} are more than Fargate's quota allows",
        reason=f"They need {wanted * each:g} vCPUs{beside}, and the quota in {region} is {room.quota:g} vCPUs.",
        next_step=f"at most {max(int((room.quota - others) / each), 0)} tasks of it fit; to have the quota raised:\n"
        f"aws service-quotas request-service-quota-increase --region {region} --service-code fargate "
        f"--quota-code {room.code} --desired-value {int(needed) + 1}",
    )


def ask(aws: Aws, capacity_provider: str) -> Room | str:
    """The quota and its use, or why they are not known."""
    from botocore.exceptions import BotoCoreError, ClientError

    code = _QUOTAS.get(capacity_provider)
    if code is None:
        return f"{capacity_provider} is not Fargate's"
    try:
        found = aws.client("service-quotas").get_service_quota(ServiceCode="fargate", QuotaCode=code)["Quota"]
    except (BotoCoreError, ClientError) as error:
        return session.explain(error)
    return Room(float(found["Value"]), _used(aws, found.get("UsageMetric", {})), code)


def _used(aws: Aws, metric: Mapping[str, Any]) -> float | None:
    """The latest value of the metric that Service Quotas names for the quota's use."""
    from botocore.exceptions import BotoCoreError, ClientError

    if not metric:
        return None
    now = datetime.datetime.now(datetime.UTC)
    try:
        points = aws.client("cloudwatch").get_metric_statistics(
            Namespace=metric["MetricNamespace"], MetricName=metric["MetricName"],
            Dimensions=[{"Name": name, "Value": value} for name, value in metric["MetricDimensions"].items()],
            StartTime=now - datetime.timedelta(minutes=15), EndTime=now, Period=300, Statistics=["Maximum"],
        )["Datapoints"]  # fmt: skip
    except (BotoCoreError, ClientError):
        return None
    latest = max(points, key=lambda point: point["Timestamp"], default=None)
    return float(latest["Maximum"]) if latest else None
