"""A plan without most of the two states in it: only what is marked as sensitive in them is asked for.

They are half of a plan, which is neither decoded nor kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from orchestrator.review.reading.json_text import UNREADABLE, loads
from orchestrator.review.secrets.masking import marks


class _Resource(msgspec.Struct):
    values: Raw = Raw(b"null")
    sensitive_values: Any = None


class _Module(msgspec.Struct):
    resources: list[_Resource] = []
    child_modules: list[_Module] = []


class _Values(msgspec.Struct):
    outputs: dict[str, Any] = {}
    root_module: _Module = msgspec.field(default_factory=_Module)


class _State(msgspec.Struct):
    values: _Values | None = None


_PLAN = msgspec.json.Decoder(dict[str, Raw])
_STATE = msgspec.json.Decoder(_State)
_VALUES = msgspec.json.Decoder(_Values)


def plan(data: bytes) -> dict[str, Any] | None:
    """The JSON of a plan; of the two states in it only what is marked as sensitive. None for whatever else there is."""
    try:
        if not data.isascii():
            data.decode()  # What is passed over must be text as well.
        return {name: _part(name, raw) for name, raw in _PLAN.decode(data).items()}
    except UNREADABLE:
        return None


def _part(name: str, raw: Raw) -> Any:
    if name == "planned_values":
        return _marked(_VALUES.decode(raw))
    if name == "prior_state":
        state = _STATE.decode(raw).values
        return {"values": state and _marked(state)}
    return msgspec.json.decode(raw)


def _marked(values: _Values) -> dict[str, Any]:
    found, waiting = [], [values.root_module]
    while waiting:
        module = waiting.pop()
        found += [
            {"values": _where_marked(item.values, item.sensitive_values), "sensitive_values": item.sensitive_values}
            for item in module.resources
            if marks(item.sensitive_values)
        ]
        waiting += module.child_modules
    return {"outputs": values.outputs, "root_module": {"resources": found}}


def _where_marked(raw: Raw, tree: Any) -> Any:
    if not isinstance(tree, dict) or bytes(memoryview(raw)[:1]) != b"{":
        return loads(raw)
    values = _PLAN.decode(raw)
    return {name: _where_marked(values[name], mark) for name, mark in tree.items() if name in values and marks(mark)}
