"""What environments are notified of: how a deploy ended, and what was changed outside of Terraform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from orchestrator.console import Console
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode, Failure
from orchestrator.notify.notice import Event, Notice
from orchestrator.notify.send import send
from orchestrator.prepare.prepare import Prepared
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.releases.releases import Release
from orchestrator.review.model import Review


@dataclass
class Outcome:
    """What came of a deploy; `live` gives it once the new version is a release."""

    url: str = ""
    release: Release | None = None

    def live(self, url: str, release: Release) -> None:
        """The deploy has succeeded."""
        self.url, self.release = url, release


@contextmanager
def of_deploy(prepared: Prepared, planned: Planned, console: Console) -> Iterator[Outcome]:
    """Notify of how the deploy inside ends. One that had nothing to change is no news, unless it fails."""
    outcome = Outcome()
    environment = prepared.target.environment
    try:
        yield outcome
    except Failure as failure:
        send(environment, failed(prepared, planned, failure), console)
        raise
    if outcome.release is not None and (planned.file is not None or outcome.release != prepared.last):
        send(environment, went_live(prepared, planned, outcome.url, outcome.release), console)


def went_live(prepared: Prepared, planned: Planned, url: str, release: Release) -> Notice:
    """The notice of a version that is live."""
    name = prepared.target.environment.name
    moved = ", ".join(item.service for item in planned.review.deploys)
    return Notice(
        Event.SUCCESS,
        name,
        f"{name} is live as {release.name}{f': {moved}' if moved else ''}",
        audit.person(),
        release=release.name,
        url=url,
        commits=_commits(planned.review),
    )


def failed(prepared: Prepared, planned: Planned, failure: Failure) -> Notice:
    """The notice of a deploy that failed; its release is the last one that was verified."""
    name, last = prepared.target.environment.name, prepared.last
    went_back = failure.exit_code == ExitCode.ROLLED_BACK
    return Notice(
        Event.ROLLBACK if went_back else Event.FAILURE,
        name,
        f"the deploy to {name} failed: {failure.message}",
        audit.person(),
        reason=failure.reason,
        release=last.name if last else "",
        commits=_commits(planned.review),
    )


def of_drift(environment: Environment, review: Review, console: Console) -> None:
    """Notify of what the plan has found changed outside of Terraform, if anything."""
    notice = drifted(environment.name, review)
    if notice is not None:
        send(environment, notice, console)


def drifted(environment: str, review: Review) -> Notice | None:
    """The notice of a plan that has found something changed outside of Terraform."""
    addresses = tuple(item.address for item in review.plan.drift)
    if not addresses:
        return None
    count = f"{len(addresses)} resource{'s' if len(addresses) > 1 else ''}"
    return Notice(
        Event.DRIFT,
        environment,
        f"{count} of {environment} changed outside of Terraform",
        audit.person(),
        reason="\n".join(addresses),
        drift=addresses,
    )


def _commits(review: Review) -> dict[str, tuple[str, ...]]:
    return {item.service: item.commits for item in review.deploys}
