"""The results as a page: every figure in it is calculated from results.json. Ratios: seconds are a machine's own."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ROWS: Final = {
    "cold": "everything from nothing, with the engine's cache (`up` after `down`)",
    "nothing": "nothing changed (`up` again)",
    "line": "one line of `words` changed, until its answer is served",
    "undo": "that line changed back, until its answer is served",
    "fourth": "a fourth service (a copy of `words`), until `up` ends",
    "down": "`down`",
    "idle": "nobody uses it for a minute: computing of emulator and engine",
}
WHO: Final = {"before": "the commit {baseline}", "plan": "one `terraform plan`", "lab": "the lab's way by hand"}


@dataclass(frozen=True)
class Aim:
    """`up` takes at most `most` times as long as `than` for this."""

    what: str
    than: str
    most: float


AIMS: Final = (
    Aim("nothing", "plan", 0.25),
    Aim("line", "before", 0.6),
    Aim("line", "lab", 0.35),
    Aim("idle", "before", 0.33),
)


# Seconds from a save until six answers in a row have it. The person sees no more of it than that.
SAVED_AIM: Final = 2.0
# Seconds of an `up` that changes nothing, with 50 services.
SERVICES_AIM: Final = 2.0


def render(results: Mapping[str, Any]) -> str:
    """The page: each part that has been measured, with when, of which commit, and on what machine."""
    parts = [
        f"## {title}\n\n{render_part(results[part])}\n\n{_stamp(part, results[part])}\n"
        for part, (title, render_part) in _PARTS.items()
        if part in results
    ]
    return "\n".join([
        "# The loop, measured\n",
        "Written by `python3 benchmarks/loop/run.py`; no figure is typed by hand.\n",
        *parts,
    ])  # fmt: skip


def _compared(results: Mapping[str, Any]) -> str:
    """What `up` takes beside what others take for the same."""
    seconds = results["seconds"]
    lines = ["| what is waited for | `up` takes of | median | lowest to highest | aimed at | reached |",
             "| --- | --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    for what, label in ROWS.items():
        for who, other in WHO.items():
            if who in seconds[what]:
                found = ratios(seconds[what]["now"], seconds[what][who])
                aim = next((aim for aim in AIMS if (aim.what, aim.than) == (what, who)), None)
                aimed = f"{aim.most:.2f}" if aim else ""
                mark = ("yes" if statistics.median(found) <= aim.most else "**no**") if aim else ""
                cells = (label, other.format(**results), f"{statistics.median(found):.2f}",
                         f"{min(found):.2f} to {max(found):.2f}", aimed, mark)  # fmt: skip
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([
        f"{_rounds(results['rounds'])}. Three clones are up beside each other; what is compared is done in turns, and "
        "each figure is the median of the rounds' ratios. In the local environment `up` watches a new version for 5 s "
        "before people's requests reach it. The earlier commit had no such watch, and the lab's way has none either.\n",
        *lines,
    ])  # fmt: skip


def ratios(ours: Sequence[float], others: Sequence[float]) -> list[float]:
    """Round by round."""
    return [one / other for one, other in zip(ours, others, strict=True)]


def _saves(results: Mapping[str, Any]) -> str:
    """How soon a save is served."""
    seconds: Sequence[float] = results["seconds"]
    mark = "yes" if statistics.median(seconds) <= SAVED_AIM else "**no**"
    return (
        f"`up --watch`: {len(seconds)} saves of that line, each until every task answers with it: median "
        f"{statistics.median(seconds):.2f} s, {min(seconds):.2f} to {max(seconds):.2f} s; "
        f"aimed at {SAVED_AIM:.0f} s: {mark}."
    )


def _services(results: Mapping[str, Any]) -> str:
    """What the number of services makes of an `up` that changes nothing."""
    seconds: Mapping[str, Sequence[float]] = results["seconds"]
    few, many = sorted(seconds, key=int)
    found = {number: statistics.median(seconds[number]) for number in (few, many)}
    mark = "yes" if found[many] <= SERVICES_AIM else "**no**"
    return (
        f"With {many} services (copies of `words`, one task each) an `up` that changes nothing, which starts neither "
        f"Terraform nor a build: median {found[many]:.2f} s, {min(seconds[many]):.2f} to {max(seconds[many]):.2f} s, "
        f"with {few} services {found[few]:.2f} s; aimed at {SERVICES_AIM:.0f} s: {mark}. "
        f"A service more takes {(found[many] - found[few]) / (int(many) - int(few)) * 1000:.0f} ms more."
    )


def _stamp(part: str, results: Mapping[str, Any]) -> str:
    machine = "; ".join(f"{what}: {value}" for what, value in results["machine"].items())
    return f"{results['measured']}, commit {results['commit']}, {machine}. `--again {part}` measures this alone."


def _rounds(number: int) -> str:
    return "One round" if number == 1 else f"{number} rounds"


_PARTS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]]] = {
    "compared": ("Beside others", _compared),
    "saves": ("While `up --watch` runs", _saves),
    "services": ("Many services", _services),
}
