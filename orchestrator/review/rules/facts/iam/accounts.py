"""Which AWS accounts a plan belongs to, as far as its own ARNs tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.review.model import Plan
from orchestrator.review.rules.kit.per_plan import per_plan

_ARN = re.compile(r"arn:[^:]+:[^:]*:[^:]*:(\d{12}):")


@per_plan
def own_accounts(plan: Plan) -> frozenset[str]:
    """The accounts that hold the plan's own objects: from their ARNs and owner ids. Empty where none is known yet."""
    return frozenset(_accounts(plan))


LOG_DELIVERY = frozenset(
    (
        "009996457667",
        "027434742980",
        "033677994240",
        "054676820928",
        "076674570225",
        "098369216593",
        "114774131450",
        "127311923021",
        "156460612806",
        "383597477331",
        "507241528517",
        "582318560864",
        "589379963580",
        "600734575887",
        "635631232127",
        "652711504416",
        "718504428378",
        "754344448648",
        "783225319266",
        "797873946194",
        "897822967062",
        "985666609251",
    )
)
"""AWS's own accounts from which load balancers write their access logs (Elastic Load Balancing's user guide)."""


def is_foreign(number: str, plan: Plan) -> bool:
    """True if an account is known not to be the plan's own, nor AWS's."""
    mine = own_accounts(plan)
    return bool(number) and bool(mine) and number not in mine and number not in LOG_DELIVERY


def account_id(principal: str) -> str:
    """The account's number in an ARN or a number by itself; empty if there is none."""
    found = re.search(r"(?<!\d)\d{12}(?!\d)", principal)
    return found[0] if found else ""


def _accounts(plan: Plan) -> set[str]:
    found: set[str] = set()
    for resource in plan.resources:
        for values in (resource.before, resource.after):
            if not isinstance(values, Mapping):
                continue
            found.update(_text(values.get("owner_id")), _text(values.get("registry_id")))
            if resource.type == "aws_caller_identity":
                found.update(_text(values.get("account_id")))
            arn = values.get("arn")
            if resource.managed and isinstance(arn, str) and (match := _ARN.match(arn)):
                found.add(match[1])
    return found


def _text(value: Any) -> list[str]:
    return [value] if isinstance(value, str) and re.fullmatch(r"\d{12}", value) else []
