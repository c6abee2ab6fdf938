"""An example of each row, made of the row itself: what a further row needs no example of its own for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.rules.examples.examples import Fires, Values, same
from orchestrator.review.rules.kit.rows import Opens, Removed, Row, Watch

_ANY_TYPE = "aws_s3_bucket"
"""Stands for every type."""

_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)


def examples_of(row: Row) -> Iterator[Fires]:
    """What a row finds in each of its types. None of rows whose values only code can tell."""
    for type_ in sorted(row.type_names) or [_ANY_TYPE]:
        if isinstance(row, Watch):
            old, new = row.worse.sample
            after = {**row.given, **_nested(row.path, new)}
            if row.actions:
                yield Fires(type_, {**row.given, **_nested(row.path, old)}, after)
            if row.born is not None:
                yield Fires(type_, None, after, row.born)
        elif isinstance(row, Opens) and row.way_in is None:
            before = {"name": "this", **_nested(row.path, None)}
            yield Fires(type_, before, {"name": "this", **_nested(row.path, row.values[0])})
        elif isinstance(row, Removed):
            owners = {name: f"the-{name}" for name in (row.of, *row.joins) if name}
            yield Fires(type_, {"name": "this", **owners, **row.given}, None, beside=_STAYS)


def _nested(path: str, value: Any) -> Values:
    """`a.b.c` is an attribute of a block in a block."""
    first, _, rest = path.partition(".")
    return {first: [_nested(rest, value)] if rest else value}
