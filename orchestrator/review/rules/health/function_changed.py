"""Functions that run in another way: another runtime, settings that are gone or lead elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import at, hidden
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, Reads
from orchestrator.review.rules.kit.rule import Rule

_FUNCTION = "aws_lambda_function"
_ADVICE = "Publish a version and move an alias to it bit by bit, or try it on another function first."

# "Deprecated runtimes", AWS Lambda developer guide.
_DEPRECATED = re.compile(
    r"nodejs(?:4\.3(?:-edge)?|6\.10|8\.10|1[0-8]\.x|20\.x)?|python(?:2\.7|3\.[6-9])|ruby(?:2\.[57]|3\.2)"
    r"|dotnetcore[123]\.[01]|dotnet6|java8|go1\.x|provided"
)
_PARTS = re.compile(r"([a-z]+)(.*)")
_LEADS_SOMEWHERE = re.compile(
    r"(?:^|_)(?:URL|URI|HOST|HOSTNAME|ENDPOINT|ADDRESS|ARN|TABLE|BUCKET|QUEUE|TOPIC|STREAM|DATABASE|DB|CLUSTER|DOMAIN)"
    r"(?:_NAME|_ID|_ARN|_URL|_HOST)?$",
    re.I,
)


def _changed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action not in CHANGED:
        return
    says = [*_runtime(resource), *_architecture(resource), *_environment(resource)]
    if says:
        yield Finding(
            "",
            Severity.MEDIUM,
            resource.address,
            " ".join(
                [*says, "It takes effect at once, for every call, and nothing checks that the function still works."]
            ),
            _ADVICE,
        )


def _runtime(resource: Resource) -> Iterator[str]:
    before, after = at(resource.before, "runtime"), at(resource.after, "runtime")
    if not (isinstance(before, str) and isinstance(after, str) and before and after) or before == after:
        return
    old, new = _PARTS.match(before), _PARTS.match(after)
    other = bool(old and new and old[1] != new[1])
    if not other and _is_next(before, after) and not _DEPRECATED.fullmatch(after):
        return  # python3.12 to python3.13
    says = f"The runtime changes from {before} to {after}{', another language' if other else ''}"
    yield f"{says}: what the code and its packages do not support fails at the first call."
    if _DEPRECATED.fullmatch(after):
        yield f"AWS no longer maintains {after}: it gets no security updates, and later changes of it are refused."


def _is_next(before: str, after: str) -> bool:
    """True for the next smaller version: of the same major one, and one further."""
    old, new = ([int(part) for part in re.findall(r"\d+", name)] for name in (before, after))
    return len(old) == len(new) == 2 and old[0] == new[0] and old[1] + 1 == new[1]


def _architecture(resource: Resource) -> Iterator[str]:
    before, after = at(resource.before, "architectures"), at(resource.after, "architectures")
    if isinstance(before, list) and isinstance(after, list) and before and after and before != after:
        yield f"It runs on {listed(after)} instead of {listed(before)}: compiled packages and layers must be for that."


def _environment(resource: Resource) -> Iterator[str]:
    """Names only: values may be secret."""
    if hidden(at(resource.after, "environment")):
        return
    before, after = _variables(resource.before), _variables(resource.after)
    if before is None or after is None:
        return
    gone = [name for name in before if name not in after]
    if gone:
        yield f"Environment variables are removed: {listed(sorted(gone))}. Code that reads them finds nothing."
    elsewhere = [name for name in before if name in after and _leads_elsewhere(name, before[name], after[name])]
    if elsewhere:
        yield f"Environment variables that say what it works with change: {listed(sorted(elsewhere))}."


def _variables(values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    found = at(values, "environment.variables")
    return {} if found is None else found if isinstance(found, Mapping) else None


def _leads_elsewhere(name: str, before: Any, after: Any) -> bool:
    # What is known only after apply follows what this plan replaces, which is told there.
    known = not hidden(after) and (hidden(before) or (isinstance(before, str) and bool(before)))
    return known and before != after and _LEADS_SOMEWHERE.search(name) is not None


def _function(runtime: str, **variables: str) -> dict[str, Any]:
    return {"function_name": "f", "runtime": runtime, "environment": [{"variables": variables}]}


RULE = Rule(
    "function-changed",
    Severity.MEDIUM,
    "A function runs in another way",
    "No health check stands between a change of a function and those who call it.",
    looks=_changed,
    watches=(Reads(_FUNCTION, "runtime architectures environment"),),
    fix=_ADVICE,
    examples=(
        Fires(_FUNCTION, _function("nodejs20.x"), _function("python3.13"), both_ways=True),
        Fires(_FUNCTION, _function("nodejs22.x", BUCKET="a", LEVEL="info"), _function("nodejs22.x", LEVEL="info")),
        Fires(_FUNCTION, _function("nodejs22.x", DB_HOST="a"), _function("nodejs22.x", DB_HOST="b"), both_ways=True),
        Silent(_FUNCTION, _function("nodejs22.x", LEVEL="info"), _function("nodejs22.x", LEVEL="debug")),
        Silent(_FUNCTION, _function("nodejs22.x"), _function("nodejs22.x", BUCKET="a")),
        Fires(_FUNCTION, _function("nodejs20.x"), _function("nodejs22.x"), both_ways=True),
        Silent(_FUNCTION, _function("python3.12"), _function("python3.13")),
        Silent(_FUNCTION, {"memory_size": 128}, {"memory_size": 256}),
        Silent(_FUNCTION, None, _function("python3.13", BUCKET="a")),
    ),
)
