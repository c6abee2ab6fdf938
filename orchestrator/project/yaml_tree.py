"""A YAML document as a tree of nodes that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml


def plain(node: yaml.Node) -> Any:
    """The node's value. Raises `ValueError` where its text does not fit its type: 2020-13-45, or a tag of its own."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        # The constructor trusts that a tagged value has its type's form, and fails in as many ways as it does not.
        raise ValueError(getattr(error, "problem", None) or "it has not the form of its type") from error
    finally:
        loader.dispose()


def written(node: yaml.Node) -> str:
    """A value as it stands in the file; text in quotes."""
    try:
        value = plain(node)
    except ValueError:  # said of its key already
        value = None
    return str(node.value) if isinstance(node, yaml.ScalarNode) and not isinstance(value, str) else repr(value)


def at(node: yaml.Node, place: tuple[int | str, ...]) -> yaml.Node:
    """The node at a place, or the last on the way there that exists."""
    for step in place:
        below = _below(node, step)
        if below is None:
            return node
        node = below
    return node


def exists(node: yaml.Node, place: tuple[int | str, ...]) -> bool:
    """True if there is something at the place."""
    below = _below(node, place[0]) if place else node
    return below is not None and (not place or exists(below, place[1:]))


def key_line(node: yaml.Node, place: tuple[int | str, ...]) -> int:
    """The line, from 1, of the key or element at a place, or of the last on the way there that exists."""
    line = 0
    for step in place:
        below = _below(node, step)
        if below is None:
            break
        keys = node.value if isinstance(node, yaml.MappingNode) else ()
        mark = next((key.start_mark for key, value in keys if value is below), below.start_mark)
        node, line = below, mark.line
    return line + 1


def _below(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next(
            (value for key, value in node.value if isinstance(key, yaml.ScalarNode) and key.value == str(step)), None
        )
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def numbered(node: yaml.Node, place: tuple[int | str, ...]) -> Iterator[int]:
    """Where in the text the keys of the mapping at a place begin that every YAML reader takes for the same number."""
    found = at(node, place) if exists(node, place) else None
    for key, _ in found.value if isinstance(found, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode) and key.style is None and re.fullmatch("[1-9][0-9]*", key.value):
            yield key.start_mark.index


def indexes(node: yaml.Node, above: tuple[int, ...] = ()) -> Iterator[int]:
    """Where in the text a value and all that is in it begin."""
    yield node.start_mark.index
    if id(node) not in above and not isinstance(node, yaml.ScalarNode):
        for item in node.value:
            for part in item if isinstance(item, tuple) else (item,):
                yield from indexes(part, (*above, id(node)))


def duplicates(node: yaml.Node, above: tuple[int, ...] = ()) -> Iterator[yaml.ScalarNode]:
    """The keys in a value that stand there a second time in their mapping, at any depth."""
    if id(node) in above or isinstance(node, yaml.ScalarNode):
        return
    seen: set[str] = set()
    for item in node.value:
        if isinstance(item, tuple):
            if isinstance(item[0], yaml.ScalarNode):
                if item[0].value in seen:
                    yield item[0]
                seen.add(item[0].value)
            yield from duplicates(item[1], (*above, id(node)))
        else:
            yield from duplicates(item, (*above, id(node)))
