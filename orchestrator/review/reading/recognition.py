"""What is a plan that can be read, and what else people hand over by mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import Failure
from orchestrator.review.reading import surroundings
from orchestrator.review.reading.json_text import DEPTH, too_deep

MAKE_ONE = "terraform show -json PLAN > plan.json, with a PLAN that `terraform plan -out PLAN` wrote"


def refuse_others(shown: Any) -> None:
    """Raise `Failure` for anything that is no plan of format 0.x or 1.x, or is nested deeper than anything can be."""
    if (
        isinstance(shown, list)
        and shown
        and all(isinstance(one, Mapping) and "resource_changes" in one for one in shown)
    ):
        raise surroundings.several(len(shown), "this", "jq -c '.[]' FILE")
    if not isinstance(shown, Mapping):
        raise Failure("this is no Terraform plan", reason="It is JSON, but no object.", next_step=MAKE_ONE)
    if "@level" in shown and "@message" in shown:
        raise Failure(
            "this is the event stream of `terraform plan -json`",
            reason="It has no attribute values, so there is nothing in it to review.",
            next_step=MAKE_ONE,
        )
    if "encrypted_data" in shown and "encryption_version" in shown:
        raise Failure(
            "this is encrypted by OpenTofu",
            reason="With an `encryption` block in the configuration, OpenTofu encrypts what it saves.",
            next_step="tofu show -json PLAN > plan.json, where the configuration and its keys are",
        )
    if "remote_plan_format" in shown:
        raise Failure(
            "this is HCP Terraform's bookmark of a plan, not the plan",
            reason="With a `cloud` block, `terraform plan -out` saves only which run the plan belongs to.",
            next_step="terraform show -json PLAN > plan.json, in the configuration's folder, by somebody with admin "
            "rights for the workspace",
        )
    redacted = is_redacted(shown)
    if "resource_changes" not in shown and "planned_values" not in shown and not redacted:
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
    version = format_version(shown)
    if not isinstance(version, str) or not re.fullmatch(r"0\.[12]|1(\.\d+)*", version):
        raise Failure(
            f"the plan has format {version or 'without a version'}, only 0.1, 0.2 and 1.x can be read",
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


def format_version(shown: Mapping[str, Any]) -> Any:
    """The format of a plan. In HCP Terraform's redacted form it has another name."""
    return shown.get("plan_format_version" if is_redacted(shown) else "format_version")


def is_redacted(shown: Mapping[str, Any]) -> bool:
    """True for what HCP Terraform's `json-output-redacted` gives: changes and schemas, and nothing else."""
    return "plan_format_version" in shown


def is_old(shown: Mapping[str, Any]) -> bool:
    """True for a plan of Terraform 0.12 to 1.0."""
    return str(format_version(shown)).startswith("0.")


def notes(shown: Mapping[str, Any]) -> tuple[str, ...]:
    """What a reader must know of a plan's form, in sentences: what cannot be in it, and so not in the report."""
    if is_redacted(shown):
        return (
            "This is the redacted form of HCP Terraform: sensitive values are not in it, nor are the configuration, "
            "the checks, and whether Terraform could finish the plan. The whole plan is what `json-output` gives to "
            "somebody with admin rights for the workspace.",
        )
    if not is_old(shown):
        return ()
    said = [
        f"This is a plan of format {format_version(shown)}, from Terraform before 1.1, which does not reliably say "
        "what is sensitive. Hidden are the variables and outputs that the configuration marks, and the attributes "
        "that are known to hold a secret or whose names say so. Others may be shown: look "
        "before you publish this report."
    ]
    if format_version(shown) == "0.1" and not shown.get("resource_drift"):
        said.append("This format has nothing about changes made outside of Terraform.")
    return tuple(said)
