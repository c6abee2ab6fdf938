"""Keys, secrets, alarms, tables with provisioned capacity."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestrator.review.cost.parts import ByUse, NotKnown, Part, Side, number, one, seen

key = one("kms-key", "a KMS key")
secret = one("secret", "a secret")
dashboard = one("dashboard", "a dashboard")


def alarm(side: Side) -> Iterator[Part]:
    """An alarm is paid for by the metrics that it looks at."""
    if side.values.get("threshold_metric_id"):
        raise NotKnown("there is no price here for anomaly detection")
    queries = side.get("metric_query") or []
    period = side.values.get("period")
    metrics = 1
    if queries:
        texts = [str(seen(query.get("expression"), "expression") or "") for query in queries]
        if any(word in text.upper() for text in texts for word in ("SEARCH(", "SELECT ")):
            raise NotKnown("its query decides how many metrics it looks at")
        found = [block for query in queries for block in query.get("metric") or []]
        metrics = len(found)
        period = min((number(seen(block.get("period"), "period") or 60, "period") for block in found), default=60)
    is_fast = period is not None and number(seen(period, "period"), "period") < 60
    what = "a high-resolution alarm" if is_fast else "an alarm"
    what += f" on {metrics} metrics" if metrics != 1 else ""
    yield Part("alarm-metric-high" if is_fast else "alarm-metric", Decimal(metrics), what)


def table(side: Side) -> Iterator[Part]:
    """Provisioned reads and writes of a DynamoDB table and its indexes."""
    if side.get("billing_mode") == "PAY_PER_REQUEST":
        raise ByUse("it depends on requests and on how much it holds")
    if side.values.get("table_class") == "STANDARD_INFREQUENT_ACCESS" or side.values.get("replica"):
        raise NotKnown("there is no price here for infrequent access or replicas")
    indexes = side.get("global_secondary_index") or []
    reads, writes = side.number("read_capacity", 0), side.number("write_capacity", 0)
    for index in indexes:
        reads += number(seen(index.get("read_capacity"), "read_capacity") or 0, "read_capacity")
        writes += number(seen(index.get("write_capacity"), "write_capacity") or 0, "write_capacity")
    what = f"{reads} reads and {writes} writes per second, provisioned"
    yield Part("dynamodb-read-unit", reads, what, "what tables and logs hold")
    yield Part("dynamodb-write-unit", writes, what)
