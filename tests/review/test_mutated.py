"""Plans of the tests, changed at random: `python -m tests.review.mutated 10000` tries more of them."""

import copy
import random
from pathlib import Path

import pytest

from tests.review import mutated


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_that_is_changed_at_random_is_reviewed_or_refused(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcomes = mutated.tried(40, 100 + seed)
    assert outcomes["failed"] == 0
    assert outcomes["reviewed"] > 20


def test_each_way_of_changing_a_plan_changes_some() -> None:
    chance = random.Random(3)
    for way in set(mutated._WAYS):
        tried = [*mutated.plans().values()][:4]
        changed = []
        for plan in tried:
            for _ in range(6):
                made = copy.deepcopy(plan)
                way(made, made["resource_changes"], chance)
                changed.append(made != plan)
        assert any(changed), way


def test_a_plan_that_makes_the_review_fail_is_counted_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mutated, "outcome", lambda plan: 1 / 0)
    assert mutated.main(["2", "--seed", "7"]) == 1
    assert len(list(tmp_path.glob("mutated-7-*.json"))) == 2
    assert "2 failed" in capsys.readouterr().out
