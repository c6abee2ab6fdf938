"""The configuration inside of a plan: its modules and resources by address, without instance keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_FARTHEST = 20
"""So many modules deep is a value followed."""

_DOCUMENTS = {
    "data.aws_iam_policy_document": (["json"], ["minified_json"]),
    "data.google_iam_policy": (["policy_data"],),
}
"""The data sources that write policy documents, and their attributes that are the text of one."""

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
    regions: Mapping[str, str] = field(default_factory=dict)
    """By the provider's key, as far as the configuration or a variable says it."""

    def region(self, address: str) -> str:
        """The region of a managed resource's provider; empty if it is not told."""
        path, _, name = without_keys(address).rpartition(".")
        path, _, kind = path.rpartition(".")
        module = self.modules.get(path)
        block = module.resources.get(f"{kind}.{name}") if module else None
        key = str((block or {}).get("provider_config_key") or "")
        # Before Terraform 1.1 the key is that of a module, also where the provider is handed down to it.
        return self.regions.get(key, "") or self.regions.get(key.rpartition(":")[2], "")

    def attributes(self, address: str) -> frozenset[str] | None:
        """The attributes that a managed resource's block sets, by its address in the plan; None without block."""
        path, _, name = without_keys(address).rpartition(".")
        path, _, kind = path.rpartition(".")
        module = self.modules.get(path)
        block = module.resources.get(f"{kind}.{name}") if module else None
        return None if block is None else frozenset(block.get("expressions") or ())

    def documents(self, address: str, attributes: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Which of a block's attributes are the text of a data source's policy document, and of which.

        The data source's address is without instance keys. Modules' inputs and outputs are followed; an attribute that
        refers to anything else too is left out.
        """
        path, _, name = without_keys(address).rpartition(".")
        path, _, kind = path.rpartition(".")
        module = self.modules.get(path)
        block = module.resources.get(f"{kind}.{name}") if module else None
        expressions = (block.get("expressions") if block else None) or {}
        for attribute in attributes:
            found = self._document(module, expressions.get(attribute), _FARTHEST)
            if found:
                yield attribute, found

    def _document(self, module: Module | None, expression: Any, far: int) -> str:
        named = expression.get("references") if isinstance(expression, Mapping) else None
        if module is None or not far or not isinstance(named, list):
            return ""
        # Terraform lists `data.a.b.json` and `data.a.b`: the longest is what is meant.
        whole = [one for one in map(str, named) if not any(str(it) != one and str(it).startswith(one) for it in named)]
        parts = without_keys(whole[0]).split(".") if len(whole) == 1 else []
        if parts[3:] in _DOCUMENTS.get(".".join(parts[:2]), ()):
            return module.address(".".join(parts[:3]))
        if parts[:1] == ["var"] and len(parts) == 2 and module.path:
            return self._document(self.modules.get(module.parent), module.inputs.get(parts[1]), far - 1)
        if parts[:1] == ["module"] and len(parts) == 3:
            inner = self.modules.get(module.address(".".join(parts[:2])))
            output = inner.outputs.get(parts[2]) if inner else None
            return self._document(inner, output.get("expression") if isinstance(output, Mapping) else None, far - 1)
        return ""

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
    return Configuration(modules, dict(_regions(shown)))


def _regions(shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    configuration = shown.get("configuration") or {}
    declared = (configuration.get("root_module") or {}).get("variables") or {}
    for key, provider in (configuration.get("provider_config") or {}).items():
        told = ((provider or {}).get("expressions") or {}).get("region") or {}
        value = told.get("constant_value") if isinstance(told, Mapping) else None
        names = told.get("references") if isinstance(told, Mapping) else None
        if value is None and isinstance(names, list) and len(names) == 1 and not provider.get("module_address"):
            name = str(names[0]).removeprefix("var.")
            given = (shown.get("variables") or {}).get(name) or {}
            value = given.get("value") or (declared.get(name) or {}).get("default")
        if isinstance(value, str):
            yield key, value
