"""Whether the secrets that manifests name are there, with a key that can be used."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.aws.session import Aws
from orchestrator.project.manifest import Service
from orchestrator.secrets import checking
from orchestrator.secrets.judging import Verdict
from orchestrator.secrets.uses import Use, uses
from orchestrator.verify import check
from orchestrator.verify.check import Check

GROUP = "secrets"


def checks(aws: Aws, services: Sequence[Service]) -> list[Check]:
    """A check for each variable that is set to a secret. Reads no value."""
    named = uses(services, aws.environment)
    if not named:
        return [check.skipped(GROUP, "of manifests", "no manifest names one")]
    verdict = checking.looked_at(aws, services)
    return [judge(use, verdict) for use in named]


def judge(use: Use, verdict: Verdict) -> Check:
    """What was found out about one of them. Decides only."""
    name = f"{use.variable} of {use.service}"
    problem = next((item for item in verdict.problems if item.use == use), None)
    if problem is not None:
        return check.wrong(GROUP, name, f"{problem.text} ({use.line})", problem.command)
    doubt = next((text for text in verdict.warnings if text.startswith(str(use))), None)
    if doubt is not None:
        return check.skipped(GROUP, name, doubt)
    return check.ok(GROUP, name, f"{use.place} is there")
