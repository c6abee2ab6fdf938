"""What no longer survives the failure of a zone, or a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import spot
from orchestrator.review.rules.aliases import with_aliases
from orchestrator.review.rules.kit.attributes import at, attribute_path, number
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, switched_off

_CHANGES = (Action.UPDATE, Action.REPLACE)


_MULTI_AZ: Mapping[str, tuple[Switch, ...]] = with_aliases(
    {
        type_: (Switch(path, f"{what}: when its zone fails, so does it.", "Leave it spread over zones."),)
        for type_, path, what in (
            ("aws_db_instance", "multi_az", "The database has no standby in a second zone any more"),
            (
                "aws_opensearch_domain",
                "cluster_config.zone_awareness_enabled",
                "The nodes are no longer spread over zones",
            ),
            ("aws_redshift_cluster", "multi_az", "The warehouse is no longer spread over zones"),
            ("aws_lb", "enable_cross_zone_load_balancing", "Load is no longer balanced across zones"),
        )
    }
    | {
        "aws_elasticache_replication_group": (
            Switch("multi_az_enabled", "The cache is no longer spread over zones.", "Leave it spread over zones."),
            Switch("automatic_failover_enabled", "No replica takes over when the primary fails.", "Leave it on."),
        ),
    }
)
_PLACES = with_aliases(
    {
        "aws_ecs_service": ("network_configuration.subnets",),
        "aws_lb": ("subnets",),
        "aws_autoscaling_group": ("vpc_zone_identifier", "availability_zones"),
        "aws_lambda_function": ("vpc_config.subnet_ids",),
    }
)


def _spread(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from switched_off("availability-reduced", resource, _MULTI_AZ.get(resource.type, ()))
    if resource.type in ("aws_ecs_service", "aws_autoscaling_group"):
        yield from spot.only_spot(resource)
    if resource.action not in _CHANGES:
        return
    for name in _PLACES.get(resource.type, ()):
        before, after = at(resource.before, name), at(resource.after, name)
        if isinstance(before, list) and isinstance(after, list) and len(before) > 1 and len(after) == 1:
            yield _availability(
                resource, name, f"{name} is down to one of {len(before)}: when its zone fails, so does it."
            )
    name = "deployment_minimum_healthy_percent"
    before, after = number(at(resource.before, name)), number(at(resource.after, name))
    if resource.type == "aws_ecs_service" and before and after is not None and after < before and after < 100:
        says = (
            "A deployment may stop every old task before a new one runs: each deploy is an outage."
            if after == 0
            else f"During a deployment only {after:g} % of the tasks must run instead of {before:g} %."
        )
        yield _availability(resource, name, says, Severity.HIGH if after == 0 else Severity.MEDIUM)


def _availability(resource: Resource, name: str, says: str, severity: Severity = Severity.MEDIUM) -> Finding:
    return Finding(
        "availability-reduced",
        severity,
        resource.address,
        says,
        "Keep it in two zones at least, and enough of it running through a deployment.",
        attribute_path(resource, name),
        at(resource.before, name),
        at(resource.after, name),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "availability-reduced",
        Severity.HIGH,
        "It no longer survives a failing zone or a deployment",
        "Zones fail, and deployments happen every day.",
        _spread,
        frozenset({*_MULTI_AZ, *_PLACES}),
    ),
)
