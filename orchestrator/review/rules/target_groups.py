"""Health checks of target groups: how soon a broken target is noticed, and what passes for healthy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number
from orchestrator.review.rules.switches import not_judgeable
from orchestrator.review.values import shown

_CHECK = "health_check"
Weakness = tuple[str, str, Severity]
"""The attribute, what it means, how bad it is."""


def weakened(resource: Resource) -> Iterator[Finding]:
    """One finding for all that is weakened in the health check of a target group or classic load balancer."""
    after = at(resource.after, _CHECK)
    if hidden(after):
        if at(resource.before, _CHECK) and resource.action is Action.UPDATE:
            yield from not_judgeable(resource, (_CHECK,), None, after, "broken targets go on getting requests.")
        return
    found = list(_weaknesses(resource))
    if found:
        worst = max(found, key=lambda item: item[2])
        yield Finding(
            "health-check-weakened",
            worst[2],
            resource.address,
            " ".join(says for _, says, _ in found),
            "Keep the check as strict as it is; if the application has become slower, mend that or say why.",
            attribute_path(resource, f"{_CHECK}.{worst[0]}"),
            at(resource.before, f"{_CHECK}.{worst[0]}"),
            at(resource.after, f"{_CHECK}.{worst[0]}"),
        )


def _weaknesses(resource: Resource) -> Iterator[Weakness]:
    if at(resource.before, f"{_CHECK}.enabled") is not False and at(resource.after, f"{_CHECK}.enabled") is False:
        yield (
            "enabled",
            "The health check is switched off: broken targets go on getting requests.",
            Severity.HIGH,
        )
        return
    yield from _times(resource)
    yield from _codes(resource)
    before, after = at(resource.before, f"{_CHECK}.path"), at(resource.after, f"{_CHECK}.path")
    if isinstance(before, str) and before not in ("", "/") and after == "/":
        yield (
            "path",
            f"The health check asks for / instead of {before}: a page that may answer while the application is broken.",
            Severity.MEDIUM,
        )
    before, after = at(resource.before, f"{_CHECK}.protocol"), at(resource.after, f"{_CHECK}.protocol")
    if before in ("HTTP", "HTTPS") and after == "TCP":
        yield (
            "protocol",
            "The health check only opens a connection and asks for no page: an application that hangs passes it.",
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
            f"The health check now takes {says} for healthy too: {shown(after)} instead of {shown(before)}.",
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
