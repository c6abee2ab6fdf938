"""Container definitions that are sensitive as a whole because one password is in them: their images, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.review.model import Difference
from orchestrator.review.reading import structures
from orchestrator.review.reading.json_text import decoded

DEFINITIONS = "container_definitions"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:-]{0,300}(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})")

Images = tuple[tuple[str, str | None, str | None], ...]


def images(change: Mapping[str, Any]) -> Images:
    """Container, image before and after, from a raw change; empty if its definitions are not hidden.

    Only a plain name beside an image that ends in a digest or a tag: what has another form stays hidden.
    """
    trees = (change.get("before_sensitive"), change.get("after_sensitive"))
    if not any(tree is True or (isinstance(tree, Mapping) and tree.get(DEFINITIONS) is True) for tree in trees):
        return ()
    old, new = (_images(_definitions(change, side)) for side in ("before", "after"))
    return tuple((name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))


def with_images(change: Mapping[str, Any], known: Images, found: Sequence[Difference]) -> Iterator[Difference]:
    """The differences with the images that move told. The hidden one stays if anything else in it changes."""
    moved = {name: (old, new) for name, old, new in known if old and new and old != new}
    for item in found:
        if item.path != (DEFINITIONS,) or not moved:
            yield item
            continue
        for name, (old, new) in moved.items():
            yield Difference((DEFINITIONS, name, "image"), old, new, replaces=item.replaces)
        inner = structures.differences(*({DEFINITIONS: _definitions(change, side)} for side in ("before", "after")))
        if any(not other.noise and not (other.path[2:] == ("image",) and other.path[1] in moved) for other in inner):
            yield item


def _definitions(change: Mapping[str, Any], side: str) -> Any:
    return (change.get(side) or {}).get(DEFINITIONS)


def _images(definitions: Any) -> dict[str, str]:
    containers = decoded(definitions)
    found = {}
    for item in containers if isinstance(containers, list) else ():
        name, image = (item.get("name"), item.get("image")) if isinstance(item, Mapping) else (None, None)
        if isinstance(name, str) and isinstance(image, str) and _NAME.fullmatch(name) and _IMAGE.fullmatch(image):
            found[name] = image
    return found
