"""Writes a stage's result to the folder that the CI keeps, and tells it to GitHub Actions where that runs us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.ci import github, junit, result, source_lines
from orchestrator.ci.result import Result
from orchestrator.errors import Failure
from orchestrator.review import catalogue
from orchestrator.review.render import html, markdown
from orchestrator.review.render import json as review_json
from orchestrator.review.secrets import leaks
from orchestrator.system import atomic

COMMENT, HTML, REVIEW, RESULT, JUNIT, DOTENV = (
    "comment.md",
    "review.html",
    "review.json",
    "result.json",
    "junit.xml",
    "result.env",
)
FILES = (COMMENT, HTML, REVIEW, RESULT, JUNIT, DOTENV)
_FINDING_TEXTS = ("address", "reason", "advice", "before", "after")
_LINES = 20
_LINE = 200
_ROOM_FOR_OURS = 3 * _LINES * _LINE


def cleaned(done: Result) -> Result:
    """The result with no sensitive text of the plan in it, whatever a rule, Terraform or AWS has quoted."""
    if done.review is None:
        return done

    def hide(value: Any) -> Any:
        return leaks.removed(value, secrets) if isinstance(value, str) else value

    secrets, failure = done.review.plan.secrets, done.failure
    findings = tuple(
        replace(item, **{name: hide(getattr(item, name)) for name in _FINDING_TEXTS}) for item in done.review.findings
    )
    if failure is not None:
        failure = Failure(
            hide(failure.message), reason=hide(failure.reason), next_step=hide(failure.next_step),
            details=[hide(line) for line in failure.details], exit_code=failure.exit_code,
        )  # fmt: skip
    notes = tuple(hide(note) for note in done.notes)
    review = replace(done.review, findings=findings, because=hide(done.review.because))
    return replace(done, review=review, failure=failure, notes=notes)


def write(done: Result, out: Path) -> None:
    """All files of the stage, in place of those of an earlier run. A plan is never among them."""
    done = cleaned(done)
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    texts: dict[str, Callable[[], str]] = {
        RESULT: lambda: result.as_json(done),
        DOTENV: lambda: result.as_dotenv(done),
        JUNIT: lambda: junit.render(done, catalogue.RULES),
        COMMENT: lambda: comment(done),
    }
    if (review := done.review) is not None:
        texts |= {REVIEW: lambda: review_json.render(review), HTML: lambda: html.render(review)}
    # Each by itself: should one not be made, those before it are there.
    for name, text in texts.items():
        atomic.write(out / name, github.encoded(text()))


def comment(done: Result) -> str:
    """The comment for the pull request, which is the step's summary too: the review and what became of it."""
    lines: list[str] = []
    if done.review is None:
        lines = [markdown.marker(done.environment), f"## ci {done.stage} {done.environment}: no review", ""]
    else:
        text = markdown.render(done.review, limit=markdown.LIMIT - _ROOM_FOR_OURS, report=f"{HTML}, in the artifacts")
        lines = [text.rstrip("\n"), ""]
    if done.failure is not None:
        told = [done.failure.message, *done.failure.reason.splitlines(), *done.failure.details][:_LINES]
        told.append(f"next: {done.failure.next_step}")
        lines += [f"> {markdown.prose(line)[:_LINE]}  " for line in told if line.strip()] + [""]
    lines += [f"> {markdown.prose(note)[:_LINE]}  " for note in done.notes[:3]]
    if done.release is not None:
        lines += [f"**{markdown.prose(done.environment)} is live as {done.release.name}**: {done.url}", ""]
    if done.stage == "plan" and done.failure is None:
        lines.append(f"<sub>{markdown.code(done.commit[:12])} is planned as bundle {markdown.code(done.bundle)}.</sub>")
    return "\n".join(lines).rstrip("\n") + "\n"


def to_github(done: Result) -> None:
    """Annotations, summary and outputs; nothing anywhere else than in GitHub Actions."""
    if not github.is_runner():
        return
    done = cleaned(done)
    wanted = [finding.address for finding in done.review.findings] if done.review else []
    github.tell(github.annotate(done, source_lines.of(wanted)))
    github.add_summary(comment(done))
    github.set_outputs({
        "exit-code": str(int(done.exit_code)),
        "verdict": str(done.review.verdict) if done.review else "none",
        "bundle": done.bundle,
        "url": done.url,
    })  # fmt: skip


def failed(done: Result, error: BaseException) -> Result:
    """The result with what ended the stage. What nobody foresaw is told by its type: its text may hold anything."""
    failure = error if isinstance(error, Failure) else Failure(
        f"the stage ended in {type(error).__name__}", next_step="the job's log says more: its last lines"
    )  # fmt: skip
    return replace(done, failure=failure, exit_code=failure.exit_code)
