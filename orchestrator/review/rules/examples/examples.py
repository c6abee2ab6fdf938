"""Examples of a rule: a resource before and after, and whether the rule finds something. Tests run them, pages show
them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Severity

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Beside:
    """Another resource of the example's plan. Without `after` it stays as it is."""

    address: str
    before: Values | None
    after: Values | None


@dataclass(frozen=True, slots=True)
class Example:
    """One resource that changes: `before` is None if it is created, `after` if it is destroyed.

    `replaced` names the attribute that forces a replacement, `unknown` attributes that are known only after apply.
    `outside` says that the resource was deleted outside of Terraform and the plan creates it again, or that it was
    changed there and the plan leaves it so.
    """

    type: str
    before: Values | None
    after: Values | None
    severity: Severity | None = None
    beside: tuple[Beside, ...] = ()
    replaced: str = ""
    unknown: tuple[str, ...] = ()
    outside: bool = False
    forgotten: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fires(Example):
    """The rule finds this, with this severity (its usual one if none is given).

    The change back is no finding, unless the rule finds it `both_ways`.
    """

    both_ways: bool = False


@dataclass(frozen=True, slots=True)
class Silent(Example):
    """The rule says nothing of this."""


def same(address: str, values: Values) -> Beside:
    """A resource beside the example's that does not change."""
    return Beside(address, values, values)


def policy(*statements: Values) -> str:
    """A policy document as `jsonencode` writes it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"), sort_keys=True)


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> Values:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> Values:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


ACCOUNT = "111122223333"
STRANGER = "999988887777"
OWN_ACCOUNT = same("aws_sns_topic.own", {"arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:own"})
"""A resource that tells which account the plan works in."""
