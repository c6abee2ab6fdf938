"""Health checks that are turned off, or made slower or more lenient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts import containers
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number
from orchestrator.review.rules.kit.change import Change, not_judgeable
from orchestrator.review.rules.kit.comparisons import Comparison, becomes, not_true
from orchestrator.review.rules.kit.rows import CHANGED, UPDATED, Reads, Row, Watch, protects
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import shown

_GROUP = "aws_lb_target_group"
_TASK = "aws_ecs_task_definition"
_CHECK = "health_check"
_LONG_GRACE_SECONDS = 300
_ADVICE = "Keep the check as strict as it is; if the application has become slower, fix that or say why."

Weakness = tuple[str, str, Severity]
"""The attribute, what it means, how bad it is."""

_long_grace = Comparison(
    f"is at least doubled, to more than {_LONG_GRACE_SECONDS} seconds",
    (60, 900),
    lambda value: 0.0 if value is None else number(value),
    lambda old, new: new > _LONG_GRACE_SECONDS and new >= 2 * old,
)
_removed = Comparison(
    "is removed",
    ("abcd", ""),
    lambda value: value if isinstance(value, str) else None if value else "",
    lambda old, new: not new,
    lambda old: bool(old),
)
_ROWS: tuple[Row, ...] = (
    Watch(
        "aws_ecs_service",
        "health_check_grace_period_seconds",
        _long_grace,
        "For {new:g} seconds after it starts (until now {old:g}), a task that fails its health checks is left alone: a "
        "broken deployment is noticed that much later.",
        _ADVICE,
        risk="A broken deployment is noticed later.",
        unknown=None,
    ),
    Watch(
        "aws_autoscaling_group",
        "health_check_type",
        becomes("ELB", "EC2"),
        "Instances are replaced only when the machine fails, and no longer when the load balancer finds that the "
        "application does.",
        _ADVICE,
    ),
    protects(
        "aws_route53_health_check",
        "disabled",
        "The health check is disabled and counts as healthy: DNS keeps sending users to what is broken.",
        "Leave it enabled.",
        as_long_as=not_true,
    ),
    Watch(
        "aws_route53_record",
        "health_check_id",
        _removed,
        "The record has no health check any more: DNS sends users there even when it is broken.",
        "Keep the health check, or set evaluate_target_health on an alias.",
        actions=UPDATED,
    ),
    Reads(f"{_GROUP} aws_elb", _CHECK),
    Reads(_TASK, containers.NAME),
)


def _checks(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action in CHANGED:
        yield from _of_containers(resource) if resource.type == _TASK else _of_targets(resource, plan)


def _of_targets(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """One finding for all that is weakened in the health check of a target group or classic load balancer."""
    after = at(resource.after, _CHECK)
    if hidden(after):
        if at(resource.before, _CHECK) and resource.action is Action.UPDATE:
            unknown = Change(resource, plan, (_CHECK,), None, after)
            yield from not_judgeable(unknown, "broken targets keep receiving requests.")
        return
    found = list(_weaknesses(resource))
    if found:
        worst = max(found, key=lambda item: item[2])
        yield Finding(
            "health-check-weakened",
            worst[2],
            resource.address,
            " ".join(says for _, says, _ in found),
            _ADVICE,
            attribute_path(resource, f"{_CHECK}.{worst[0]}"),
            at(resource.before, f"{_CHECK}.{worst[0]}"),
            at(resource.after, f"{_CHECK}.{worst[0]}"),
        )


def _weaknesses(resource: Resource) -> Iterator[Weakness]:
    if at(resource.before, f"{_CHECK}.enabled") is not False and at(resource.after, f"{_CHECK}.enabled") is False:
        yield "enabled", "The health check is turned off: broken targets keep receiving requests.", Severity.HIGH
        return
    yield from _times(resource)
    yield from _codes(resource)
    before, after = at(resource.before, f"{_CHECK}.path"), at(resource.after, f"{_CHECK}.path")
    if isinstance(before, str) and before not in ("", "/") and after == "/":
        yield (
            "path",
            f"The health check requests / instead of {before}: a page that may answer while the application is broken.",
            Severity.MEDIUM,
        )
    before, after = at(resource.before, f"{_CHECK}.protocol"), at(resource.after, f"{_CHECK}.protocol")
    if before in ("HTTP", "HTTPS") and after == "TCP":
        yield (
            "protocol",
            "The health check only opens a connection and requests no page: an application that hangs passes it.",
            Severity.MEDIUM,
        )


def _times(resource: Resource) -> Iterator[Weakness]:
    """How long it takes until a broken target is noticed: the interval times the number of failures."""
    old, new = _seconds(resource.before), _seconds(resource.after)
    if old and new and new >= 2 * old:
        same = at(resource.before, f"{_CHECK}.interval") == at(resource.after, f"{_CHECK}.interval")
        yield (
            "unhealthy_threshold" if same else "interval",
            f"A broken target is noticed after {new:g} seconds instead of {old:g}.",
            Severity.MEDIUM,
        )


def _seconds(values: Mapping[str, Any] | None) -> float | None:
    interval, failures = number(at(values, f"{_CHECK}.interval")), number(at(values, f"{_CHECK}.unhealthy_threshold"))
    return interval * failures if interval is not None and failures is not None else None


def _codes(resource: Resource) -> Iterator[Weakness]:
    before, after = at(resource.before, f"{_CHECK}.matcher"), at(resource.after, f"{_CHECK}.matcher")
    old, new = _accepted(before), _accepted(after)
    if not old or not new:
        return
    # Errors are what a broken application answers; a redirect may lead to its login page.
    says = (
        "errors"
        if any(code >= 400 for code in new - old)
        else "redirects"
        if any(300 <= code < 400 for code in new - old)
        else ""
    )
    if says:
        yield (
            "matcher",
            f"The health check now accepts {says} as healthy too: {shown(after)} instead of {shown(before)}.",
            Severity.MEDIUM,
        )


def _accepted(matcher: Any) -> set[int]:
    """`200-299,302` as a set; empty if it is something else."""
    codes: set[int] = set()
    for part in matcher.split(",") if isinstance(matcher, str) else ():
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            return set()
        codes.update(range(int(first), min(int(last or first), 999) + 1))
    return codes


def _of_containers(resource: Resource) -> Iterator[Finding]:
    """Health checks that are removed or made slow, and containers that may now fail unnoticed."""
    for place, before, after in containers.both(resource):
        old, new = before.get("healthCheck"), after.get("healthCheck")
        if hidden(old) or hidden(new):
            continue
        name = after["name"]
        if _is_check(old) and not _is_check(new):
            yield _container(
                resource,
                (place, "healthCheck"),
                f"The container {name} has no health check any more: ECS considers it healthy as long as its process "
                "runs.",
                old,
                new,
            )
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _slower(resource, place, name, old, new)
        if before.get("essential", True) is True and after.get("essential", True) is False:
            yield _container(
                resource,
                (place, "essential"),
                f"The container {name} is not essential any more: when it stops, its task continues without it.",
                before.get("essential"),
                False,
            )


def _is_check(check: Any) -> bool:
    command = check.get("command") if isinstance(check, Mapping) else None
    return bool(command) and command != ["NONE"]


def _slower(
    resource: Resource, place: int, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Finding]:
    # The defaults are those of ECS.
    seconds = [(number(check.get("interval")) or 30) * (number(check.get("retries")) or 3) for check in (old, new)]
    if seconds[1] >= 2 * seconds[0]:
        key = "interval" if old.get("interval") != new.get("interval") else "retries"
        yield _container(
            resource,
            (place, "healthCheck", key),
            f"The container {name} is found to be broken after {seconds[1]:g} seconds instead of {seconds[0]:g}.",
            old.get(key),
            new.get(key),
        )


def _container(resource: Resource, path: tuple[str | int, ...], says: str, before: Any, after: Any) -> Finding:
    advice = "Keep it, unless the load balancer's own check is enough."
    whole = (containers.NAME, *path)
    return Finding("health-check-weakened", Severity.MEDIUM, resource.address, says, advice, whole, before, after)


def _check(**values: Any) -> dict[str, Any]:
    return {"health_check": [{"enabled": True, "interval": 10, "unhealthy_threshold": 3, "path": "/health"} | values]}


RULE = Rule(
    "health-check-weakened",
    Severity.MEDIUM,
    "A health check is weakened",
    "Whatever is broken keeps receiving requests, and a bad deployment passes as a good one.",
    looks=_checks,
    watches=(*_ROWS, *rows_for("health-check-weakened")),
    examples=(
        Fires(_GROUP, _check(), _check(enabled=False), Severity.HIGH),
        Fires(_GROUP, _check(), _check(interval=60)),
        Fires(_GROUP, _check(), _check(path="/")),
        Fires(
            "aws_ecs_service",
            {"health_check_grace_period_seconds": 60},
            {"health_check_grace_period_seconds": 900},
        ),
        Fires("aws_route53_record", {"health_check_id": "abcd"}, {"health_check_id": ""}),
        Silent(_GROUP, _check(), _check(interval=15)),
        Silent(_GROUP, None, _check(enabled=False)),
    ),
)
