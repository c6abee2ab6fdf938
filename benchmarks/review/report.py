"""The results as a page: every figure in it is calculated from results.json."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

SECONDS_MOST: Final = 3.0
MB_MOST: Final = 500.0
PLANS: Final = {
    "mixed": "terraform_data: updated, replaced, deleted and created, with JSON strings and a sensitive value",
    "aws": "queues, roles, role policies, security groups and task definitions of AWS, all new",
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
        f"most that the process had. Aimed at: under {SECONDS_MOST:g} s and {MB_MOST:g} MB for each rendering.\n"
    ]
    for name, plan in results["plans"].items():
        actions = ", ".join(f"{number:,} {action}" for action, number in plan["actions"].items())
        parts.append(
            f"## {PLANS[name]}\n\n{plan['resources']:,} resources ({actions}), {plan['bytes'] / 1e6:.0f} MB of JSON; "
            f"{plan['findings']:,} findings, {plan['verdict']}.\n"
        )
        parts.append(_table(plan["runs"]))
    machine = "\n".join(f"- {what}: {value}" for what, value in results["machine"].items())
    return "\n".join([*parts, f"## Machine\n\n{machine}\n"])


def reached(runs: Sequence[Mapping[str, float]]) -> bool:
    """True if the median run is as fast and as small as aimed at."""
    return _median(runs, "seconds") < SECONDS_MOST and _median(runs, "peak_mb") < MB_MOST


def _table(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    lines = ["|  | seconds | of these on a core | peak memory, MB | output, kB | reached |",
             "| --- | ---: | ---: | ---: | ---: | --- |"]  # fmt: skip
    for name, label in ROWS.items():
        some = runs[name]
        size = f"{_median(some, 'bytes') / 1e3:,.0f}" if name != "show" else ""
        mark = "" if name == "show" else "yes" if reached(some) else "**no**"
        cells = (label, _spread(some, "seconds", ".2f"), _spread(some, "cpu_seconds", ".2f"),
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
