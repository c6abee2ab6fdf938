"""Deploys as the picture's tests show them: a first one, a change of one service, ones that failed."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.errors import ExitCode
from orchestrator.images.image import Image
from orchestrator.picture import kept
from orchestrator.picture.facts import Facts, Failed, Step
from orchestrator.releases.releases import Release
from orchestrator.review.model import Counts, Plan, Review, Verdict
from tests.review import samples

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/storyizer"
OLD, NEW, SAME = (f"{HOST}/words@sha256:{digit * 64}" for digit in "abc")
BEFORE = Release(
    2, "2026-11-22T10:00:00Z", "kim", "0a1b2c3d4e5f", {"save": SAME, "words": OLD}, {"save": "s", "words": "o"}, {}
)  # fmt: skip
LIVE = replace(BEFORE, number=3, commit="f5e4d3c2b1a0", images={"save": SAME, "words": NEW})
STEPS = (
    Step("emulated AWS", 0.3, 1.2, "answers"),
    Step("build words", 1.5, 6.0, "f00d (service/app/words.py changed)"),
    Step("terraform init environment", 1.6, 2.0, "there"),
    Step("terraform plan", 8.0, 4.0, "1 to replace"),
    Step("terraform apply", 12.5, 3.0, "1 added", events=((13.0, "create aws_ecs_task_definition.this (0 s)"),)),
    Step(
        "rollout", 16.0, 8.0, "3 services run",
        events=((17.0, "(service words) has started 2 tasks: (task 1a2b)."), (23.5, "words is live, 2 of 2 tasks run")),
    ),
    Step("wait for words", 17.0, 2.0, depth=1),
    Step("soak", 24.0, 5.0, "well for 5 s"),
)  # fmt: skip
IMAGES = (Image("save", "s", SAME), Image("words", "n", NEW, "service/app/words.py changed", built=True, pushed=True))
WHY = Failed(
    "the new version of words did not go live: 3 of its tasks have stopped; r2 serves",
    "Task 1a2b3c4d stopped: Essential container exited (EssentialContainerExited)\nIts container exited with 1.",
    ("Traceback (most recent call last):", "SystemExit: no lexicon today"),
    "python3 orchestrate.py logs words local",
    int(ExitCode.ROLLED_BACK),
    "words",
    ("1a2b3c4d", "5e6f7a8b", "9c0d1e2f"),
)


def changed() -> Facts:
    """A change of one service, live."""
    return Facts(
        "local", "up", "kim", 1_780_000_000.0, 30.0, STEPS, IMAGES, BEFORE, samples.deploy(), LIVE,
        "http://127.0.0.1:21607/", LIVE.commit,
    )  # fmt: skip


def first() -> Facts:
    """The first deploy: everything is new."""
    images = tuple(replace(image, why="first build", built=True, pushed=True) for image in IMAGES)
    return replace(changed(), before=None, images=images, review=samples.first(), release=replace(LIVE, number=1))


def unchanged() -> Facts:
    """Nothing was changed."""
    review = Review(Plan(), Verdict.SAFE, "nothing changes", Counts())
    images = (IMAGES[0], Image("words", "o", OLD))
    steps = (STEPS[0], Step("rollout", 1.6, 0.4, "3 services run"), Step("smoke test", 2.0, 0.3, "3 services answer"))
    return replace(changed(), seconds=2.6, steps=steps, images=images, review=review, release=BEFORE)


def rolled_back() -> Facts:
    """The new version died, the one before serves."""
    steps = tuple(replace(step, outcome="failed", result="") if step.name == "rollout" else step for step in STEPS)
    return replace(changed(), steps=steps, release=None, url="", failed=WHY)


def not_built() -> Facts:
    """An image that does not build: there is neither plan nor image."""
    failed = Failed("the image of words does not build", "", ("#7 ERROR: exit code: 7",), "correct services/words/")
    steps = (STEPS[0], replace(STEPS[1], outcome="failed", result=""), replace(STEPS[2], outcome="not ended"))
    return replace(rolled_back(), steps=steps, images=(), before=None, review=None, commit="", failed=failed)


def interrupted() -> Facts:
    """Somebody pressed Ctrl-C."""
    return replace(rolled_back(), failed=Failed("interrupted during the rollout", exit_code=int(ExitCode.INTERRUPTED)))


def of_a_release() -> Facts:
    """The first one again, from what is kept of its release."""
    facts = first()
    assert facts.release is not None
    return kept.from_json(facts.environment, kept.as_json(facts), facts.release, None)


EVERY = {
    "changed": changed, "first": first, "unchanged": unchanged, "rolled back": rolled_back, "not built": not_built,
    "interrupted": interrupted, "of a release": of_a_release,
}  # fmt: skip


def hostile(text: str) -> Facts:
    """The same text wherever somebody else's may stand."""
    name, said = text or "x", (text, f"{text}\n{text}")
    release = replace(LIVE, images={name: text}, commit=text, rollback_of=text)
    return Facts(
        text, text, text, 0.0, 1.0,
        (Step(name, 0.0, 1.0, text, "failed", events=((0.5, text), (0.6, said[1]))),),
        (Image(name, text, text, text),),
        release, samples.hostile(text), replace(release, number=4), f"http://{text}", text,
        Failed(text, said[1], said, said[1], 1, name, (text,)),
    )  # fmt: skip
