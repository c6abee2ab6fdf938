"""Values compared as structures: JSON strings decoded, a list's elements matched by what they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestrator.review.model import Difference
from orchestrator.review.reading import elements, noise
from orchestrator.review.reading.json_text import BEGINS, DEPTH, decoded
from orchestrator.review.values import AttributePath

__all__ = ["decoded", "differences"]


def differences(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    replace_paths: Sequence[AttributePath] = (),
    configured: Collection[str] | None = None,
    provider: str = "",
) -> tuple[Difference, ...]:
    """What changes between two values of a resource, in the attributes' order; empty if nothing does or one is None.

    `replace_paths` are Terraform's: what forces the replacement is marked, and is there even if it looks the same.
    `configured` are the attributes that the configuration sets, None if that is not known: any other that merely
    becomes unknown is noise. `provider` is the first word of the resource's type (`aws`).
    """
    if before is None or after is None:
        return ()
    found = list(_mappings(before, after, (), False))
    for path in replace_paths:
        if not any(_meet(path, item.path) for item in found):
            found.append(Difference(path, _at(before, path), _at(after, path), replaces=True))
    return tuple(_judged(found, replace_paths, configured, provider))


def _judged(
    found: Sequence[Difference],
    replace_paths: Sequence[AttributePath],
    configured: Collection[str] | None,
    provider: str,
) -> Iterator[Difference]:
    if not found:
        return
    images = noise.images(found)
    by_path = {item.path: item for item in found}
    quiet = [
        item.noise
        or noise.is_noise(item, by_path, images, configured)
        or (provider == "aws" and noise.is_zero_for_null(item))
        for item in found
    ]
    if not replace_paths:
        yield from (
            replace(item, noise=True) if is_quiet and not item.noise else item
            for item, is_quiet in zip(found, quiet, strict=True)
        )
        return
    forcing = [{path for path in replace_paths if _meet(path, item.path)} for item in found]
    # Noise beside the change that forces the replacement stays noise; noise that alone forces it is none.
    loud = {path for paths, is_quiet in zip(forcing, quiet, strict=True) if not is_quiet for path in paths}
    for item, paths, is_quiet in zip(found, forcing, quiet, strict=True):
        replaces = bool(paths - loud) if is_quiet else bool(paths)
        yield Difference(
            item.path, item.before, item.after, item.added, item.removed, is_quiet and not replaces, replaces
        )


def _meet(one: AttributePath, other: AttributePath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _at(value: Any, path: AttributePath) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _compare(before: Any, after: Any, path: AttributePath, in_json: bool) -> Iterator[Difference]:
    if before is after:
        return
    if isinstance(before, str) and isinstance(after, str):
        if before == after:
            return
        # JSON in JSON in JSON could go on for ever: what is deeper than anything should be is compared as a text.
        old, new = (before, after) if len(path) > DEPTH else (decoded(before), decoded(after))
        if type(old) is not type(new) or isinstance(old, str):
            yield Difference(path, before, after)
            return
        before, after, in_json = old, new, True
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mappings(before, after, path, in_json)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path, in_json)
    elif in_json and "Statement" in path and _is_one_and_many(before, after):
        # In a policy document a single text and a list of that text mean the same.
        yield from _lists(_as_list(before), _as_list(after), path, in_json)
    elif before != after:
        alike = elements.is_empty(before) and elements.is_empty(after)
        yield Difference(path, before, after, noise=alike)


def _is_one_and_many(before: Any, after: Any) -> bool:
    return {type(before), type(after)} == {str, list}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _mappings(
    before: Mapping[str, Any], after: Mapping[str, Any], path: AttributePath, in_json: bool
) -> Iterator[Difference]:
    for name, value in before.items():
        if name in after:
            other = after[name]
            if value == other:
                continue
            if type(value) is str and type(other) is str and value[:1] not in BEGINS:
                yield Difference((*path, name), value, other)
            else:
                yield from _compare(value, other, (*path, name), in_json)
        else:
            yield Difference((*path, name), value, None, removed=True, noise=elements.is_empty(value))
    for name, value in after.items():
        if name not in before:
            yield Difference((*path, name), None, value, added=True, noise=elements.is_empty(value))


def _lists(before: list[Any], after: list[Any], path: AttributePath, in_json: bool) -> Iterator[Difference]:
    if before == after:
        return
    if in_json and (old := elements.as_mapping(before)) is not None and (new := elements.as_mapping(after)) is not None:
        yield from _mappings(old, new, path, in_json)
        return
    matched = elements.match(before, after, path, in_json)
    if matched is None:
        yield Difference(path, before, after)
        return
    something = False
    for pair in matched:
        place = (*path, pair.place)
        if pair.old is elements.NOTHING:
            something = True
            yield Difference(place, None, pair.new, added=True)
        elif pair.new is elements.NOTHING:
            something = True
            yield Difference(place, pair.old, None, removed=True)
        else:
            for item in _compare(pair.old, pair.new, place, in_json):
                something = True
                yield item
    if not something and elements.order_counts(before, after, path, in_json):
        yield Difference(path, before, after)
