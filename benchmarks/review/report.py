"""The results as a page: every figure in it is calculated from results.json."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

SHARE_MOST: Final = 0.2
"""Of what `terraform show -json` takes on the same plan."""
PLANS: Final = {
    "mixed": "terraform_data: updated, replaced, deleted and created, with JSON strings and a sensitive value",
    "aws": "queues, roles, role policies, security groups and task definitions of AWS, all new",
    "large": "the same as the first, and half as much again",
    "found": "queues, role policies and security groups of AWS, all new, with a finding each",
}


@dataclass(frozen=True)
class Aim:
    """What each rendering of a plan is to stay under."""

    words: str
    seconds: float | None = None
    mb: float = inf

    def most_seconds(self, shown: Sequence[Mapping[str, float]]) -> float:
        """In figures, where `terraform show -json` took this."""
        return SHARE_MOST * _median(shown, "seconds") if self.seconds is None else self.seconds


_OF_SHOW: Final = Aim(f"at most {SHARE_MOST:g} of what `terraform show -json` takes")
AIMS: Final[Mapping[str, Aim]] = {
    "mixed": _OF_SHOW,
    "aws": _OF_SHOW,
    "large": Aim("under 4 s and 350 MB", 4.0, 350.0),
    "found": Aim("under 3 s", 3.0),
}
ROWS: Final = {"show": "`terraform show -json` itself", "terminal": "review, for the terminal",
               "markdown": "review, Markdown", "html": "review, HTML", "json": "review, JSON"}  # fmt: skip


def render(results: Mapping[str, Any]) -> str:
    """The page."""
    parts = [
        "# The review of large plans, measured\n\n"
        "Written by `python3 benchmarks/review/run.py`; no figure is typed by hand. "
        f"{results['measured']}, {_rounds(results['rounds'])}. Each command is a process of its own, from its start to "
        "its end, in turns with the others; figures are medians, in brackets the lowest and the highest. Memory is the "
        "most that the process had.\n"
    ]
    for name, plan in results["plans"].items():
        actions = ", ".join(f"{number:,} {action}" for action, number in plan["actions"].items())
        parts.append(
            f"## {PLANS[name]}\n\n{plan['resources']:,} resources ({actions}), {plan['bytes'] / 1e6:.0f} MB of JSON; "
            f"{plan['findings']:,} findings, {plan['verdict']}. Aimed at for each rendering: {AIMS[name].words}.\n"
        )
        parts.append(_table(plan["runs"], AIMS[name]))
    machine = "\n".join(f"- {what}: {value}" for what, value in results["machine"].items())
    return "\n".join([*parts, f"## Machine\n\n{machine}\n"])


def reached(aim: Aim, runs: Sequence[Mapping[str, float]], shown: Sequence[Mapping[str, float]]) -> bool:
    """True if the median run is as fast and as small as aimed at. `shown` are the runs of `terraform show -json`."""
    return _median(runs, "seconds") <= aim.most_seconds(shown) and _median(runs, "peak_mb") <= aim.mb


def _table(runs: Mapping[str, Sequence[Mapping[str, float]]], aim: Aim) -> str:
    lines = ["|  | seconds | of `show` | of these on a core | peak memory, MB | output, kB | reached |",
             "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]  # fmt: skip
    for name, label in ROWS.items():
        some = runs[name]
        size = f"{_median(some, 'bytes') / 1e3:,.0f}" if name != "show" else ""
        mark = "" if name == "show" else "yes" if reached(aim, some, runs["show"]) else "**no**"
        share = "" if name == "show" else f"{_median(some, 'seconds') / _median(runs['show'], 'seconds'):.2f}"
        cells = (label, _spread(some, "seconds", ".2f"), share, _spread(some, "cpu_seconds", ".2f"),
                 _spread(some, "peak_mb", ".0f"), size, mark)  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _spread(runs: Sequence[Mapping[str, float]], what: str, form: str) -> str:
    values = [run[what] for run in runs]
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _median(runs: Sequence[Mapping[str, float]], what: str) -> float:
    return statistics.median(run[what] for run in runs)


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"{number} rounds"
