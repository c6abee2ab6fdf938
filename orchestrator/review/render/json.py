"""The review for programs. `review.schema.json` describes it; `format` is its version."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from orchestrator.review.cost import words as cost
from orchestrator.review.cost.result import Cost
from orchestrator.review.model import Check, Coverage, Deleted, Deploy, Difference, Finding, Output, Resource, Review
from orchestrator.review.render import text, words
from orchestrator.review.secrets import leaks
from orchestrator.review.secrets.labels import labels
from orchestrator.review.values import UNKNOWN, Sensitive, dotted

FORMAT: Final = 2
PLAIN: Final = frozenset({str, bool, int, type(None)})
OWN_WORDS = frozenset({"verdict", "severity", "action", "rule", "format"})


def render(review: Review) -> str:
    """The review as JSON text with a line end; each finding and each change is a line."""
    parts: list[str] = []
    for name, item in as_dict(review).items():
        parts.append(f"{',' if parts else '{'}\n  {json.dumps(name)}: ")
        if isinstance(item, list) and item:
            parts += ["[\n    ", ",\n    ".join(json.dumps(row) for row in item), "\n  ]"]
        else:
            parts.append(json.dumps(item))
    return text.commands_escaped("".join([*parts, "\n}\n"]), "\\u0023")


def as_dict(review: Review) -> dict[str, Any]:
    """The review as JSON values. Unknown is `{"unknown": true}`, sensitive `{"sensitive": true}`."""
    plan = review.plan
    counts = asdict(review.counts)
    document = {
        "format": FORMAT,
        "terraform_version": plan.terraform_version,
        "environment": review.context.environment,
        "title": words.title(review),
        "project": review.context.project,
        "commit": review.context.commit,
        "file": review.context.file,
        "planned_at": plan.made_at,
        "verdict": review.verdict.value,
        "because": review.because,
        "counts": {
            "add": counts["create"],
            "change": counts["update"],
            "replace": counts["replace"],
            "destroy": counts["delete"],
            "move": counts["move"],
            "import": counts["imported"],
            "forget": counts["forget"],
        },
        "coverage": _coverage(review.coverage),
        "terraform_counts": {
            "add": review.counts.terraform_add,
            "change": review.counts.update,
            "destroy": review.counts.terraform_destroy,
        },
        "stops": review.stops,
        "complete": plan.complete,
        "errored": plan.errored,
        "notes": list(plan.notes),
        "cost": _cost(review.cost) if review.cost else None,
        "deploys": [_deploy(item) for item in review.deploys],
        "findings": [_finding(item) for item in review.findings],
        "checks": [_check(item) for item in plan.checks],
        "changes": [_resource(item) for item in plan.changed],
        "deleted_outside": [_deleted(item) for item in review.deleted],
        "drift": [_resource(item) for item in plan.drift],
        "other_drift": plan.other_drift,
        "outputs": [_output(item) for item in plan.outputs],
        "policy_notes": list(review.policy_notes),
    }
    found = leaks.pattern("\n".join(_texts(document)), plan.secrets, names=labels(plan))
    return {name: _without(item, found, name) for name, item in document.items()} if found else document


def plain(value: Any) -> Any:
    """A value of the plan as JSON."""
    if type(value) in PLAIN:
        return value  # nearly all of them
    if value is UNKNOWN:
        return {"unknown": True}
    if isinstance(value, Sensitive):
        return {"sensitive": True}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # a number of Terraform's that is too large for JSON's readers
    return value if value is None or isinstance(value, str | bool | int | float) else repr(value)


def _coverage(found: Coverage) -> dict[str, Any]:
    return {
        "changes": found.changes,
        "judged": found.judged,
        "harmless": found.harmless,
        "unknown": found.not_known,
        "unknown_types": [
            {"type": type_, "count": len(addresses), "addresses": list(addresses)} for type_, addresses in found.unknown
        ],
    }


def _deploy(item: Deploy) -> dict[str, Any]:
    return {
        "service": item.service,
        "address": item.address,
        "before": plain(item.before),
        "after": plain(item.after),
        "commits": list(item.commits),
        "note": item.note,
    }


def _finding(item: Finding) -> dict[str, Any]:
    return {
        "rule": item.rule,
        "severity": str(item.severity),
        "address": item.address,
        "reason": item.reason,
        "advice": item.advice,
        "attribute": dotted(item.path),
        "before": plain(item.before),
        "after": plain(item.after),
        "excepted": item.excepted,
    }


def _resource(item: Resource) -> dict[str, Any]:
    return {
        "address": item.address,
        "module": item.module,
        "type": item.type,
        "action": item.action.value,
        "reason": item.action_reason,
        "replaces_because_of": [dotted(path) for path in item.replace_paths],
        "create_before_destroy": item.create_before_destroy,
        "moved_from": item.moved_from,
        "import_id": item.import_id,
        "deposed": item.deposed,
        "differences": [_difference(difference) for difference in item.differences],
    }


def _difference(item: Difference) -> dict[str, Any]:
    return {
        "attribute": dotted(item.path),
        "before": plain(item.before),
        "after": plain(item.after),
        "added": item.added,
        "removed": item.removed,
        "noise": item.noise,
        "replaces": item.replaces,
    }


def _output(item: Output) -> dict[str, Any]:
    return {
        "name": item.name,
        "action": item.action.value,
        "before": plain(item.before),
        "after": plain(item.after),
    }


def _deleted(item: Deleted) -> dict[str, Any]:
    return {"address": item.address, "type": item.type, "lost": item.lost, "made_again": item.made_again}


def _cost(item: Cost) -> dict[str, Any]:
    return {
        "monthly_usd": _dollars(item.monthly) if item.lines else None,
        "regions": list(item.regions),
        "prices_compiled": item.compiled,
        "basis": cost.basis(item),
        "lines": [
            {"address": line.address, "what": line.what, "monthly_usd": _dollars(line.monthly)} for line in item.lines
        ],
        "unknown": [{"address": other.address, "reason": other.reason} for other in item.unpriced],
    }


def _dollars(amount: Decimal) -> float:
    return float(round(amount, 2))


def _check(item: Check) -> dict[str, Any]:
    return {"address": item.address, "status": item.status, "messages": list(item.messages)}


def _texts(value: Any) -> set[str]:
    """The different texts in it. Many plans say the same thing thousands of times; each is looked at once."""
    found: set[str] = set()
    waiting = [[value]]
    while waiting:
        for one in waiting.pop():
            if isinstance(one, str):
                found.add(one)
            elif isinstance(one, dict):
                found.update(one)
                waiting.append(list(one.values()))
            elif isinstance(one, list):
                waiting.append(one)
    return found


def _without(value: Any, secrets: re.Pattern[str], name: str, *, own: bool = True) -> Any:
    """The value without the secrets. The document's own words (`high`) and names stay: they are not the plan's."""
    if isinstance(value, str):
        if own and name in OWN_WORDS:
            return value
        return secrets.sub(leaks.masked, value)
    if isinstance(value, dict):
        ours = own and name not in ("before", "after")
        return {
            key if ours else _without(key, secrets, "", own=False): _without(item, secrets, key, own=ours)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without(item, secrets, name, own=own) for item in value]
    return value
