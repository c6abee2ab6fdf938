"""What is a plan that can be read, and what else people hand over by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.errors import Failure
from orchestrator.review.reading.json_text import DEPTH, too_deep

MAKE_ONE = "terraform show -json PLAN > plan.json, with a PLAN that `terraform plan -out PLAN` wrote"


def refuse_others(shown: Any) -> None:
    """Raise `Failure` for anything that is no plan of format 1.x, or is nested deeper than anything can be."""
    if not isinstance(shown, Mapping):
        raise Failure("this is no Terraform plan", reason="It is JSON, but no object.", next_step=MAKE_ONE)
    if "@level" in shown and "@message" in shown:
        raise Failure(
            "this is the event stream of `terraform plan -json`",
            reason="It has no attribute values, so there is nothing in it to review.",
            next_step=MAKE_ONE,
        )
    if "resource_changes" not in shown and "planned_values" not in shown:
        if "values" in shown or {"version", "lineage"} <= shown.keys() or shown.keys() <= {"format_version"}:
            raise Failure(
                "this is a state, not a plan",
                reason="`terraform show -json` without a file, or a state file, says what is, not what will change.",
                next_step=MAKE_ONE,
            )
        raise Failure(
            "this is no Terraform plan",
            reason="It is JSON, but has neither resource_changes nor planned_values.",
            next_step=MAKE_ONE,
        )
    version = shown.get("format_version")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise Failure(
            f"the plan has format {version or 'without a version'}, only 1.x can be read",
            reason="What another major version means is not known here, and guessing would pass things over.",
            next_step="use a Terraform or OpenTofu whose `show -json` writes format_version 1.x",
        )
    for place in ("resource_changes", "resource_drift", "output_changes", "checks", "variables", "action_invocations"):
        if too_deep(shown.get(place)):
            raise Failure(
                "the plan has a value that is nested too deep",
                reason=f"Something in {place} has more than {DEPTH} levels; no provider's values have that many.",
                next_step=MAKE_ONE,
            )
