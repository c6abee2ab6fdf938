"""Plans of which the review once said something wrong, each with the right verdict and what must be told of.

`expected.json` has for each plan the verdicts that are right and the addresses that must have a finding above low.
What a sentence must say or not say stands in the tests of the rules.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.review.model import Severity
from orchestrator.review.reading.reading import read_bytes
from orchestrator.review.review import review

FOLDER = Path(__file__).parent / "reported"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_plan_has_a_right_verdict_and_what_matters_is_told(name: str) -> None:
    file = FOLDER / f"{name}.json"
    reviewed = review(read_bytes(file.read_bytes(), file.name))
    assert str(reviewed.verdict) in EXPECTED[name]["verdict"], reviewed.because
    told = {item.address for item in reviewed.findings if item.severity > Severity.LOW}
    assert set(EXPECTED[name]["flag"]) <= told


def test_every_plan_has_an_expectation() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} - {"expected"} == set(EXPECTED)
