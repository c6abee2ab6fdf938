"""A resource's changes as `+`, `-` and `~` lines, for renderings that are made of text lines."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Difference, Resource
from orchestrator.review.render import text, words
from orchestrator.review.values import dotted

Line = tuple[str, str]
"""A sign (`+`, `-`, `~` or a space) and the text after it."""


def of_resource(resource: Resource, width: int, most: int = 40) -> Iterator[Line]:
    """What changes in a resource, in at most `most` lines of `width` characters, and how much is left out."""
    count = 0
    for difference in words.shown_differences(resource):
        for line in of_difference(difference, width):
            count += 1
            if count <= most:
                yield line
    if count > most:
        yield " ", f"{words.number(count - most, 'more line')}"
    follows = words.follows(resource)
    if follows:
        yield " ", follows


def of_difference(difference: Difference, width: int) -> Iterator[Line]:
    """One value that changes: one line if both fit in it, else one for each."""
    name = text.visible(dotted(difference.path)) or "(whole value)"
    forces = "  (forces the replacement)" if difference.replaces else ""
    before, after = difference.before, difference.after
    room = max(24, width - len(name) - len(forces) - 2)
    if difference.added or difference.removed:
        item = after if difference.added else before
        yield "+" if difference.added else "-", f"{name}: {text.cut(text.value(item), room)}{forces}"
        return
    if isinstance(before, str) and isinstance(after, str) and (text.has_lines(before) or text.has_lines(after)):
        yield "~", f"{name}:{forces}"
        for sign, line in text.line_changes(before, after, max(24, width - 6)):
            yield sign, f"    {line}"
        return
    old, new = text.pair(before, after, max(24, width - 6))
    if len(old) + len(new) + 4 <= room:
        yield "~", f"{name}: {old} → {new}{forces}"
    else:
        yield "~", f"{name}:{forces}"
        yield "-", f"    {old}"
        yield "+", f"    {new}"
