"""The resources of a plan as HTML: a row for each, folding out to what changes in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from orchestrator.review.model import Action, Difference, Output, Resource, Review, Severity
from orchestrator.review.render import text, words
from orchestrator.review.values import dotted

DETAILS = 400
"""Resources whose values are in the file; of a larger plan the rest are rows, so that it opens on a phone."""
OPEN = 12  # changes that a plan may have to be shown unfolded
VALUE = 600
CHANGED = 120  # of two long values, around where they differ
LINES = 60
ATTRIBUTES = 40
ADDRESS = 300


class Rows:
    """Rows with anchors that findings link to."""

    def __init__(self, review: Review) -> None:
        changed = review.plan.changed
        self._anchors: dict[str, int] = {}
        self._flagged = {
            item.address: item.severity
            for item in reversed(review.findings)
            if not item.excepted and item.severity > Severity.LOW
        }
        self._addresses = {item.address for item in changed}
        important = sorted(
            changed, key=lambda item: (item.address not in self._flagged, words.ORDER.index(item.action))
        )
        self._detailed = {id(item) for item in (*important[:DETAILS], *review.plan.drift[:DETAILS])}
        self._unfolded = len(changed) <= OPEN
        self._folds = words.folds(review)

    def anchor(self, name: str) -> str:
        """An id that no other element has."""
        wanted = unspaced(name)
        count = self._anchors[wanted] = self._anchors.get(wanted, 0) + 1
        return wanted if count == 1 else f"{wanted}~{count}"

    def link(self, address: str) -> str:
        """An address; it leads to the resource's row if there is one."""
        shown = f"<code>{broken(text.cut(text.visible(address), ADDRESS))}</code>"
        if address not in self._addresses:
            return shown
        return f'<a href="#{escape(target(address))}">{shown}</a>'

    def listed(self, resources: tuple[Resource, ...], *, drift: bool = False) -> Iterator[str]:
        """All of them by module."""
        left = sum(id(item) not in self._detailed for item in resources)
        if left:
            shown = len(resources) - left
            yield f'<p class="note">The values of {shown:,} are here, the rest are rows; `--format json` has all.</p>'
        for module, items in words.by_module(resources):
            name = broken(text.cut(words.module_name(module), ADDRESS))
            many = words.number(len(items), "resource") if drift else words.how_many(items)
            head = f'<h3 class="module"><code>{name}</code> <span>{many}</span></h3>'
            folds = self._folds and not drift
            yield f'<details class="fold"><summary>{head}</summary>' if folds else head
            yield '<ul class="rows">'
            for item in items:
                yield self.row(item, module, drift)
            yield "</ul></details>" if folds else "</ul>"

    def row(self, item: Resource, module: str, drift: bool) -> str:
        anchor = "" if drift else f' id="{escape(self.anchor(item.address))}"'
        address = item.address.removeprefix(f"{module}.") if module else item.address
        happens = text.cut(words.what_happens(item), ADDRESS)
        if drift:
            happens = words.what_happened(item)
        plain = " unseen" if happens in ("created", "changed in place") else ""  # the sign says it
        severity = None if drift else self._flagged.get(item.address)
        flag = f' <span class="severity {severity}">{severity}</span>' if severity else ""
        head = (
            f'<span class="sign" aria-hidden="true">{words.sign(item)}</span>'
            f"<code>{broken(text.cut(text.visible(address), ADDRESS))}</code>{flag}"
            f' <span class="happens{plain}">{escape(happens)}</span>'
        )
        kind = item.action.value + (" grave" if severity and severity > Severity.MEDIUM else "")
        details = "".join(self.details(item)) if id(item) in self._detailed else ""
        if not details:
            return f'<li class="row {kind}"{anchor}><p>{head}</p></li>'
        changes = item.action not in (Action.CREATE, Action.DELETE)
        opened = " open" if drift or (changes and (self._unfolded or severity)) else ""
        return f'<li class="row {kind}"{anchor}><details{opened}><summary>{head}</summary>{details}</details></li>'

    def details(self, item: Resource) -> Iterator[str]:
        if item.action in (Action.CREATE, Action.DELETE):
            present, unknown = words.attributes(item)
            tag = "ins" if item.action is Action.CREATE else "del"
            shown = [(text.visible(name), text.cut(text.value(value), VALUE)) for name, value in present[:ATTRIBUTES]]
            lines = [f"<li><code>{escape(name)}</code> <{tag}>{escape(item)}</{tag}></li>" for name, item in shown]
            more = [words.number(len(present) - ATTRIBUTES, "more value")] if len(present) > ATTRIBUTES else []
            if unknown and item.action is Action.CREATE:
                more.append(f"{words.number(unknown, 'value')} known only after apply")
        else:
            differences = words.shown_differences(item)
            lines = [difference(each) for each in differences[:LINES]]
            more = [words.number(len(differences) - LINES, "more value")] if len(differences) > LINES else []
            follows = words.follows(item)
            more += [follows] if follows else []
        if lines:
            yield f'<ul class="diff">{"".join(lines)}</ul>'
        if more:
            yield f'<p class="note">{", ".join(more)}</p>'


def difference(item: Difference) -> str:
    """One value that changes."""
    name = f"<code>{escape(text.cut(text.visible(dotted(item.path)), ADDRESS)) or '(whole value)'}</code>"
    forces = ' <span class="forces">forces the replacement</span>' if item.replaces else ""
    before, after = item.before, item.after
    if item.added:
        return f'<li class="added">{name} <ins>{escape(text.cut(text.value(after), VALUE))}</ins>{forces}</li>'
    if item.removed:
        return f'<li class="removed">{name} <del>{escape(text.cut(text.value(before), VALUE))}</del>{forces}</li>'
    if isinstance(before, str) and isinstance(after, str) and (text.has_lines(before) or text.has_lines(after)):
        lines = "".join(
            f'<span class="{ {"+": "new", "-": "old"}.get(sign, "same") }">{sign} {escape(line)}\n</span>'
            for sign, line in text.line_changes(before, after, VALUE)
        )
        return f"<li>{name}{forces}<pre>{lines}</pre></li>"
    old, new = (escape(value) for value in text.pair(before, after, CHANGED))
    return f'<li>{name} <del>{old}</del> <span class="to">→</span> <ins>{new}</ins>{forces}</li>'


def outputs(items: tuple[Output, ...]) -> Iterator[str]:
    """The outputs that change."""
    yield '<ul class="diff">'
    for item in items:
        yield from map(difference, words.output_differences(item))
    yield "</ul>"


def target(address: str) -> str:
    """The part of a link after the `#` that leads to a resource's row."""
    return quote(unspaced(address), safe="")


def unspaced(address: str) -> str:
    """An address as an id, which has no spaces."""
    return re.sub(r"\s", "_", text.visible(address)[:ADDRESS])


def broken(address: str) -> str:
    """An address that may be broken at its dots."""
    return escape(address).replace(".", ".<wbr>")
