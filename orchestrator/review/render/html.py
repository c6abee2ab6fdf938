"""The review as one HTML file: nothing is loaded from anywhere, and everything can be read without its script."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from orchestrator.review import document
from orchestrator.review.cost import words as cost
from orchestrator.review.document import Section
from orchestrator.review.model import Plan, Review
from orchestrator.review.render import deleted, picture, text, words
from orchestrator.review.render.rows import CHANGED, Rows, outputs, target, unspaced
from orchestrator.review.render.words import Group
from orchestrator.review.secrets import leaks
from orchestrator.review.secrets.labels import labels
from orchestrator.review.values import dotted

SCRIPT: Final = (Path(__file__).parent / "review.js").read_text(encoding="utf-8")
ADDRESSES = 200
FEW = 8
FINDINGS = 500  # of more, only address and rule are shown
FILTERED = 4  # findings from which on a filter is of use
VALUE = 600
PROSE = 4_000


def render(review: Review) -> str:
    """The whole file, with a line end."""
    body = "\n".join(Page(review).body())
    heading = escape(f"{words.headline(review)}: {text.cut(words.title(review), 120)}")
    return document.whole(without(heading, review.plan), without(body, review.plan), review.verdict, script=SCRIPT)


def without(body: str, plan: Plan) -> str:
    """The markup without the plan's secrets. Tags keep their names, whatever the secrets are."""
    names = labels(plan)
    alone = {name.partition(".")[2] for name in names}
    in_picture = {name.partition("_")[2].replace(".", " ", 1) for name in names}
    for written in (
        escape,
        lambda secret: escape(text.visible(secret)),
        lambda secret: escape(unspaced(secret)),
        target,
    ):
        found = leaks.pattern(body, plan.secrets, written, ours=leaks.VERDICTS, names=names | in_picture)
        if found:
            body = "".join(_masked(part, found, alone) for part in re.split("(<[^>]*>)", body))
    return text.commands_escaped(body, "&#35;")


def _masked(part: str, secret: re.Pattern[str], labels_alone: Collection[str]) -> str:
    if not part.startswith("<"):
        # A label stands alone in the picture, and in an address that may be broken at its dots.
        label = re.match(r"[\w-]+(?=$|[.\[])", part)
        whole = label.end() if label and label[0] in labels_alone else 0
        return part[:whole] + secret.sub(leaks.masked, part[whole:])
    return re.sub('"[^"]*"', lambda quoted: secret.sub(leaks.masked, quoted.group()), part)


def prose(content: str) -> str:
    """A sentence, with what stands between backticks as code."""
    return "".join(
        f"<code>{escape(text.visible(part))}</code>" if is_code else escape(text.visible(part))
        for is_code, part in words.marked(text.cut(content, PROSE))
    )


