"""Keys: disabled, no longer rotated, sooner gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, hidden, number
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, switched_off

_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW

_KEYS: Mapping[str, tuple[Switch, ...]] = {
    type_: (
        Switch(
            "is_enabled" if type_ == "aws_kms_key" else "enabled",
            "The key is disabled: everything that is encrypted with it cannot be read until it is enabled again.",
            "Leave the key enabled as long as anything is encrypted with it.",
        ),
    )
    for type_ in ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key")
}
_ROTATION = Switch(
    "enable_key_rotation",
    "The key is no longer rotated every year.",
    "Leave enable_key_rotation on: old data stay readable, it costs nothing to applications.",
    severity=_MEDIUM,
    born=_LOW,
    born_says="The key is made without yearly rotation.",
)


def _disabled(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is Action.UPDATE:
        yield from switched_off("key-disabled", resource, _KEYS[resource.type])


def rotation(resource: Resource) -> Iterator[Finding]:
    """A key that is no longer rotated, or a new one that is not."""
    if resource.type != "aws_kms_key":
        return
    # Only symmetric keys can be rotated by KMS.
    specification = at(resource.after, "customer_master_key_spec")
    if specification in (None, "SYMMETRIC_DEFAULT") or hidden(specification):
        yield from switched_off("protection-off", resource, [_ROTATION])


_WINDOWS = {
    "aws_kms_key": ("deletion_window_in_days", "Keys whose deletion is called for"),
    "aws_kms_replica_key": ("deletion_window_in_days", "Keys whose deletion is called for"),
    "aws_secretsmanager_secret": ("recovery_window_in_days", "Secrets that are deleted"),
}


def _window(resource: Resource, plan: Plan) -> Iterator[Finding]:
    name, what = _WINDOWS[resource.type]
    before, after = number(at(resource.before, name)), number(at(resource.after, name))
    if resource.action is Action.UPDATE and before and after is not None and after < before:
        yield Finding(
            "deletion-window-shortened",
            _MEDIUM if after == 0 else _LOW,
            resource.address,
            f"{what} can be called back for {after:g} days instead of {before:g}.",
            "Leave the waiting time long: it is the last way back.",
            (name,),
            at(resource.before, name),
            at(resource.after, name),
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "key-disabled",
        _HIGH,
        "A key is disabled",
        "Nothing that is encrypted with a disabled key can be read.",
        _disabled,
        frozenset(_KEYS),
    ),
    Rule(
        "deletion-window-shortened",
        _LOW,
        "The time to take a deletion back is shortened",
        "In the waiting time a deleted key or secret can still be called back.",
        _window,
        frozenset(_WINDOWS),
    ),
)
