"""What a stage came to: the same for every CI, as data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors import ExitCode, Failure
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.review.model import Finding, Review, Severity
from orchestrator.review.render import json as review_json


@dataclass(frozen=True)
class Result:
    """How a stage ended. `review` is None where it ended before there was one, `failure` where it did not fail.

    `stop` is the lowest severity that the policy lets nothing be applied with, `bundle` the SHA-256 of the bundle that
    was made or applied, `planned` that of the plan which `apply` made again and ran, `differs` that this one does
    something else than was reviewed, `notes` what else there is to say.
    """

    stage: str
    environment: str
    commit: str
    seconds: float
    exit_code: ExitCode = ExitCode.SUCCESS
    review: Review | None = None
    stop: Severity | None = None
    bundle: str = ""
    planned: str = ""
    url: str = ""
    release: Release | None = None
    notes: tuple[str, ...] = ()
    differs: bool = False
    failure: Failure | None = field(default=None, compare=False)

    def stops(self, finding: Finding) -> bool:
        """True if the policy lets nothing be applied because of this finding."""
        return self.stop is not None and finding.severity >= self.stop and not finding.excepted

    @property
    def stopped_by_findings(self) -> bool:
        """True if it ended because of findings, which then tell it themselves."""
        stopped = self.exit_code == ExitCode.STOPPED_BY_REVIEW and not self.differs
        return stopped and any(map(self.stops, self.review.findings if self.review else ()))


def as_dict(result: Result) -> dict[str, Any]:
    """The content of `result.json`: nothing sensitive is in it."""
    told = review_json.as_dict(result.review) if result.review else {}
    failure = result.failure
    return {
        "stage": result.stage,
        "environment": result.environment,
        "commit": result.commit,
        "exit_code": int(result.exit_code),
        "verdict": str(result.review.verdict) if result.review else None,
        "because": result.review.because if result.review else None,
        "counts": told.get("counts"),
        "coverage": told.get("coverage"),
        "deploys": told.get("deploys", []),
        "findings": told.get("findings", []),
        "bundle": result.bundle or None,
        "planned_again": result.planned or None,
        "url": result.url or None,
        "release": releases.describe(result.release),
        "notes": list(result.notes),
        "error": failure.as_json() if failure else None,
        "seconds": round(result.seconds, 2),
    }


def as_json(result: Result) -> str:
    """The text of `result.json`."""
    return json.dumps(as_dict(result), indent=2, ensure_ascii=False) + "\n"


def as_dotenv(result: Result) -> str:
    """`NAME=value` lines, which GitLab takes as a `dotenv` report: the next jobs get them as variables."""
    values = {
        "STORYIZER_VERDICT": str(result.review.verdict) if result.review else "none",
        "STORYIZER_EXIT_CODE": str(int(result.exit_code)),
        "STORYIZER_BUNDLE": result.bundle,
        "STORYIZER_URL": result.url,
        "STORYIZER_RELEASE": result.release.name if result.release else "",
    }
    return "".join(f"{name}={' '.join(value.split())}\n" for name, value in values.items())
