"""The schema as a JSON Schema, with which an editor completes and checks a service.yaml while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from orchestrator.project.schema import checks, describe
from orchestrator.project.schema.between import KINDS
from orchestrator.project.schema.rules import FARGATE_MEMORY
from orchestrator.project.schema.service import NOT_KEYS, Service

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON Schema. What holds between several files or requests is left to the orchestrator's own check."""
    made: dict[str, Any] = _tidied(checks.adapter().json_schema())
    for name in NOT_KEYS:
        made["properties"].pop(name)
    made["required"] = [name for name in made.get("required", []) if name not in NOT_KEYS]
    return {
        "$schema": DIALECT,
        "title": "service.yaml",
        "description": "The manifest of a service. docs/service-yaml.md explains every key.",
        **{key: value for key, value in made.items() if key not in ("title", "description")},
        "allOf": [*_sizes(), *_kinds()],
    }


def _tidied(value: Any) -> Any:
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _tidied(item) for key, item in value.items() if key != "form" or isinstance(item, dict)}
    if isinstance(made.get("title"), str):
        del made["title"]
    if made.get("description") == "":
        del made["description"]
    if isinstance(made.get("example"), str):
        made["examples"] = [yaml.safe_load(made.pop("example"))]
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if isinstance(made.get("default"), type(None)):
        made.pop("default", None)
    if isinstance(options := made.get("anyOf"), list) and {"type": "null"} in options:
        # None stands for what is not given. Nobody writes it.
        rest = [option for option in options if option != {"type": "null"}]
        made["anyOf"] = rest
        if len(rest) == 1:
            del made["anyOf"]
            made = {**rest[0], **made}
    return made


def _sizes() -> Iterator[dict[str, Any]]:
    """Which memory goes with which CPU."""
    usual_cpu, usual_memory = 256, 512
    for cpu, sizes in FARGATE_MEMORY.items():
        asked: dict[str, Any] = {"properties": {"cpu": {"const": cpu}}}
        if cpu != usual_cpu:
            asked["required"] = ["cpu"]
        then: dict[str, Any] = {"properties": {"memory": {"enum": sorted(sizes)}}}
        if usual_memory not in sizes:
            then["required"] = ["memory"]
        yield {"if": asked, "then": then}


def _kinds() -> Iterator[dict[str, Any]]:
    """Which keys go with which kind; a manifest without one is of kind web."""
    for key, kinds in KINDS.items():
        other = [kind for kind in describe.choices(describe.keys(Service)["kind"].type) if kind not in kinds]
        asked: dict[str, Any] = {"properties": {"kind": {"enum": other}}}
        if "web" not in other:
            asked["required"] = ["kind"]
        yield {"if": asked, "then": {"properties": {key: False}}}
    yield {"if": {"properties": {"kind": {"const": "web"}}}, "then": {"required": ["paths"]}}
