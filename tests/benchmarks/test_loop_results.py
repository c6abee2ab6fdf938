"""What the measurement of the loop makes of its figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.loop import report
from orchestrator.system.paths import ROOT

SOME = {"measured": "2026-01-02", "commit": "0123456789ab", "machine": {"cores": "2"}}
RESULTS: dict[str, Any] = {
    "saves": {**SOME, "seconds": [0.5, 3.0, 1.5]},
    "services": {**SOME, "commit": "ba98765", "seconds": {"3": [1.0, 1.5, 1.1], "50": [2.0, 4.0, 3.45]}},
    "compared": {
        **SOME, "baseline": "fedcba9", "rounds": 2,
        "seconds": {
            "cold": {"now": [90.0], "before": [100.0]},
            "nothing": {"now": [1.0, 3.0], "before": [8.0, 8.0], "plan": [4.0, 4.0], "lab": [10.0, 10.0]},
            "line": {"now": [6.0, 5.0], "before": [10.0, 10.0], "lab": [20.0, 20.0]},
            "undo": {"now": [6.0, 6.0], "before": [10.0, 10.0]},
            "fourth": {"now": [30.0], "before": [30.0]},
            "down": {"now": [1.0], "before": [4.0]},
            "idle": {"now": [1.2], "before": [6.0]},
        },
    },
}  # fmt: skip
WRITTEN = ROOT / "benchmarks" / "loop" / "results"


def row(label: str, than: str) -> list[str]:
    """The cells of the row that compares `label` with `than`."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in report.render(RESULTS).splitlines()]
    (found,) = [cells for cells in rows if cells[0] == report.ROWS[label] and than in cells[1:2]]
    return found[2:]


def test_ratios_are_taken_round_by_round_and_their_median_is_shown() -> None:
    assert report.ratios([1.0, 3.0], [4.0, 4.0]) == [0.25, 0.75]
    assert row("nothing", "one `terraform plan`") == ["0.50", "0.25 to 0.75", "0.25", "**no**"]
    assert row("line", "the commit fedcba9") == ["0.55", "0.50 to 0.60", "0.60", "yes"]


def test_what_nothing_is_aimed_at_is_a_figure_without_a_verdict() -> None:
    assert row("down", "the commit fedcba9") == ["0.25", "0.25 to 0.25", "", ""]


def test_saves_are_told_in_seconds() -> None:
    assert "3 saves" in report.render(RESULTS)
    assert "median 1.50 s, 0.50 to 3.00 s; aimed at 2 s: yes." in report.render(RESULTS)
    assert "median 2.50 s, 2.50 to 2.50 s; aimed at 2 s: **no**." in report.render(
        {**RESULTS, "saves": {**RESULTS["saves"], "seconds": [2.5]}}
    )


def test_many_services_are_told_in_seconds_and_per_service() -> None:
    assert "median 3.45 s, 2.00 to 4.00 s, with 3 services 1.10 s; aimed at 2 s: **no**." in report.render(RESULTS)
    assert "A service more takes 50 ms more.\n\n2026-01-02, commit ba98765, cores: 2." in report.render(RESULTS)


def test_a_round_that_is_missing_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer"):
        report.ratios([1.0], [2.0, 3.0])


def test_a_part_that_is_not_measured_is_not_shown() -> None:
    assert "## Many services" in report.render(RESULTS)
    assert "## Many services" not in report.render({"saves": RESULTS["saves"]})


def test_the_page_of_results_says_what_was_measured() -> None:
    results = json.loads((WRITTEN / "results.json").read_text())
    assert (WRITTEN / "README.md").read_text() == report.render(results)
