"""What the measurement of large plans makes of its figures."""

import json

from benchmarks.review import report
from orchestrator.system.paths import ROOT

RESULTS = ROOT / "benchmarks" / "review" / "results"
ACTIONS = {"create", "update", "delete", "delete/create", "create/delete"}


def test_the_page_of_results_says_what_was_measured() -> None:
    results = json.loads((RESULTS / "results.json").read_text())
    assert (RESULTS / "README.md").read_text() == report.render(results)


def test_what_was_measured_is_plans_of_five_thousand_changes() -> None:
    results = json.loads((RESULTS / "results.json").read_text())
    for plan in results["plans"].values():
        assert sum(number for action, number in plan["actions"].items() if action in ACTIONS) >= 5000


def test_a_rendering_that_takes_too_long_or_too_much_memory_has_not_reached_its_aim() -> None:
    fine = {"seconds": 1.0, "peak_mb": 100.0}
    assert report.reached([fine, fine, {"seconds": 9.0, "peak_mb": 900.0}])
    assert not report.reached([{**fine, "seconds": 3.1}])
    assert not report.reached([{**fine, "peak_mb": 501.0}])
