"""What another change brings along and a reviewer need not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from orchestrator.review.model import Difference
from orchestrator.review.values import UNKNOWN, AttributePath

# Never set by anyone, new with every new version of the object.
_COMPUTED = frozenset((
    "arn", "arn_suffix", "arn_without_revision", "create_date", "etag", "id", "invoke_arn", "last_modified",
    "qualified_arn", "qualified_invoke_arn", "revision", "source_code_size", "tags_all", "unique_id", "version_id",
))  # fmt: skip
# What ECS fills in where a container definition says nothing, so that the old definition has it and the new has not.
_DEFAULTS: Mapping[str, Any] = {"cpu": 0, "essential": True, "protocol": "tcp", "hostPort": 0}


def images(found: Iterable[Difference]) -> Mapping[str | int, tuple[str, str]]:
    """The containers in which the image changes, and from what to what."""
    return {
        item.path[1]: (item.before, item.after)
        for item in found
        if len(item.path) == 3
        and item.path[0] == "container_definitions"
        and item.path[2] == "image"
        and isinstance(item.before, str)
        and isinstance(item.after, str)
    }


def is_noise(
    item: Difference,
    by_path: Mapping[AttributePath, Difference],
    moved: Mapping[str | int, tuple[str, str]],
    configured: Collection[str] | None,
) -> bool:
    """True if a difference only follows from others. `by_path` are all of the resource's, `moved` are its `images`."""
    first = item.path[0]
    if item.path == ("task_definition",) and item.after is UNKNOWN:
        return isinstance(item.before, str)  # the next revision, whose own change is told
    if len(item.path) == 1 and item.after is UNKNOWN:
        if first in _COMPUTED:
            return configured is None or first not in configured
        # Blocks that HCL makes with `dynamic` are not in the plan's configuration: those are never passed over.
        blocks = isinstance(item.before, list) and any(isinstance(block, Mapping) for block in item.before)
        return configured is not None and first not in configured and not blocks
    if first == "tags_all":
        original = by_path.get(("tags", *item.path[1:]))
        return original is not None and (original.before, original.after) == (item.before, item.after)
    if first == "container_definitions" and len(item.path) > 2:
        return _is_default(item) or _repeats_image(item, moved)
    return False


def is_zero_for_null(item: Difference) -> bool:
    """True for null and false, and in blocks null and 0: the AWS provider cannot tell them apart."""
    if len({item.before is None, item.after is None}) == 1:
        return False
    value = item.after if item.before is None else item.before
    in_block = any(isinstance(part, int) for part in item.path)
    return value is False or (in_block and value == 0 and isinstance(value, int))


def _is_default(item: Difference) -> bool:
    if not item.removed and not item.added:
        return False
    value, name = item.before if item.removed else item.after, item.path[-1]
    if name == "hostPort" and value == item.path[-2]:
        return True  # the path names a port mapping by its container port
    return isinstance(name, str) and name in _DEFAULTS and value == _DEFAULTS[name]


def _repeats_image(item: Difference, moved: Mapping[str | int, tuple[str, str]]) -> bool:
    if item.path[1] not in moved or item.path[2] != "environment":
        return False
    if not isinstance(item.before, str) or not isinstance(item.after, str):
        return False
    return any(
        old in item.before and item.before.replace(old, new) == item.after
        for old, new in zip(*map(_parts, moved[item.path[1]]), strict=True)
        if old and new
    )


def _parts(image: str) -> tuple[str, ...]:
    """The texts by which people name an image: whole, digest, its digits, twelve of them, tag."""
    name, _, digest = image.partition("@")
    digits = digest.rpartition(":")[2]
    return image, digest, digits, digits[:12], name.rpartition("/")[2].partition(":")[2]
