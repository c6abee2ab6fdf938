"""The review as GitHub-flavoured Markdown for a pull request's comment."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from orchestrator.review.cost import words as cost
from orchestrator.review.model import Action, Resource, Review, Verdict
from orchestrator.review.render import deleted, lines, text, words
from orchestrator.review.render.words import Group
from orchestrator.review.secrets import leaks
from orchestrator.review.secrets.labels import labels
from orchestrator.review.values import dotted

MARKER: Final = "<!-- storyizer-review:"
"""How every rendering begins: with it a comment is found again and updated in place."""
LIMIT: Final = 65_536
"""Characters that GitHub takes in a comment."""
NOTE_ROOM = 600
WIDTH = 110
ATTRIBUTES = 12
ADDRESSES = 10
VALUE = 300
FENCES = 2 * VALUE + 20  # characters of a block's two fences at most: one longer than any run of backticks in a line
PROSE = 2_000

VERDICTS = {Verdict.SAFE: "NOTE", Verdict.CAREFUL: "WARNING", Verdict.DANGEROUS: "CAUTION"}
SPECIAL = re.compile(r"[\\`*\[\]#|~$]|(?<![^\W_])_|_(?![^\W_])")


def marker(environment: str) -> str:
    """The first line of a review of this environment: a comment that GitHub does not show."""
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", environment).strip("-")
    return f"{MARKER}{name} -->"


def render(review: Review, limit: int = LIMIT, report: str = "") -> str:
    """The review in at most `limit` characters.

    What does not fit is left out, details first, and a note at the end says how much; `report` says where the whole of
    it is (a link, a file's name).
    """
    whole = _Comment(review, limit, report).whole()
    names = labels(review.plan)
    for written in (str, prose, html.escape, text.visible):
        whole = leaks.removed(whole, review.plan.secrets, written, ours=leaks.OURS, names=names)
    return text.no_commands(whole)[:limit]


def prose(content: str) -> str:
    """Text that means nothing in Markdown or HTML, and calls nobody (`@name`, `#1`, a bare address of a page)."""
    return re.sub(r"^\s*(\d+(?=[.)])|(?=[-+=]))", r"\1\\", _inline(content))


def _inline(content: str) -> str:
    """The same for text that does not begin a line."""
    safe = SPECIAL.sub(r"\\\g<0>", text.visible(content))
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A zero-width space: GitHub looks for names, numbers and addresses after all escapes are undone.
    return re.sub(r"(@|\\#|GH-(?=\d)|www(?=\.)|(?=://))", "\\1\u200b", safe, flags=re.IGNORECASE)


def code(content: str) -> str:
    """A code span with this text, whatever is in it."""
    shown = text.visible(content)
    runs = [len(run) for run in re.findall("`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    padding = " " if not shown or shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def sentence(content: str, limit: int = PROSE) -> str:
    """Prose in which what stands between backticks is code. Never empty: what follows would be read as its heading."""
    parts = words.marked(text.cut(content, limit))
    said = "".join(
        code(part) if is_code else _inline(part) if place else prose(part)
        for place, (is_code, part) in enumerate(parts)
    )
    return said if said.strip() else "(nothing)"


def fenced(content: list[str]) -> list[str]:
    """A block of `diff` with these lines."""
    runs = [len(run) for line in content for run in re.findall("`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return [f"{fence}diff", *content, fence]


class _Comment:
    def __init__(self, review: Review, limit: int, report: str) -> None:
        self.review = review
        self.report = report
        self.room = limit - NOTE_ROOM - len(report)
        self.parts: list[str] = []
        self.left_out: list[str] = []

    def add(self, *block: str) -> bool:
        """Takes these lines if there is room for them."""
        size = sum(len(line) + 1 for line in block)
        if size > self.room:
            return False
        self.room -= size
        self.parts.extend(block)
        return True

    def whole(self) -> str:
        self.head()
        self.deploys()
        self.findings()
        self.excepted()
        self.checks()
        self.cost()
        changes = self.review.plan.changed
        if changes:
            self.section("Changes", changes, "changed resource")
        self.drift()
        self.outputs()
        self.notes()
        if self.left_out:
            where = f" The full report: {sentence(self.report)}" if self.report else " The full report has them."
            self.parts += ["", f"> Left out here, for the comment's size: {', '.join(self.left_out)}.{where}"]
        return "\n".join(self.parts) + "\n"

    def head(self) -> None:
        review = self.review
        self.add(marker(review.context.environment))
        self.add(f"## {words.headline(review)}", "", f"> [!{VERDICTS[review.verdict]}]")
        address, because = words.because(review)
        about = f"{code(text.cut(address, VALUE))}: " if address else ""
        self.add(f"> {about}{sentence(because)}", "")
        stops = words.stops(review)
        counts = ". ".join(filter(None, (words.counted(review), words.found(review), _inline(words.covered(review)))))
        self.add(f"**{prose(text.cut(words.title(review).strip(), VALUE))}:** {counts}")
        if about := words.about(review):
            self.add("", prose(text.cut(about, VALUE)))
        for line in deleted.lines(review):
            says = f"**{prose(line.says)}**" if line.lost else prose(line.says)
            addresses = ", ".join(code(text.cut(address, VALUE)) for address in line.addresses)
            self.add("", " ".join(filter(None, (says, addresses, line.more))))
        if review.cost:
            self.add("", prose(cost.headline(review.cost)))
        if stops:
            self.add("", f"**{prose(stops)}**" if review.stops else prose(stops))
        for warning in words.warnings(review):
            self.add("", prose(warning))

    def deploys(self) -> None:
        left = 0
        for place, item in enumerate(self.review.deploys):
            old, new = words.image_change(item)
            block = ["", "### Deploys", ""] if place == 0 else []
            name = prose(text.cut(item.service, VALUE)).strip() or "(no name)"
            block.append(f"- **{name}** {code(text.cut(old, VALUE))} → {code(text.cut(new, VALUE))}")
            more = [
                f"  - {sentence(line, VALUE)}" for line in (*words.commits(item), *([item.note] if item.note else []))
            ]
            left += not (self.add(*block, *more) or self.add(*block))
        self.leave(left, "deploy")

    def findings(self) -> None:
        groups = words.groups(self.review)
        if not groups:
            return
        self.add("", "### Findings", "")
        left = 0
        for group in groups:
            left += not (self.add(*self.finding(group)) or self.add(self.short(group)))
        self.leave(left, "finding")

    def short(self, group: Group) -> str:
        addresses = group.addresses
        shown = ", ".join(code(text.cut(address, VALUE)) for address in addresses[:ADDRESSES])
        more = f" and {len(addresses) - ADDRESSES:,} more" if len(addresses) > ADDRESSES else ""
        return f"- **{str(group.severity).upper()}** {shown}{more} ({group.rule})"

    def finding(self, group: Group) -> Iterator[str]:
        first = group.first
        if group.brief:
            yield self.short(group)
            yield f"  <br>{words.number(len(group.findings), 'time')}. {sentence(group.reason)}"
            return
        yield self.short(group)
        if words.has_values(first):
            old, new = text.pair(first.before, first.after, VALUE)
            yield f"  <br>{code(dotted(first.path))}: {code(old)} → {code(new)}"
        yield f"  <br>{sentence(first.reason)}"
        if first.advice:
            yield f"  <br>**What to do:** {sentence(first.advice)}"

    def excepted(self) -> None:
        left = 0
        for place, group in enumerate(words.groups(self.review, excepted=True)):
            head = ["", "### Excepted by the policy", ""] if place == 0 else []
            left += not self.add(*head, f"{self.short(group)}", f"  <br>Exception: {sentence(group.first.excepted)}")
        self.leave(left, "excepted finding")

    def checks(self) -> None:
        left = 0
        for place, check in enumerate(words.checks(self.review)):
            head = ["", "### Checks", ""] if place == 0 else []
            block = [f"- {code(text.cut(check.address, VALUE))} {prose(words.check_line(check))}"]
            block += [f"  <br>{sentence(message)}" for message in check.messages]
            left += not self.add(*head, *block)
        self.leave(left, "check")

    def cost(self) -> None:
        known = self.review.cost
        if not known:
            return
        rows = []
        for amount, address, what in cost.lines(known):
            rows.append(f"- **{prose(amount)}** {code(text.cut(address, VALUE))}: {_inline(text.cut(what, VALUE))}")
        if more := cost.left_out(known):
            rows.append(f"- and {prose(more)}")
        for reason, addresses in cost.unknown(known):
            shown = ", ".join(code(text.cut(address, VALUE)) for address in addresses[:ADDRESSES])
            more = f" and {len(addresses) - ADDRESSES:,} more" if len(addresses) > ADDRESSES else ""
            rows.append(f"- Not known, {sentence(reason, VALUE)}: {shown}{more}")
        basis = ["", prose(cost.basis(known))] if known.lines else []
        head = ["", "### Cost", "", "<details>", "<summary>By resource</summary>", ""]
        if not self.add(*head, *rows, *basis, "", "</details>"):
            self.leave(len(rows), "line about the cost")

    def section(self, title: str, resources: tuple[Resource, ...], what: str, *, drift: bool = False) -> None:
        """Resources by module, each folded; with their values as long as there is room, then their rows."""
        self.add("", f"### {title}", "")
        left = 0
        for module, items in words.by_module(resources):
            name = html.escape(text.cut(words.module_name(module), VALUE))
            many = words.number(len(items), "resource") if drift else words.how_many(items)
            head = ["<details>", f"<summary><code>{name}</code>: {many}</summary>", ""]
            close = ["", "</details>", ""]
            size = sum(len(line) + 1 for line in (*head, *close)) + FENCES
            if size > self.room:
                left += len(items)
                continue
            self.room -= size
            rows: list[str] = []
            for item in items:
                full = list(self.resource(item, module, drift))
                for block in (full, full[:1]):
                    cost = sum(len(line) + 1 for line in block)
                    if cost <= self.room:
                        self.room -= cost
                        rows += block
                        break
                else:
                    left += 1
            block = fenced(rows)
            self.room += FENCES - len(block[0]) - len(block[-1]) - 2
            self.parts += [*head, *block, *close]
        self.leave(left, what)

    def resource(self, item: Resource, module: str, drift: bool) -> Iterator[str]:
        address = text.visible(item.address.removeprefix(f"{module}.") if module else item.address)
        sign = {"±": "!", "~": "!", "×": "!"}.get(words.sign(item), words.sign(item))
        happens = words.what_happened(item) if drift else words.what_happens(item)
        yield text.cut(f"{sign} {address}" + (f"  # {happens}" if happens else ""), VALUE)
        if item.action is Action.CREATE:
            present, unknown = words.attributes(item)
            for name, value in present[:ATTRIBUTES]:
                yield f"+     {text.visible(name)}: {text.cut(text.value(value), WIDTH)}"
            more = [words.number(len(present) - ATTRIBUTES, "more value")] if len(present) > ATTRIBUTES else []
            more += [f"{unknown} known after apply"] if unknown else []
            if more:
                yield f"      {', '.join(more)}"
        for sign, line in lines.of_resource(item, WIDTH):
            yield f"{'!' if sign == '~' else sign}     {line}"

    def drift(self) -> None:
        plan = self.review.plan
        other = words.drift_line(self.review)
        if plan.drift:
            self.section("Changed outside of Terraform", plan.drift, "drifted resource", drift=True)
        if other:
            self.add("" if plan.drift else "\n### Changed outside of Terraform\n", prose(other))

    def outputs(self) -> None:
        left = 0
        rows: list[str] = []
        room = self.room - FENCES - 40
        for item in self.review.plan.outputs:
            block = [
                f"{'!' if sign == '~' else sign} {line}"
                for difference in words.output_differences(item)
                for sign, line in lines.of_difference(difference, WIDTH)
            ]
            cost = sum(len(line) + 1 for line in block)
            room -= cost if cost <= room else 0
            left += cost > room + cost
            rows += block if cost <= room + cost else []
        if rows:
            self.add("", "### Outputs", "", *fenced(rows))
        self.leave(left, "output")

    def notes(self) -> None:
        left = 0
        for place, note in enumerate(self.review.policy_notes):
            head = ["", "### Policy", ""] if place == 0 else []
            left += not self.add(*head, f"- {sentence(note)}")
        self.leave(left, "policy note")

    def leave(self, count: int, what: str) -> None:
        if count:
            self.left_out.append(words.number(count, what))
