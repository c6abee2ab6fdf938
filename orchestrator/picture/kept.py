"""The picture of a release, kept beside it: whoever can read the release can draw it, on any machine.

What is kept is small and holds no value of the plan: the steps with their last events, the images, and of the review
what happens to which resource, the findings and the commits. Lines that a container wrote are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.images.image import Image
from orchestrator.picture.facts import Facts, Step
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.review.model import (
    Action,
    Counts,
    Deleted,
    Deploy,
    Finding,
    Plan,
    Resource,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.secrets.scrub import Scrubber
from orchestrator.system import plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
TEXT = 300  # characters of a line
STEPS, EVENTS, IMAGES, CHANGES, FINDINGS, COMMITS, NOTES = 100, 300, 60, 250, 40, 20, 20
# What holds this program's own words, whatever the plan's secrets are.
_OWN = frozenset({"verb", "outcome", "verdict", "action", "severity", "rule"})


def key(environment: str, number: int) -> str:
    """Where the picture of a release is kept in the state bucket."""
    return f"{environment}/pictures/{number:06d}.json"


def keep(aws: Aws, facts: Facts) -> None:
    """Keep what the picture of the release that was made is drawn from."""
    if facts.release is not None:
        state.write(aws, key(facts.environment, facts.release.number), as_json(facts))


def read(aws: Aws, release: Release) -> Facts | None:
    """What the picture of a release is drawn from; None if nothing was kept. Raises `Broken`."""
    place = key(aws.environment.name, release.number)
    value = state.read(aws, place)
    if value is None:
        return None
    try:
        before = releases.numbered(aws, int(value["before"])) if value["before"] else None
        return from_json(aws.environment.name, value, release, before)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise state.Broken(aws, place, f"{type(error).__name__}: {error}") from error


def as_json(facts: Facts) -> dict[str, Any]:
    """What is kept of a run that succeeded."""
    steps = facts.steps[:STEPS]
    telling = sum(bool(step.events) for step in steps)
    events = max(1, EVENTS // telling) if telling else 0
    value = {
        "verb": facts.verb,
        "person": facts.person,
        "began_at": round(facts.began_at, 2),
        "seconds": round(facts.seconds, 2),
        "url": facts.url,
        "commit": facts.commit,
        "before": facts.before.number if facts.before else None,
        "steps": [_step(step, events) for step in steps],
        "images": [asdict(image) for image in facts.images[:IMAGES]],
        "review": _review(facts.review) if facts.review else None,
    }
    scrubber = Scrubber(facts.review.plan.secrets if facts.review else frozenset())
    return {name: _clean(part, name, scrubber) for name, part in value.items()}


def _clean(value: Any, name: str, scrubber: Scrubber) -> Any:
    """The value without secrets, its texts as lines that are not too long."""
    if isinstance(value, str):
        return value if name in _OWN else scrubber.text(plain.line(value))[:TEXT]
    if isinstance(value, dict):
        return {key: _clean(part, key, scrubber) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part, name, scrubber) for part in value]
    return value


def _step(step: Step, events: int) -> dict[str, Any]:
    kept = () if step.quotes else step.events[-events:]
    return {
        "name": step.name,
        "start": round(step.start, 2),
        "seconds": round(step.seconds, 2),
        "result": step.result,
        "outcome": step.outcome,
        "depth": step.depth,
        "events": [(round(at, 2), said) for at, said in kept],
    }


def _review(review: Review) -> dict[str, Any]:
    changed = review.plan.changed
    more = len(changed) - CHANGES
    notes = [*review.plan.notes, f"{more:,} more changes were not kept"] if more > 0 else review.plan.notes
    return {
        "verdict": review.verdict.value,
        "because": review.because,
        "counts": asdict(review.counts),
        "stops": review.stops,
        "terraform_version": review.plan.terraform_version,
        "notes": notes[-NOTES:],
        "policy_notes": review.policy_notes[:NOTES],
        "changes": [
            _part(item, "address", "module", "type", "name", "provider", "moved_from", "import_id", "deposed")
            | {"action": item.action.value}
            for item in changed[:CHANGES]
        ],
        "findings": [
            _part(item, "rule", "address", "reason", "advice", "excepted") | {"severity": str(item.severity)}
            for item in review.findings[:FINDINGS]
        ],
        "deleted": [asdict(item) for item in review.deleted[:FINDINGS]],
        "deploys": [asdict(item) | {"commits": item.commits[:COMMITS]} for item in review.deploys[:IMAGES]],
    }


def _part(item: DataclassInstance, *names: str) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def from_json(environment: str, value: Mapping[str, Any], release: Release, before: Release | None) -> Facts:
    """The facts again. Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for what was never kept so."""
    return Facts(
        environment,
        str(value["verb"]),
        str(value["person"]),
        float(value["began_at"]),
        float(value["seconds"]),
        tuple(
            _made(Step, item, events=tuple((float(at), str(said)) for at, said in item["events"]))
            for item in value["steps"]
        ),
        tuple(_made(Image, item) for item in value["images"]),
        before,
        _review_of(value["review"]) if value["review"] is not None else None,
        release,
        str(value["url"]),
        str(value["commit"]),
        is_kept=True,
    )


def _review_of(value: Mapping[str, Any]) -> Review:
    changes = tuple(
        _made(Resource, item, action=Action(item["action"]), before={}, after={}) for item in value["changes"]
    )
    plan = Plan(changes, terraform_version=str(value["terraform_version"]), notes=tuple(value["notes"]))
    return Review(
        plan,
        Verdict(value["verdict"]),
        str(value["because"]),
        _made(Counts, value["counts"]),
        tuple(_made(Finding, item, severity=Severity[item["severity"].upper()]) for item in value["findings"]),
        tuple(_made(Deploy, item, commits=tuple(item["commits"])) for item in value["deploys"]),
        stops=bool(value["stops"]),
        policy_notes=tuple(value["policy_notes"]),
        deleted=tuple(_made(Deleted, item) for item in value["deleted"]),
    )


def _made(kind: type[T], item: Mapping[str, Any], **more: Any) -> T:
    """What is kept of it; what only another version of this program knows of it is left out."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: part for name, part in item.items() if name in known} | more)
