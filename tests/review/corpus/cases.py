"""The corpus' cases: what a reviewer wants to be told of each plan, and what is told."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from orchestrator.review.catalogue import RULES
from orchestrator.review.model import Finding, Review
from orchestrator.review.reading.reading import read
from orchestrator.review.review import review
from orchestrator.review.values import dotted
from tests.review.corpus import make

COUNTS = ("create", "update", "replace", "delete", "move", "imported", "forget")
# A rule that no case shows, and why none can.
_NO_SUCH_TYPE = "the types of the AWS provider that are here are known; `tests/review/clouds/unknown` has cases"
WITHOUT_CASE: dict[str, str] = dict.fromkeys(
    ("unknown-type-open", "unknown-type-powerful", "unknown-type-public", "unknown-type-unguarded"), _NO_SUCH_TYPE
)


@dataclass(frozen=True)
class Wanted:
    """A finding that a reviewer wants. `severity` and `path` are empty where either is a matter of taste."""

    rule: str
    address: str
    severity: str = ""
    path: str = ""

    def is_met_by(self, finding: Finding) -> bool:
        """True if that is what the finding says."""
        return (
            finding.rule == self.rule
            and finding.address == self.address
            and self.severity in ("", str(finding.severity))
            and dotted(finding.path).startswith(self.path)
        )


@dataclass(frozen=True)
class Expected:
    """What `expected.toml` says, written before it was known what the rules say."""

    verdict: str
    findings: tuple[Wanted, ...]
    counts: dict[str, int]
    deploys: tuple[dict[str, str], ...]
    outputs: tuple[str, ...]
    checks: dict[str, str]
    drift: tuple[str, ...] | None
    canaries: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Outcome:
    """Findings compared: as wanted, wanted and not told, told and not wanted."""

    true: tuple[Finding, ...]
    missed: tuple[Wanted, ...]
    false: tuple[Finding, ...]


def expected(name: str) -> Expected:
    """The expectation for a case."""
    text = (make.CORPUS / name / "expected.toml").read_text()
    said = tomllib.loads(text)
    known = {"verdict", "finding", "deploy", "outputs", "checks", "drift", "canaries", *COUNTS}
    assert not set(said) - known, f"{name}: unknown {set(said) - known}"
    return Expected(
        verdict=said["verdict"],
        findings=tuple(Wanted(**one) for one in said.get("finding", [])),
        counts={what: said.get(what, 0) for what in COUNTS},
        deploys=tuple(said.get("deploy", [])),
        outputs=tuple(said.get("outputs", [])),
        checks=said.get("checks", {}),
        drift=tuple(said["drift"]) if "drift" in said else None,
        canaries=tuple(said.get("canaries", [])),
        note=" ".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")),
    )


@cache
def shown(name: str) -> dict[str, Any]:
    """A case's plan, as `terraform show -json` gave it. Shared: do not change it."""
    return dict(json.loads(make.committed(name)))


@cache
def reviewed(name: str) -> Review:
    """A case's plan, reviewed with the built-in policy."""
    return review(read(shown(name)))


def compare(name: str) -> Outcome:
    """The wanted findings of a case beside those that it has."""
    false = list(reviewed(name).findings)
    true, missed = [], []
    for wanted in expected(name).findings:
        found = next((finding for finding in false if wanted.is_met_by(finding)), None)
        if found is None:
            missed.append(wanted)
        else:
            false.remove(found)
            true.append(found)
    return Outcome(tuple(true), tuple(missed), tuple(false))


def page() -> str:
    """README.md: findings per rule over all cases, and the cases."""
    names = make.names()
    outcomes = {name: compare(name) for name in names}
    true = Counter(finding.rule for outcome in outcomes.values() for finding in outcome.true)
    missed = Counter(wanted.rule for outcome in outcomes.values() for wanted in outcome.missed)
    false = Counter(finding.rule for outcome in outcomes.values() for finding in outcome.false)
    silent = sum(not expected(name).findings for name in names)
    rules = sorted({rule.id for rule in RULES} | set(true) | set(missed) | set(false))
    lines = [
        "# Plans with the findings that they must have",
        "",
        "Each folder is a case: Terraform code before and after a change, the plan that Terraform made of it "
        "(`plan.json.gz`, the output of `terraform show -json`) and `expected.toml`, what a reviewer wants to be told "
        "of it. What is not in there must not be told. `python -m tests.review.corpus.make` makes the plans again, "
        "`python -m tests.review.corpus.cases` this page.",
        "",
        f"{len(names)} plans, {silent} of them with nothing to be told; {sum(true.values())} findings as expected, "
        f"{sum(missed.values())} missed, {sum(false.values())} false.",
        "",
        "| rule | true | missed | false |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {rule} | {true[rule]} | {missed[rule]} | {false[rule]} |" for rule in rules),
        "",
    ]
    if WITHOUT_CASE:
        lines += [*(f"- {rule} has no case: {why}" for rule, why in WITHOUT_CASE.items()), ""]
    lines += [(make.CORPUS / "hold-out.md").read_text(), "## The cases", ""]
    lines += ["| case | verdict | findings | what it is about |", "| --- | --- | ---: | --- |"]
    for name in names:
        wanted = expected(name)
        lines.append(f"| [{name}]({name}) | {wanted.verdict} | {len(wanted.findings)} | {wanted.note} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (make.CORPUS / "README.md").write_text(page())
