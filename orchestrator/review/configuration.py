"""The configuration inside of a plan: its modules and resources by address, without instance keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_KEY = re.compile(r'\["(?:[^"\\]|\\.)*"\]|\[[^\]"]*\]')


def without_keys(address: str) -> str:
    """`module.a["x"].aws_lb.this[0]` as the configuration knows it: `module.a.aws_lb.this`."""
    return _KEY.sub("", address) if "[" in address else address


def keys_replaced(address: str, clean: Callable[[str], str]) -> str:
    """An address with its instance keys made clean. The rest of it is names, which are no secrets."""
    return _KEY.sub(lambda match: clean(match[0]), address) if "[" in address else address


@dataclass(frozen=True)
class Module:
    """One module: `path` is `""` for the root, `module.a.module.b` below it; `inputs` are the call's expressions."""

    path: str
    parent: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]

    def address(self, local: str) -> str:
        """The whole address of a resource in this module."""
        return f"{self.path}.{local}" if self.path else local


@dataclass(frozen=True)
class Configuration:
    """All modules by path. Empty if the plan has no configuration."""

    modules: Mapping[str, Module] = field(default_factory=dict)

    def attributes(self, address: str) -> frozenset[str] | None:
        """The attributes that a managed resource's block sets, by its address in the plan; None without block."""
        path, _, name = without_keys(address).rpartition(".")
        path, _, kind = path.rpartition(".")
        module = self.modules.get(path)
        block = module.resources.get(f"{kind}.{name}") if module else None
        return None if block is None else frozenset(block.get("expressions") or ())

    def words(self) -> Iterator[str]:
        """The names that stand in the configuration: none of them is a secret."""
        for module in self.modules.values():
            yield from module.path.split(".")
            yield from module.inputs
            yield from module.outputs
            for local, block in module.resources.items():
                yield from local.split(".")
                yield from block.get("expressions") or ()


def read(shown: Mapping[str, Any]) -> Configuration:
    """The configuration of a plan in JSON."""
    root = (shown.get("configuration") or {}).get("root_module") or {}
    modules: dict[str, Module] = {}
    waiting: list[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]] = [("", "", {}, root)]
    while waiting:
        path, parent, inputs, raw = waiting.pop()
        modules[path] = Module(
            path,
            parent,
            inputs,
            raw.get("outputs") or {},
            {block["address"]: block for block in raw.get("resources") or ()},
        )
        for name, call in (raw.get("module_calls") or {}).items():
            inner = f"{path}.module.{name}" if path else f"module.{name}"
            waiting.append((inner, path, call.get("expressions") or {}, call.get("module") or {}))
    return Configuration(modules)
