"""What is kept of a release draws its picture again: nothing secret, nothing without end, and no other object."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.cli.verbs.inspect import releases as verb
from orchestrator.console import Console
from orchestrator.picture import kept, page, taking
from orchestrator.picture.facts import Facts, Step
from orchestrator.system import paths
from tests.orchestrator.picture import deploys
from tests.review import samples, wellformed

BYTES_MAX = 300_000
PROVEN = ("changed", "first")


@pytest.fixture
def aws(emulated: Callable[..., Aws], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """An environment of which r2 is a release."""
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")
    made = emulated()
    state.ensure_bucket(made)
    state.write(made, "blue/releases/000002.json", asdict(deploys.BEFORE))
    return made


def again(facts: Facts) -> Facts:
    """What another machine knows of the run."""
    assert facts.release is not None
    return kept.from_json(facts.environment, json.loads(json.dumps(kept.as_json(facts))), facts.release, facts.before)


def text(facts: Facts) -> str:
    """What the page says, if it is well formed."""
    return wellformed.page(page.render(facts), links=("http://127.0.0.1", "http://")).text


@pytest.mark.parametrize("made", PROVEN)
def test_it_says_again_what_the_page_said_but_for_values(made: str) -> None:
    facts = deploys.EVERY[made]()
    found = again(facts)
    assert found.steps == facts.steps
    assert found.images == facts.images
    assert (found.seconds, found.began_at, found.url) == (facts.seconds, facts.began_at, facts.url)
    assert facts.review and found.review and found.release
    assert found.review.counts == facts.review.counts
    assert [item.address for item in found.review.plan.changed] == [item.address for item in facts.review.plan.changed]
    assert [item.reason for item in found.review.findings] == [item.reason for item in facts.review.findings]
    told = text(found)
    for words in (
        "up local by kim",
        f"{found.release.name} went live",
        "emulated AWS",
        "soak",
        "30.0 s in all",
        "built",
    ):
        assert words in told, words
    assert f"{found.release.name} is live" not in told, "it may not be live any more"


def test_neither_values_of_the_plan_nor_lines_of_containers_are_kept() -> None:
    quoting = Step("before_deploy words", 9.0, 1.0, "ended with 0", events=((9.5, "the token is pw-1"),), quotes=True)
    facts = replace(deploys.changed(), steps=(*deploys.STEPS, quoting))
    kept_text = json.dumps(kept.as_json(facts))
    assert "container_definitions" in page.render(facts)
    assert "container_definitions" not in kept_text
    assert "pw-1" not in kept_text
    assert "ended with 0" in kept_text


def test_a_secret_of_the_plan_is_not_kept_whoever_wrote_it_down() -> None:
    secret = "hunter2&hunter3"
    facts = deploys.hostile(f"postgres://kim:{secret}@db")
    review = samples.hostile(f"it is {secret}")
    review = replace(review, plan=replace(review.plan, secrets=frozenset({secret})))
    found = json.dumps(kept.as_json(replace(facts, verb="up", review=review)))
    assert "hunter" not in found
    assert "(sensitive)" in found


def test_however_much_happened_it_stays_small() -> None:
    flood = tuple((1.0, f"event {number} {'e' * 2_000}") for number in range(500))
    many = tuple(Step(f"{place} {'s' * 500}", 1.0, 1.0, "r" * 5_000, events=flood) for place in range(500))
    review = samples.deploy()
    resources = tuple(replace(review.plan.changed[0], address=f"aws_x.y{place}{'a' * 900}") for place in range(3_000))
    review = replace(review, plan=replace(review.plan, resources=resources), findings=review.findings * 5_000)
    value = kept.as_json(replace(deploys.changed(), steps=many, review=review))
    assert len(json.dumps(value)) < BYTES_MAX
    assert "event 499" in value["steps"][0]["events"][-1][1], "the last ones tell how it ended"
    assert "more changes were not kept" in value["review"]["notes"][-1]


def test_a_new_release_is_kept_when_its_run_ends_and_one_that_was_live_is_not(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(before: Any, release: Any, fails: bool = False) -> None:
        with taking.taken(aws.environment, Console(live=False)) as picture:
            picture.prepared(deploys.IMAGES, before)
            picture.live("http://127.0.0.1:1/", release, aws)
            if fails:
                raise ValueError

    run(deploys.BEFORE, deploys.BEFORE)
    with pytest.raises(ValueError):
        run(deploys.BEFORE, deploys.LIVE, fails=True)
    assert state.keys(aws, "blue/pictures/") == []
    run(deploys.BEFORE, deploys.LIVE)
    assert state.keys(aws, "blue/pictures/") == ["blue/pictures/000003.json"]
    found = kept.read(aws, deploys.LIVE)
    assert found is not None
    assert (found.before, found.release, found.images) == (deploys.BEFORE, deploys.LIVE, deploys.IMAGES)
    assert "warning" not in capsys.readouterr().err


def test_what_cannot_be_kept_is_a_warning(
    emulated: Callable[..., Aws], aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    without_bucket = emulated("green")
    with taking.taken(without_bucket.environment, Console(live=False)) as picture:
        picture.live("http://x/", deploys.LIVE, without_bucket)
    assert picture.file is not None, "it is written all the same"
    assert "warning: r3 is kept without its picture (" in capsys.readouterr().err


def test_another_machine_draws_it_into_its_own_work_folder(aws: Aws) -> None:
    kept.keep(aws, replace(deploys.changed(), environment="blue"))
    file = verb.draw(aws, deploys.LIVE)
    assert file == aws.environment.work / "releases" / "r3.html"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "r3 went live" in file.read_text(encoding="utf-8")
    assert f"{'a' * 12}</code>" in file.read_text(encoding="utf-8"), "the image of the release before"


def test_a_release_from_before_has_none(aws: Aws) -> None:
    assert verb.draw(aws, deploys.LIVE) is None
    assert not aws.environment.work.exists()


@pytest.mark.parametrize(
    "value",
    [[], "x", {}, {"before": None}, {"before": "x"}, {"steps": [{}]}, {"images": 1}, {"review": {"verdict": "fine"}}],
    ids=str,
)
def test_what_is_no_picture_is_named(aws: Aws, value: Any) -> None:
    whole = kept.as_json(deploys.changed())
    merged = whole | value if isinstance(value, dict) and value and value != {"before": None} else value
    state.write(aws, "blue/pictures/000003.json", merged)
    with pytest.raises(state.Broken) as caught:
        kept.read(aws, deploys.LIVE)
    assert "only the release's picture is lost" in caught.value.next_step


def test_what_only_another_version_knows_is_left_out(aws: Aws) -> None:
    value = kept.as_json(deploys.changed())
    value["steps"][0]["colour"] = "blue"
    value["more"] = 1
    state.write(aws, "blue/pictures/000003.json", value)
    found = kept.read(aws, deploys.LIVE)
    assert found is not None
    assert found.steps == deploys.STEPS


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_stays_text(number: int) -> None:
    facts = deploys.hostile(samples.HOSTILE[number])
    text(again(replace(facts, failed=None)))
