"""What notices that something is wrong, and what reacts to it: health checks, circuit breaker, draining, alarms."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import alarms, connections, containers, records, target_groups
from orchestrator.review.rules.kit.attributes import at, attribute_path, number
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, switched_off

_CHANGES = (Action.UPDATE, Action.REPLACE)
_GROUPS = frozenset({"aws_lb_target_group", "aws_alb_target_group"})
_CHECKED = _GROUPS | {"aws_elb"}
_LONG_GRACE_SECONDS = 300
_ADVICE = "Keep the check as strict as it is; if the application has become slower, mend that or say why."


def _weakened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action not in _CHANGES:
        return
    if resource.type in _CHECKED:
        yield from target_groups.weakened(resource)
    elif resource.type == "aws_ecs_task_definition":
        yield from containers.weakened(resource)
    elif resource.type == "aws_ecs_service":
        yield from _grace(resource)
    elif resource.type == "aws_autoscaling_group":
        yield from _server_check(resource)
    elif resource.type == "aws_route53_health_check":
        yield from switched_off("health-check-weakened", resource, _DNS)
    elif resource.type == "aws_route53_record":
        yield from records.unchecked(resource)


def _grace(resource: Resource) -> Iterator[Finding]:
    name = "health_check_grace_period_seconds"
    old, new = number(at(resource.before, name)) or 0, number(at(resource.after, name))
    if new and new > _LONG_GRACE_SECONDS and new >= 2 * old:
        yield _finding(
            resource,
            name,
            f"For {new:g} seconds after its start (until now {old:g}) a task that fails its health checks is left "
            "alone: a broken deployment is noticed that much later.",
        )


def _server_check(resource: Resource) -> Iterator[Finding]:
    name = "health_check_type"
    if at(resource.before, name) == "ELB" and at(resource.after, name) == "EC2":
        yield _finding(
            resource,
            name,
            "Servers are replaced only when the machine fails, and no longer when the load balancer finds that the "
            "application does.",
        )


_DNS = (
    Switch(
        "disabled",
        "The health check is disabled and counts as healthy: DNS goes on sending people to what is broken.",
        "Leave it enabled.",
        protects=lambda value: value is not True,
    ),
)


def _finding(resource: Resource, name: str, says: str, severity: Severity = Severity.MEDIUM) -> Finding:
    return Finding(
        "health-check-weakened",
        severity,
        resource.address,
        says,
        _ADVICE,
        attribute_path(resource, name),
        at(resource.before, name),
        at(resource.after, name),
    )


_BREAKER = (
    Switch(
        "deployment_circuit_breaker.enable",
        "A deployment whose tasks do not start is no longer stopped: ECS goes on starting them without end.",
        "Leave deployment_circuit_breaker with enable and rollback on.",
    ),
    Switch(
        "deployment_circuit_breaker.rollback",
        "A failed deployment is stopped and no longer rolled back: the service stays between two versions.",
        "Leave rollback on.",
        severity=Severity.MEDIUM,
    ),
    Switch(
        "auto_rollback_configuration.enabled",
        "A failed deployment is no longer rolled back by itself.",
        "Leave auto_rollback_configuration on.",
    ),
    Switch(
        "alarms.enable",
        "Alarms no longer stop a deployment.",
        "Leave the deployment's alarms on.",
        severity=Severity.MEDIUM,
    ),
)


def _breaker(resource: Resource, plan: Plan) -> Iterator[Finding]:
    found = list(switched_off("circuit-breaker-off", resource, _BREAKER))
    # Without a breaker there is no rollback either: one fact.
    off = any(item.path[-1:] == ("enable",) and item.rule == "circuit-breaker-off" for item in found)
    yield from (item for item in found if not (off and item.path[-1:] == ("rollback",)))


def _draining(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action not in _CHANGES:
        return
    if resource.type == "aws_ecs_task_definition":
        yield from containers.stopped_sooner(resource)
        return
    name = "deregistration_delay"
    old, new = number(at(resource.before, name)), number(at(resource.after, name))
    if old and new == 0:
        yield Finding(
            "draining-shortened",
            Severity.MEDIUM,
            resource.address,
            "Requests that are under way are cut off when a target is taken out: each deployment drops some.",
            "Keep deregistration_delay longer than the longest request.",
            (name,),
            at(resource.before, name),
            at(resource.after, name),
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "health-check-weakened",
        Severity.MEDIUM,
        "A health check is weakened",
        "What is broken goes on getting requests, and a bad deployment passes for a good one.",
        _weakened,
        _CHECKED
        | {
            "aws_ecs_task_definition",
            "aws_ecs_service",
            "aws_autoscaling_group",
            "aws_route53_health_check",
            "aws_route53_record",
        },
    ),
    Rule(
        "circuit-breaker-off",
        Severity.HIGH,
        "A failed deployment is no longer stopped or rolled back",
        "The circuit breaker is what brings the old version back by itself.",
        _breaker,
        frozenset({"aws_ecs_service", "aws_codedeploy_deployment_group"}),
    ),
    Rule(
        "draining-shortened",
        Severity.MEDIUM,
        "Requests are cut off",
        "A target needs time to finish what it has begun.",
        _draining,
        _GROUPS | {"aws_ecs_task_definition"},
    ),
    *alarms.RULES,
    *connections.RULES,
)
