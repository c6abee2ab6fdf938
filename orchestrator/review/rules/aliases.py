"""Types of resources that have two names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def with_aliases(table: Mapping[str, T]) -> dict[str, T]:
    """The table with the older names too: `aws_alb` is `aws_lb`, and so on for its listeners and target groups."""
    older = {f"aws_alb{name.removeprefix('aws_lb')}": row for name, row in table.items() if name.startswith("aws_lb")}
    return {**older, **table}
