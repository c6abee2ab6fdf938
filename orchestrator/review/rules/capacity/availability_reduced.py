"""What no longer survives the failure of a zone, or a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number
from orchestrator.review.rules.kit.change import Change, change_of, finding
from orchestrator.review.rules.kit.comparisons import Comparison, down_to_one
from orchestrator.review.rules.kit.rows import Reads, Row, Watch, protects
from orchestrator.review.rules.kit.rule import Rule

_KEEP_SPREAD = "Keep it spread over zones."
_ADVICE = "Keep it in at least two zones, and enough of it running through a deployment."


def _one_zone(types: str, path: str) -> Row:
    return Watch(
        types,
        path,
        down_to_one,
        lambda change: f"{path} is down to one of {len(change.old)}: if its zone fails, so does it.",
        _ADVICE,
        risk="If its only zone fails, so does it.",
        unknown=None,  # subnets that are created by the same plan are unknown, and as many as before
    )


def _deployment(change: Change) -> str:
    if change.new == 0:
        return "A deployment may stop every old task before a new one runs: each deployment is an outage."
    return f"During a deployment only {change.new:g} % of the tasks must run instead of {change.old:g} %."


_ROWS: tuple[Row, ...] = (
    protects(
        "aws_db_instance",
        "multi_az",
        "The database has no standby in a second zone any more: if its zone fails, so does it.",
        _KEEP_SPREAD,
    ),
    protects(
        "aws_opensearch_domain",
        "cluster_config.zone_awareness_enabled",
        "The nodes are no longer spread over zones: if their zone fails, so do they.",
        _KEEP_SPREAD,
    ),
    protects(
        "aws_redshift_cluster",
        "multi_az",
        "The warehouse is no longer spread over zones: if its zone fails, so does it.",
        _KEEP_SPREAD,
    ),
    protects(
        "aws_lb",
        "enable_cross_zone_load_balancing",
        "Load is no longer balanced across zones: if a zone fails, so does it.",
        _KEEP_SPREAD,
    ),
    protects(
        "aws_elasticache_replication_group",
        "multi_az_enabled",
        "The cache is no longer spread over zones.",
        _KEEP_SPREAD,
    ),
    protects(
        "aws_elasticache_replication_group",
        "automatic_failover_enabled",
        "No replica takes over when the primary fails.",
        "Leave it on.",
    ),
    _one_zone("aws_ecs_service", "network_configuration.subnets"),
    _one_zone("aws_lb", "subnets"),
    _one_zone("aws_autoscaling_group", "vpc_zone_identifier"),
    _one_zone("aws_autoscaling_group", "availability_zones"),
    _one_zone("aws_lambda_function", "vpc_config.subnet_ids"),
    Watch(
        "aws_ecs_service",
        "deployment_minimum_healthy_percent",
        Comparison(
            "is lowered below 100", (100, 50), number, lambda old, new: new < old and new < 100, lambda old: old != 0
        ),
        _deployment,
        _ADVICE,
        lambda change: Severity.HIGH if change.new == 0 else Severity.MEDIUM,
        risk="Fewer tasks run during a deployment.",
    ),
    Reads("aws_ecs_service", "capacity_provider_strategy launch_type"),
    Reads("aws_autoscaling_group", "mixed_instances_policy"),
)

_DISTRIBUTION = "mixed_instances_policy.instances_distribution"


def _only_spot(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A service or group that had on-demand capacity, and has none any more."""
    if resource.action is not Action.UPDATE:
        return
    if resource.type == "aws_ecs_service":
        path = "capacity_provider_strategy"
        before, after = _on_demand(resource.before, path), _on_demand(resource.after, path)
    else:
        path = f"{_DISTRIBUTION}.on_demand_percentage_above_base_capacity"
        before, after = _own(resource.before), _own(resource.after)
    if before is True and after is False:
        yield finding(
            change_of(resource, plan, path),
            "Everything runs on Spot capacity from now on: AWS reclaims it with two minutes' notice, often much of it "
            "at once.",
            "Keep a base of on-demand capacity that can carry the load for a while.",
            Severity.MEDIUM,
        )


def _on_demand(values: Mapping[str, Any] | None, path: str) -> bool | None:
    """None if the capacity's kind is not known: a capacity provider of one's own may be either."""
    if hidden(at(values, path)):
        return None
    providers = [item.get("capacity_provider") for item in blocks(values, path)]
    if not providers:
        return True if at(values, "launch_type") == "FARGATE" else None
    return False if all(name == "FARGATE_SPOT" for name in providers) else True if "FARGATE" in providers else None


def _own(values: Mapping[str, Any] | None) -> bool | None:
    """Whether some of a group's instances are on demand. Without the block all of them are."""
    if not blocks(values, "mixed_instances_policy"):
        return None if hidden(at(values, "mixed_instances_policy")) else True
    base = number(at(values, f"{_DISTRIBUTION}.on_demand_base_capacity"))
    share = number(at(values, f"{_DISTRIBUTION}.on_demand_percentage_above_base_capacity"))
    if base is None and share is None:
        return None
    # The provider's defaults: no base, and all above it on demand.
    return bool(base or (100 if share is None else share))


RULE = Rule(
    "availability-reduced",
    Severity.HIGH,
    "It no longer survives a zone failure or a deployment",
    "Zones fail, and deployments happen every day.",
    looks=_only_spot,
    watches=(*_ROWS, *rows_for("availability-reduced")),
    examples=(
        Fires("aws_db_instance", {"multi_az": True}, {"multi_az": False}),
        Fires("aws_lb", {"subnets": ["subnet-a", "subnet-b"]}, {"subnets": ["subnet-a"]}, Severity.MEDIUM),
        Fires(
            "aws_ecs_service",
            {"deployment_minimum_healthy_percent": 100},
            {"deployment_minimum_healthy_percent": 0},
        ),
        Fires(
            "aws_ecs_service",
            {"capacity_provider_strategy": [{"capacity_provider": "FARGATE"}, {"capacity_provider": "FARGATE_SPOT"}]},
            {"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]},
            Severity.MEDIUM,
        ),
        Silent("aws_db_instance", None, {"multi_az": False}),
        Silent(
            "aws_ecs_service",
            {"deployment_minimum_healthy_percent": 200},
            {"deployment_minimum_healthy_percent": 100},
        ),
    ),
)
