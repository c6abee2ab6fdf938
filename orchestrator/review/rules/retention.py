"""How long things are kept: logs, messages, objects, items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import expiry
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number, switch
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import not_judgeable

_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


@dataclass(frozen=True, slots=True)
class Kept:
    """For how long something is kept. `nothing_is_forever` for settings in which 0 or none means without end."""

    path: str
    what: str
    unit: str = "days"
    nothing_is_forever: bool = False
    means: str = "what is older is deleted"


def less(rule: str, resource: Resource, kept: Kept) -> Iterator[Finding]:
    """A finding if something is kept for a shorter time than now. In a replacement what is unknown tells nothing."""
    if resource.action not in (Action.UPDATE, Action.REPLACE):
        return
    before, after = at(resource.before, kept.path), at(resource.after, kept.path)
    old = _length(before, kept)
    if old is None or old == 0:
        return
    if hidden(after):
        if resource.action is Action.UPDATE:
            yield from not_judgeable(
                resource, attribute_path(resource, kept.path), before, after, f"{kept.what} are kept for less time."
            )
        return
    new = _length(after, kept)
    if new is None:
        # Not set any more: what the provider falls back to cannot be seen here.
        return
    if new < old:
        off = new == 0
        says = (
            f"{kept.what} are switched off, and those that exist are deleted."
            if off
            else f"{kept.what} are kept for {new:g} {kept.unit} instead of "
            f"{'ever' if old == inf else f'{old:g}'}: {kept.means}."
        )
        yield shortened(rule, _HIGH if off else _MEDIUM, resource, kept, says)


def shortened(rule: str, severity: Severity, resource: Resource, kept: Kept, says: str) -> Finding:
    """The finding that something is kept for less time, or not at all."""
    return Finding(
        rule,
        severity,
        resource.address,
        says,
        "Keep them as long as anybody may want them, or copy them elsewhere first.",
        attribute_path(resource, kept.path),
        at(resource.before, kept.path),
        at(resource.after, kept.path),
    )


def _length(value: object, kept: Kept) -> float | None:
    if value is None:
        return inf if kept.nothing_is_forever else None
    length = number(value)
    return inf if kept.nothing_is_forever and length == 0 else length


_LOGS = {
    "aws_cloudwatch_log_group": Kept("retention_in_days", "Log events", nothing_is_forever=True),
    "aws_cloudtrail_event_data_store": Kept("retention_period", "Audit events"),
    "google_logging_project_bucket_config": Kept("retention_days", "Log entries"),
    "azurerm_log_analytics_workspace": Kept("retention_in_days", "Log entries"),
}
_SOONER = "what is new can be deleted that much sooner"
_LOCKS = {
    "aws_s3_bucket_object_lock_configuration": Kept("rule.default_retention.days", "Objects' locks", means=_SOONER),
    "google_storage_bucket": Kept("retention_policy.retention_period", "Objects' locks", "seconds", means=_SOONER),
}
_MESSAGES = {
    "aws_sqs_queue": Kept("message_retention_seconds", "Messages", "seconds"),
    "aws_kinesis_stream": Kept("retention_period", "Records", "hours"),
    "aws_cloudwatch_event_archive": Kept("retention_days", "Events", nothing_is_forever=True),
    "aws_timestreamwrite_table": Kept("retention_properties.magnetic_store_retention_period_in_days", "Records"),
}


def _logs(resource: Resource, plan: Plan) -> Iterator[Finding]:
    kept = _LOGS[resource.type]
    yield from less("log-retention-shortened", resource, kept)


def locks(resource: Resource) -> Iterator[Finding]:
    """Locks against deletion that hold for less time."""
    kept = _LOCKS.get(resource.type)
    mode = "rule.default_retention.mode"
    if at(resource.before, mode) == "COMPLIANCE" and at(resource.after, mode) == "GOVERNANCE":
        yield Finding(
            "protection-off",
            _MEDIUM,
            resource.address,
            "New objects are locked so that whoever has s3:BypassGovernanceRetention can delete them; until now nobody "
            "could.",
            'Leave mode = "COMPLIANCE" if a rule or an auditor asks for it.',
            attribute_path(resource, mode),
            "COMPLIANCE",
            "GOVERNANCE",
        )
    if kept:
        yield from less("protection-off", resource, kept)


def _data(resource: Resource, plan: Plan) -> Iterator[Finding]:
    kept = _MESSAGES.get(resource.type)
    if kept:
        yield from less("data-expires", resource, kept)
    if resource.type == "aws_dynamodb_table":
        yield from _time_to_live(resource)
    yield from expiry.expires(resource, plan)


def _time_to_live(resource: Resource) -> Iterator[Finding]:
    if resource.action is not Action.UPDATE:
        return
    before = (switch(at(resource.before, "ttl.enabled")) is True, at(resource.before, "ttl.attribute_name"))
    after = (switch(at(resource.after, "ttl.enabled")) is True, at(resource.after, "ttl.attribute_name"))
    if after[0] and after != before and not hidden(after[1]):
        yield Finding(
            "data-expires",
            _MEDIUM,
            resource.address,
            f"Items of the table are deleted from now on when the time in their attribute {after[1]} has passed; "
            "for those where it has, that is at once.",
            "Make sure that the attribute holds the time (in seconds) that is meant, also in the items of long ago.",
            ("ttl",),
            at(resource.before, "ttl"),
            at(resource.after, "ttl"),
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "log-retention-shortened",
        _MEDIUM,
        "Logs are kept for a shorter time",
        "What is older than the new time is deleted, and an audit may ask for it.",
        _logs,
        frozenset(_LOGS),
    ),
    Rule(
        "data-expires",
        _MEDIUM,
        "Data is deleted by itself, or earlier",
        "An expiry deletes what it matches, old data too, and nothing asks before.",
        _data,
        frozenset({*_MESSAGES, "aws_dynamodb_table"}) | expiry.TYPES,
    ),
)
