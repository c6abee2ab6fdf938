"""The review of this project's own plans: its policy, the commits between images, the images that would be built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.images import checkout
from orchestrator.images.image import Image
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import commit
from orchestrator.project.environment import project
from orchestrator.review import comparison, deploys, kept, policy
from orchestrator.review.model import Context, Deploy, Plan, Review
from orchestrator.review.secrets import leaks
from orchestrator.system import paths

# In terraform/.
POLICY = "review.toml"


def judged(plan: Plan, environment: str, context: Context | None = None) -> Review:
    """The review by the checkout's policy as it is today (UTC: an exception's last day is the same everywhere)."""
    from orchestrator.review import review as core

    today = datetime.now(UTC).date()
    return core.review(
        plan,
        policy=policy.load(paths.TERRAFORM / POLICY, environment, today),
        context=context or Context(environment=environment),
    )


def of(plan: Plan, prepared: Prepared, title: str = "", unfinished: Mapping[str, str] | None = None) -> Review:
    """The review of the plan that was made of what is prepared. Raises `Failure` if the policy cannot be read.

    `unfinished` as in `Context`.
    """
    environment = prepared.target.environment.name
    # Of an earlier release's images nothing here tells the commit.
    made_of = prepared.commit
    if made_of is None:
        made_of = checkout.head().whole if prepared.sources else ""
    missing = {image.service: image for image in prepared.images if image.missing}
    context = Context(
        environment,
        _commits(prepared),
        {name: note(image) for name, image in missing.items()},
        title,
        unfinished or {},
        project=project(),
        commit=made_of,
        is_billed=prepared.target.environment.place.is_billed,
        placeholders=prepared.target.environment.place.placeholders,
    )
    review = judged(plan, environment, context)
    kept = [item for item in review.deploys if item.service not in missing]
    added = list(_to_build(plan, missing, context, prepared.deployed))
    return replace(review, deploys=tuple(sorted([*kept, *added], key=lambda item: item.service))) if added else review


def differences(reviewed: Plan, now: Plan, review: Review, unfinished: Collection[str] = ()) -> list[str]:
    """What the plan of `now`, whose review it is, does otherwise than the reviewed one, with no secret in it.

    What tells two secrets apart are the plans as read. That the `unfinished` are kept now is no difference.
    """
    from orchestrator.review import review as core

    whole = comparison.differences(*kept.settled(reviewed, now, unfinished))
    if not whole:
        return []
    clean, later = kept.settled(core.review(reviewed).plan, review.plan, unfinished)
    told = comparison.differences(clean, later)
    places = {line.partition(": ")[0] for line in told}
    secrets = clean.secrets | later.secrets
    others = {leaks.removed(line.partition(": ")[0], secrets) for line in whole} - places
    return [*told, *(f"{place}: a value that looks like a secret is not the reviewed one" for place in sorted(others))]


def note(image: Image) -> str:
    """What a reviewer must know of an image that is not there."""
    return f"would be built: {image.why}"


def _to_build(
    plan: Plan, missing: Mapping[str, Image], context: Context, deployed: Mapping[str, str]
) -> Iterator[Deploy]:
    """The deploys that come with images that are not built yet: the plan cannot have them."""
    definitions = [item for item in plan.resources if item.type == deploys.TASK_DEFINITION]
    for name, image in missing.items():
        address = next(
            (item.address for item in definitions if deploys.images(item, item.after).get(name) == image.uri), ""
        )
        after = f"{image.uri.partition('@')[0]}:{image.tag}"
        yield Deploy(name, address, deployed.get(name), after, context.commits.get(name, ()), context.image_notes[name])


def _commits(prepared: Prepared) -> dict[str, tuple[str, ...]]:
    """Per service that gets another image: the log of its sources since the last release."""
    last = prepared.last
    if last is None:
        return {}
    moving = [item.service for item in prepared.images if last.tags.get(item.service, item.tag) != item.tag]
    return {name: commit.between(last.commit, _sources(prepared, name)) for name in moving}


def _sources(prepared: Prepared, service: str) -> tuple[Path, ...]:
    return prepared.sources.get(service, ())
