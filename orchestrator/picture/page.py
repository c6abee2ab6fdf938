"""The picture as one HTML file without a script. What others wrote is text in it, with the plan's secrets taken out.

What renders a review is loaded where there is one to show: a deploy that changes nothing has none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orchestrator.errors import ExitCode
from orchestrator.images.image import Image
from orchestrator.picture import scale
from orchestrator.picture.facts import Facts, Failed, Step
from orchestrator.review import document
from orchestrator.review.document import Section
from orchestrator.review.model import Review
from orchestrator.review.render.text import commands_escaped, cut, visible
from orchestrator.review.secrets.scrub import Scrubber
from orchestrator.system import plain

if TYPE_CHECKING:
    from orchestrator.review.render.html import Page as ReviewPage

STYLE: Final = document.STYLE + (Path(__file__).parent / "picture.css").read_text(encoding="utf-8")
LINE = 2_000  # characters of a line that are shown
LINES = 400  # of a text
EVENTS = 500  # of a step, the last ones
OPEN = 25  # events that a step may have to be shown unfolded
DIGITS = 12  # of a digest


def render(facts: Facts) -> str:
    """The whole file, with a line end."""
    page = _Page(facts)
    body = "\n".join(page.body())
    title = page.text(f"{facts.environment}: {headline(facts)}")
    plan = facts.review.plan if facts.review else None
    if plan is not None and plan.secrets:
        from orchestrator.review.render import html

        body, title = html.without(body, plan), html.without(title, plan)
    return document.whole(title, commands_escaped(body, "&#35;"), facts.verdict, style=STYLE)


def headline(facts: Facts) -> str:
    """What came of it, in a few words."""
    if facts.failed is None:
        return f"{facts.release.name} {'went' if facts.is_kept else 'is'} live" if facts.release else "done"
    code = facts.failed.exit_code
    if code == ExitCode.INTERRUPTED:
        return "interrupted"
    if code == ExitCode.STOPPED_BY_REVIEW:
        return "stopped"
    return f"failed, {facts.before.name} serves" if code == ExitCode.ROLLED_BACK and facts.before else "failed"


def origin(facts: Facts) -> Iterator[str]:
    """Where the release comes from."""
    before, release = facts.before, facts.release
    if release is None:
        return
    if release.rollback_of and release != before:
        yield f"is {release.rollback_of} again"
    if release.promoted_from and release != before:
        yield f"the images of {release.promoted_from['environment']} {release.promoted_from['release']}"
    if before is not None:
        yield "was live already" if release == before else f"{before.name} before"


class _Page:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.clean = Scrubber(facts.review.plan.secrets if facts.review else frozenset()).text
        self.review = _of_review(facts.review) if facts.review else None

    def text(self, said: str) -> str:
        """A line of somebody's, as markup that shows it."""
        return escape(visible(cut(self.clean(plain.line(said)), LINE)))

    def lines(self, said: str) -> str:
        """Several lines of somebody's."""
        every = [line for line in said.split("\n") if line.strip()]
        more = [f"… {len(every) - LINES:,} more lines"] if len(every) > LINES else []
        return "\n".join(map(self.text, [*every[:LINES], *more]))

    def body(self) -> Iterator[str]:
        facts = self.facts
        yield from self.head()
        there = []
        if (failed := facts.failed) and (failed.reason or failed.details or failed.next_step):
            there.append(Section("failure", "Why", None, partial(self.failure, failed)))
        if facts.steps:
            there.append(Section("timeline", "Timeline", len(facts.steps), self.timeline))
        if facts.images:
            there.append(Section("images", "Images", len(facts.images), self.images))
        if facts.review:
            there.append(Section("plan", "Plan", None, self.plan))
        if events := sum(len(step.events) for step in facts.steps):
            there.append(Section("events", "Events", events, self.events))
        if self.review:
            there += [part for part in self.review.sections() if part.name != "deploys"]
        yield from document.sections(there)
        left_out = (
            "Drawn from what is kept of the release: the plan without its values, each step's last events"
            if facts.is_kept
            else "Sensitive values are left out"
        )
        yield f"<footer><p>{left_out}; nothing is loaded from elsewhere.</p></footer>"

    def head(self) -> Iterator[str]:
        facts = self.facts
        began = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(facts.began_at))
        yield f'<header class="verdict {facts.verdict.value}"><div>'
        by = f" by {self.text(facts.person)}" if facts.person else ""
        yield f'<p class="what">{self.text(f"{facts.verb} {facts.environment}")}{by}</p>'
        yield f"<h1>{document.icon(facts.verdict)}{self.text(headline(facts))}</h1>"
        if facts.failed:
            yield f'<p class="because">{self.text(facts.failed.message)}</p>'
        elif facts.url:
            address = self.text(facts.url)
            is_link = facts.url.startswith(("http://", "https://"))
            link = f'<a href="{address}">{address}</a>' if is_link else address
            yield f'<p class="because">{link}</p>'
        yield '<ul class="counts">'
        yield f"<li><b>{scale.duration(facts.seconds)}</b> in all</li>"
        yield f"<li>began at <b>{began}</b></li>"
        if facts.commit:
            yield f"<li>commit <b><code>{self.text(plain.commit(facts.commit))}</code></b></li>"
        yield from (f"<li>{self.text(said)}</li>" for said in origin(facts))
        yield "</ul></div></header>"

    def failure(self, failed: Failed) -> Iterator[str]:
        if failed.reason:
            yield f'<p class="reason">{self.lines(failed.reason)}</p>'
        if failed.tasks:
            tasks = ", ".join(f"<code>{self.text(task)}</code>" for task in failed.tasks)
            yield f'<p class="note">Tasks of {self.text(failed.service)}: {tasks}</p>'
        if failed.details:
            yield f"<h3>{'The last lines of its log' if failed.service else 'In its own words'}</h3>"
            yield f"<pre>{self.lines(chr(10).join(failed.details))}</pre>"
        if failed.next_step:
            yield f'<p class="next"><b>Next:</b> {self.lines(failed.next_step)}</p>'

    def timeline(self) -> Iterator[str]:
        facts = self.facts
        whole = max([facts.seconds, *(step.end for step in facts.steps)])
        ticks = scale.ticks(whole)
        labels = "".join(
            f'<text x="{scale.percent(at, whole)}" y="11">{label}</text>'
            for at, label in zip(ticks[1:], scale.labels(ticks)[1:], strict=True)
        )
        yield f'<svg class="axis" width="100%" height="14" aria-hidden="true">{labels}</svg>'
        grid = "".join(f'<rect class="grid" x="{scale.percent(at, whole)}" width="1" height="14"/>' for at in ticks)
        yield '<ol class="steps">'
        for step in facts.steps:
            yield from self.step(step, whole, grid)
        yield "</ol>"
        beside = "Steps whose bars overlap ran at the same time; an indented one is a part of the one above it."
        yield f'<p class="note">{scale.duration(facts.idle_seconds)} in none of these steps. {beside}</p>'

    def step(self, step: Step, whole: float, grid: str) -> Iterator[str]:
        kind = step.outcome.replace(" ", "-")
        bar = f'<rect class="time" {scale.bar(step.start, step.seconds, whole)} height="14" rx="2"/>'
        said = step.result or step.outcome
        if step.outcome != "done":
            said = step.outcome
        yield f'<li class="step {kind} depth{min(step.depth, 3)}"><b class="name">{self.text(step.name)}</b>'
        yield f'<svg class="bar" width="100%" height="14" aria-hidden="true">{grid}{bar}</svg>'
        yield f'<span class="seconds">{scale.duration(step.seconds)}</span>'
        yield f'<span class="result">{self.text(said)}</span>'
        yield f'<span class="start">at {scale.duration(step.start)}</span></li>'

    def images(self) -> Iterator[str]:
        facts = self.facts
        before = facts.before.images if facts.before else {}
        commits = {item.service: item.commits for item in facts.review.deploys} if facts.review else {}
        yield '<ul class="deploys">'
        for image in facts.images:
            yield from self.image(image, before.get(image.service, ""), commits.get(image.service, ()))
        for service in sorted(before.keys() - {image.service for image in facts.images}):
            yield f'<li><p><b>{self.text(service)}</b> <span class="images">removed</span></p></li>'
        yield "</ul>"

    def image(self, image: Image, before: str, commits: tuple[str, ...]) -> Iterator[str]:
        how = "built" if image.built else "copied" if image.pushed else "reused"
        old, new = (uri.rpartition("@sha256:")[2][:DIGITS] for uri in (before, image.uri))
        shown = f"<code>{self.text(new)}</code>"
        if old and old != new:
            shown = f'<code>{self.text(old)}</code> <span class="to">→</span> {shown}'
        yield f'<li class="image {how}"><p><b>{self.text(image.service)}</b> <span class="how">{how}</span>'
        yield f'<span class="images">{shown}</span></p>'
        why = image.why or ("new" if not old else "unchanged" if old == new else "another release's")
        yield f'<p class="note">{self.text(why)}</p>'
        if commits:
            yield f'<ol class="commits">{"".join(f"<li>{self.text(line)}</li>" for line in commits)}</ol>'
        yield "</li>"

    def events(self) -> Iterator[str]:
        for step in self.facts.steps:
            if not step.events:
                continue
            shown = step.events[-EVENTS:]
            is_open = " open" if len(step.events) <= OPEN else ""
            yield f'<details class="events"{is_open}>'
            yield f"<summary>{self.text(step.name)} <b>{len(step.events):,}</b></summary>"
            if len(shown) < len(step.events):
                yield f'<p class="note">The last {len(shown):,} of them:</p>'
            yield "<ol>"
            yield from (self.event(at, said) for at, said in shown)
            yield "</ol></details>"
        yield '<p class="note">Times after the beginning, and in UTC, when each was seen.</p>'

    def event(self, at: float, said: str) -> str:
        clock = time.strftime("%H:%M:%S", time.gmtime(self.facts.began_at + at))
        times = f'<span class="at">{scale.duration(at)}</span> <span class="clock">{clock}</span>'
        return f'<li>{times} <span class="said">{self.lines(said)}</span></li>'

    def plan(self) -> Iterator[str]:
        if self.review is None:
            yield "<p>Terraform had nothing to change.</p>"
            return
        from orchestrator.review.render import words

        review = self.review.review
        yield f'<div class="plan {review.verdict.value}"><p class="headline">{words.headline(review)}</p>'
        yield from self.review.summary()
        yield "</div>"


def _of_review(review: Review) -> ReviewPage | None:
    """What renders the review, None if it has nothing to say."""
    if review.plan.does_nothing and not (review.findings or review.plan.drift or review.policy_notes):
        return None
    from orchestrator.review.render import html

    return html.Page(review)
