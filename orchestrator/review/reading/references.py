"""Which resource refers to which, through modules' inputs and outputs and through data sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from orchestrator.review.model import Edge
from orchestrator.review.reading.configuration import Configuration, Module, without_keys

_FARTHEST = 50
_MOST_EDGES = 20_000
_NESTED = frozenset((dict, list))


def edges(configuration: Configuration, changed: Collection[str]) -> tuple[Edge, ...]:
    """The references from and to what changes, in order; `changed` are addresses without instance keys.

    `local.x` cannot be followed: a plan does not say what is in it.
    """
    resolver = _Resolver(configuration)
    found: dict[Edge, None] = {}
    for module in configuration.modules.values():
        for local, block in module.resources.items():
            if local.startswith("data."):
                continue
            source = module.address(local)
            for target in sorted(resolver.of_block(module, block, 0)):
                if target != source and (source in changed or target in changed):
                    found[Edge(source, target)] = None
            if len(found) > _MOST_EDGES:
                break
    return tuple(sorted(found, key=lambda edge: (edge.source, edge.target))[:_MOST_EDGES])


class _Resolver:
    """Follows references to the managed resources behind them; each way once."""

    def __init__(self, configuration: Configuration) -> None:
        self._modules = configuration.modules
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def of_block(self, module: Module, block: Mapping[str, Any], far: int) -> frozenset[str]:
        parts = [block.get("expressions"), block.get("for_each_expression"), block.get("count_expression")]
        return self._of(module, [*_references(parts), *(block.get("depends_on") or ())], far)

    def _of(self, module: Module, names: Iterable[str], far: int) -> frozenset[str]:
        # Terraform lists `module.a.out` and `module.a`, `aws_lb.this.arn` and `aws_lb.this`: the shorter adds nothing.
        short = {tuple(without_keys(name).split(".")[:4]) for name in names}
        longer = {name[:length] for name in short for length in range(1, len(name))}
        whole = {".".join(name) for name in short - longer}
        return frozenset().union(*(self._behind(module, name, far) for name in whole))

    def _behind(self, module: Module, name: str, far: int) -> frozenset[str]:
        key = module.path, name
        if key in self._known:
            return self._known[key]
        self._known[key] = frozenset()  # for a way that leads back to here
        if far < _FARTHEST:
            self._known[key] = self._follow(module, name, far + 1)
        return self._known[key]

    def _follow(self, module: Module, name: str, far: int) -> frozenset[str]:
        kind, *rest = name.split(".")
        if kind == "var" and rest:
            if not module.path:
                return frozenset()
            return self._of(self._modules[module.parent], _references(module.inputs.get(rest[0])), far)
        if kind == "module" and rest:
            inner = self._modules.get(module.address(f"module.{rest[0]}"))
            if inner is None:
                return frozenset()
            wanted = inner.outputs.values() if len(rest) == 1 else [inner.outputs.get(rest[1])]
            return self._of(inner, _references(list(wanted)), far)
        if kind == "data":
            block = module.resources.get(".".join(["data", *rest[:2]]))
            return self.of_block(module, block, far) if block else frozenset()
        local = ".".join([kind, *rest[:1]])
        return frozenset([module.address(local)]) if local in module.resources else frozenset()


def _references(tree: Any) -> Iterator[str]:
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            names = item.get("references")
            if isinstance(names, list):
                yield from (name for name in names if isinstance(name, str))
            waiting += [value for value in item.values() if type(value) in _NESTED]
        elif isinstance(item, list):
            waiting += [value for value in item if type(value) in _NESTED]
