"""What the measurement of large plans makes of its figures."""

import json

from benchmarks.review import report
from orchestrator.system.paths import ROOT

RESULTS = ROOT / "benchmarks" / "review" / "results"
ACTIONS = {"create", "update", "delete", "delete/create", "create/delete"}


def test_the_page_of_results_says_what_was_measured() -> None:
    results = json.loads((RESULTS / "results.json").read_text())
    assert (RESULTS / "README.md").read_text() == report.render(results)


def test_what_was_measured_is_as_large_as_the_aims_say() -> None:
    for name, plan in json.loads((RESULTS / "results.json").read_text())["plans"].items():
        changes = sum(number for action, number in plan["actions"].items() if action in ACTIONS)
        if name == "found":
            assert plan["findings"] >= changes >= 3000
        else:
            assert changes >= 5000
        if name == "large":
            assert plan["bytes"] >= 100e6


def test_a_rendering_that_takes_too_long_or_too_much_memory_has_not_reached_its_aim() -> None:
    aim = report.Aim("under 3 s and 500 MB", 3.0, 500.0)
    fine = {"seconds": 1.0, "peak_mb": 100.0}
    assert report.reached(aim, [fine, fine, {"seconds": 9.0, "peak_mb": 900.0}], [fine])
    assert not report.reached(aim, [{**fine, "seconds": 3.1}], [fine])
    assert not report.reached(aim, [{**fine, "peak_mb": 501.0}], [fine])


def test_an_aim_may_be_a_share_of_what_terraform_itself_takes() -> None:
    aim = report.AIMS["mixed"]
    shown = [{"seconds": 10.0, "peak_mb": 900.0}]
    assert report.reached(aim, [{"seconds": 1.9, "peak_mb": 900.0}], shown)
    assert not report.reached(aim, [{"seconds": 2.1, "peak_mb": 100.0}], shown)