class Page:
    """The parts of a review's page."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.rows = Rows(review)
        self.groups = words.groups(review)
        self.excepted = words.groups(review, excepted=True)

    def body(self) -> Iterator[str]:
        """All of it."""
        yield from self.head()
        nothing = '<p class="nothing">There is nothing to do: what is there is what the configuration asks for.</p>'
        yield from document.sections(self.sections(), nothing)
        yield from self.foot()

    def sections(self) -> list[Section]:
        """Those that have something to show."""
        review, plan = self.review, self.review.plan
        drift = len(plan.drift) + plan.other_drift
        priced = len(review.cost.lines) + len(review.cost.unpriced) if review.cost else 0
        parts = [
            Section("deploys", "Deploys", len(review.deploys), self.deploys),
            Section("findings", "Findings", sum(len(group.findings) for group in self.groups), self.findings),
            Section("excepted", "Excepted by the policy", len(self.excepted), self.let_pass),
            Section("checks", "Checks", len(plan.checks), self.checks),
            Section("cost", "Cost", priced, self.cost),
            Section("changes", "Changes", len(plan.changed), self.changes),
            Section("drift", "Changed outside of Terraform", drift, self.drift),
            Section("outputs", "Outputs", len(plan.outputs), lambda: outputs(plan.outputs)),
            Section("policy", "Policy", len(review.policy_notes), self.policy),
        ]
        return [part for part in parts if part.count]

    def head(self) -> Iterator[str]:
        review = self.review
        yield f'<header class="verdict {review.verdict.value}"><div>'
        yield f'<p class="what">{escape(text.cut(words.title(review), 200))}</p>'
        if about := words.about(review):
            yield f'<p class="about">{escape(text.cut(about, 300))}</p>'
        yield f"<h1>{document.icon(review.verdict)}{words.headline(review)}</h1>"
        yield from self.summary()
        yield "</div></header>"

    def summary(self) -> Iterator[str]:
        """What is said below the verdict: its reason, the counts, what is lost, what the policy says."""
        review = self.review
        address, because = words.because(review)
        about = f"{self.rows.link(address)}: " if address else ""
        yield f'<p class="because">{about}{prose(because)}</p>'
        counts = words.counts(review)
        if counts:
            yield '<ul class="counts">'
            for sign, count, what in counts:
                kind = what.removeprefix("to ")
                yield f'<li class="{kind}"><span aria-hidden="true">{sign}</span> <b>{count:,}</b> {what}</li>'
            yield "</ul>"
            if theirs := words.terraform_counts(review):
                yield f'<p class="found">{theirs.strip(" ()")}</p>'
        else:
            yield f'<p class="counts">{words.counted(review)}</p>'
        found = words.found(review)
        if found:
            yield f'<p class="found">{found}</p>'
        covered = words.covered(review)
        if covered:
            yield f'<p class="found{" unknown" if review.coverage.unknown else ""}">{escape(covered)}</p>'
        for line in deleted.lines(review):
            addresses = ", ".join(map(self.rows.link, line.addresses))
            more = f" {line.more}" if line.more else ""
            yield f'<p class="deleted{" lost" if line.lost else ""}">{escape(line.says)} {addresses}{more}</p>'
        if review.cost:
            yield f'<p class="cost"><a href="#cost">{escape(cost.headline(review.cost))}</a></p>'
        stops = words.stops(review)
        if stops:
            yield f'<p class="stops{" stopped" if review.stops else ""}">{escape(stops)}</p>'
        for warning in words.warnings(review):
            yield f'<p class="warning">{escape(warning)}</p>'

    def deploys(self) -> Iterator[str]:
        yield '<ul class="deploys">'
        for item in self.review.deploys:
            old, new = (escape(text.cut(image, 200)) for image in words.image_change(item))
            name = escape(text.cut(text.visible(item.service), 200))
            images = f'<code>{old}</code> <span class="to">→</span> <code>{new}</code>'
            yield f'<li><p><b>{name}</b> <span class="images">{images}</span></p>'
            if item.commits:
                yield '<ol class="commits">'
                yield from (f"<li>{prose(text.cut(commit, VALUE))}</li>" for commit in words.commits(item))
                yield "</ol>"
            if item.note:
                yield f'<p class="note">{prose(item.note)}</p>'
            yield "</li>"
        yield "</ul>"

    def findings(self) -> Iterator[str]:
        if len(self.groups) >= FILTERED:
            yield '<form id="filter" hidden role="search">'
            yield '<label>Filter <input type="search" placeholder="address, rule, words"></label>'
            for severity in sorted({group.severity for group in self.groups}, reverse=True):
                yield f'<label class="choice"><input type="checkbox" checked value="{severity}"> {severity}</label>'
            yield '<output aria-live="polite"></output></form>'
        yield '<ol class="findings">'
        for place, group in enumerate(self.groups):
            yield from self.finding(group, brief=place >= FINDINGS)
        yield "</ol>"

    def finding(self, group: Group, *, brief: bool) -> Iterator[str]:
        first = group.first
        severity = str(group.severity)
        anchor = self.rows.anchor(f"{group.rule}:{first.address}")
        yield f'<li class="finding {severity}" id="{escape(anchor)}" data-severity="{severity}">'
        badge = f'<span class="severity">{severity}</span>'
        many = len(group.addresses) > FEW
        about = words.number(len(group.addresses), "resource") if many else self.about(group)
        yield f"<h3>{badge} {about}</h3>"
        yield f'<a class="rule" href="#{quote(anchor, safe="")}">{escape(first.rule)}</a>'
        if brief:
            yield "</li>"
            return
        if words.has_values(first) and not group.brief:
            old, new = (escape(item) for item in text.pair(first.before, first.after, CHANGED))
            path = escape(text.cut(text.visible(dotted(first.path)), VALUE))
            change = f'<del>{old}</del> <span class="to">→</span> <ins>{new}</ins>'
            yield f'<p class="values"><code>{path}</code> {change}</p>'
        yield f"<p>{prose(group.reason)}</p>"
        if first.advice:
            yield f'<p class="advice"><b>What to do:</b> {prose(first.advice)}</p>'
        if many:
            addresses = group.addresses
            yield "<details><summary>Which ones</summary><ul>"
            yield from (f"<li>{self.rows.link(address)}</li>" for address in addresses[:ADDRESSES])
            if len(addresses) > ADDRESSES:
                yield f"<li>and {len(addresses) - ADDRESSES:,} more</li>"
            yield "</ul></details>"
        yield "</li>"

    def about(self, group: Group) -> str:
        """The addresses of findings that say the same."""
        shown = [self.rows.link(address) for address in group.addresses[:FEW]]
        if len(group.addresses) > FEW:
            shown.append(f"and {len(group.addresses) - FEW:,} more")
        return "".join(f'<span class="address">{each}</span>' for each in shown)

    def let_pass(self) -> Iterator[str]:
        yield '<ol class="findings excepted">'
        for group in self.excepted:
            first = group.first
            yield f'<li class="finding low"><h3><span class="severity">{group.severity}</span>'
            yield f"{self.about(group)}</h3>"
            yield f'<span class="rule">{escape(first.rule)}</span><p>{prose(first.reason)}</p>'
            yield f'<p class="advice"><b>Exception:</b> {prose(first.excepted)}</p></li>'
        yield "</ol>"

    def checks(self) -> Iterator[str]:
        yield '<ul class="checks">'
        for check in words.checks(self.review):
            address = escape(text.cut(text.visible(check.address), VALUE))
            kind = "later" if check.status == "unknown" else "failing"
            yield f'<li class="{kind}"><code>{address}</code> {escape(words.check_line(check))}'
            yield from (f"<p>{prose(message)}</p>" for message in check.messages)
            yield "</li>"
        yield "</ul>"

    def cost(self) -> Iterator[str]:
        known = self.review.cost
        if not known:
            return
        yield '<ul class="cost">'
        for amount, address, what in cost.lines(known):
            paid = escape(text.cut(text.visible(what), VALUE))
            yield f'<li><b class="amount">{amount}</b> {self.rows.link(address)}<p>{paid}</p></li>'
        if more := cost.left_out(known):
            yield f"<li>and {more}</li>"
        for reason, addresses in cost.unknown(known):
            shown = ", ".join(map(self.rows.link, addresses[:FEW]))
            more = f" and {len(addresses) - FEW:,} more" if len(addresses) > FEW else ""
            yield f'<li><b class="amount">not known</b> {shown}{more}<p>{prose(reason)}</p></li>'
        yield "</ul>"
        if basis := cost.basis(known):
            yield f'<p class="note">{escape(basis)}</p>'

    def changes(self) -> Iterator[str]:
        yield from picture.of_review(self.review)
        yield from self.rows.listed(self.review.plan.changed)

    def drift(self) -> Iterator[str]:
        yield from self.rows.listed(self.review.plan.drift, drift=True)
        other = words.drift_line(self.review)
        if other:
            yield f'<p class="note">{escape(other)}</p>'

    def policy(self) -> Iterator[str]:
        yield "<ul>"
        yield from (f"<li>{prose(note)}</li>" for note in self.review.policy_notes)
        yield "</ul>"

    def foot(self) -> Iterator[str]:
        plan = self.review.plan
        version = f"{escape(words.program(plan))}. " if plan.terraform_version else ""
        yield f"<footer><p>{version}Sensitive values are left out; nothing is loaded from elsewhere.</p></footer>"
