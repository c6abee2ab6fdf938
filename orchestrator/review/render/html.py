"""The review as one HTML file: nothing is loaded from anywhere, and everything can be read without its script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from orchestrator.review.model import Review, Verdict
from orchestrator.review.render import deleted, picture, text, words
from orchestrator.review.render.rows import CHANGED, Rows, outputs, target, unspaced
from orchestrator.review.render.words import Group
from orchestrator.review.secrets import leaks
from orchestrator.review.values import dotted

STYLE: Final = (Path(__file__).parent / "review.css").read_text(encoding="utf-8")
SCRIPT: Final = (Path(__file__).parent / "review.js").read_text(encoding="utf-8")
ADDRESSES = 200
FEW = 8
FINDINGS = 500  # of more, only address and rule are shown
FILTERED = 4  # findings from which on a filter is of use
VALUE = 600
PROSE = 4_000
COLOURS = {Verdict.SAFE: "1a7f4b", Verdict.CAREFUL: "b7791f", Verdict.DANGEROUS: "c5281c"}
ICONS = {
    Verdict.SAFE: '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/>',
    Verdict.CAREFUL: '<path d="M12 3 22.5 21h-21z"/><path d="M12 10v5m0 2.6v.4"/>',
    Verdict.DANGEROUS: '<path d="M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z"/><path d="M12 7v6m0 3.1v.4"/>',
}


def render(review: Review) -> str:
    """The whole file, with a line end."""
    body = "\n".join(_Page(review).body())
    heading = escape(f"{words.headline(review)}: {text.cut(words.title(review), 120)}")
    colour = COLOURS[review.verdict]
    icon = quote(f"<svg xmlns='http://www.w3.org/2000/svg'><circle cx='8' cy='8' r='8' fill='#{colour}'/></svg>")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{_without(heading, review.plan.secrets)}</title>
<link rel="icon" href="data:image/svg+xml,{icon}">
<style>{STYLE}</style>
</head>
<body>
{_without(body, review.plan.secrets)}
<script>{SCRIPT}</script>
</body>
</html>
"""


def _policy() -> str:
    def source(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {source(STYLE)}; script-src {source(SCRIPT)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _without(body: str, secrets: frozenset[str]) -> str:
    """The markup without the secrets. Tags keep their names, whatever the secrets are."""
    for written in (
        escape,
        lambda secret: escape(text.visible(secret)),
        lambda secret: escape(unspaced(secret)),
        target,
    ):
        found = leaks.pattern(body, secrets, written, ours=leaks.VERDICTS)
        if found:
            body = "".join(_masked(part, found) for part in re.split("(<[^>]*>)", body))
    return text.commands_escaped(body, "&#35;")


def _masked(part: str, secret: re.Pattern[str]) -> str:
    if not part.startswith("<"):
        return secret.sub(leaks.MASK, part)
    return re.sub('"[^"]*"', lambda quoted: secret.sub(leaks.MASK, quoted.group()), part)


def prose(content: str) -> str:
    """A sentence, with what stands between backticks as code."""
    return "".join(
        f"<code>{escape(text.visible(part))}</code>" if is_code else escape(text.visible(part))
        for is_code, part in words.marked(text.cut(content, PROSE))
    )


class _Page:
    def __init__(self, review: Review) -> None:
        self.review = review
        self.rows = Rows(review)
        self.groups = words.groups(review)
        self.excepted = words.groups(review, excepted=True)

    def body(self) -> Iterator[str]:
        plan = self.review.plan
        drift = len(plan.drift) + plan.other_drift
        parts = [
            ("deploys", "Deploys", len(self.review.deploys), self.deploys),
            ("findings", "Findings", sum(len(group.findings) for group in self.groups), self.findings),
            ("excepted", "Excepted by the policy", len(self.excepted), self.let_pass),
            ("checks", "Checks", len(plan.checks), self.checks),
            ("changes", "Changes", len(plan.changed), self.changes),
            ("drift", "Changed outside of Terraform", drift, self.drift),
            ("outputs", "Outputs", len(plan.outputs), lambda: outputs(plan.outputs)),
            ("policy", "Policy", len(self.review.policy_notes), self.policy),
        ]
        yield from self.head()
        there = [part for part in parts if part[2]]
        if there:
            yield '<nav aria-label="Contents"><ul>'
            for name, title, count, _ in there:
                yield f'<li><a href="#{name}">{title} <b>{count:,}</b></a></li>'
            yield "</ul></nav>"
        yield "<main>"
        for name, title, _, content in there:
            yield f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>'
            yield from content()
            yield "</section>"
        if not there:
            yield '<p class="nothing">There is nothing to do: what is there is what the configuration asks for.</p>'
        yield "</main>"
        yield from self.foot()

    def head(self) -> Iterator[str]:
        review = self.review
        yield f'<header class="verdict {review.verdict.value}"><div>'
        yield f'<p class="what">{escape(text.cut(words.title(review), 200))}</p>'
        icon = ICONS[review.verdict]
        yield f'<h1><svg viewBox="0 0 24 24" aria-hidden="true">{icon}</svg>{words.headline(review)}</h1>'
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
        else:
            yield f'<p class="counts">{words.counted(review)}</p>'
        found = words.found(review)
        if found:
            yield f'<p class="found">{found}</p>'
        for line in deleted.lines(review):
            addresses = ", ".join(map(self.rows.link, line.addresses))
            more = f" {line.more}" if line.more else ""
            yield f'<p class="deleted{" lost" if line.lost else ""}">{escape(line.says)} {addresses}{more}</p>'
        stops = words.stops(review)
        if stops:
            yield f'<p class="stops{" stopped" if review.stops else ""}">{escape(stops)}</p>'
        for warning in words.warnings(review):
            yield f'<p class="warning">{escape(warning)}</p>'
        yield "</div></header>"

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
        version = f"Terraform {escape(text.visible(plan.terraform_version))}. " if plan.terraform_version else ""
        yield f"<footer><p>{version}Sensitive values are left out; nothing is loaded from elsewhere.</p></footer>"
