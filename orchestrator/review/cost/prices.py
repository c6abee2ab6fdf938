"""The table of prices."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

HOURS: Final = Decimal(730)
"""Hours of a month, as AWS's own calculator counts them."""
EVERYWHERE: Final = "everywhere"
_FILE = Path(__file__).parent / "prices.toml"


@cache
def table() -> Mapping[str, Any]:
    """The file as it is: `compiled`, `sources`, and the regions with their prices."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"), parse_float=Decimal)


def compiled() -> str:
    """The day of the table."""
    return str(table()["compiled"])


def is_priced(region: str) -> bool:
    """True if there are prices of this region."""
    return region in table() and region not in ("compiled", "sources", EVERYWHERE)


def monthly(name: str, region: str) -> Decimal | None:
    """A price per month; None if it is not known."""
    row = table().get(region, {}).get(name) or table()[EVERYWHERE].get(name)
    if row is None:
        return None
    return Decimal(row["hour"]) * HOURS if "hour" in row else Decimal(row["month"])
