"""The review for a terminal: plain text, with colour if it is asked for."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from orchestrator.review.cost import words as cost
from orchestrator.review.model import Action, Resource, Review, Severity, Verdict
from orchestrator.review.render import deleted, lines, text, words
from orchestrator.review.render.words import Group
from orchestrator.review.secrets import leaks
from orchestrator.review.secrets.labels import labels
from orchestrator.review.values import dotted

ROWS_PER_KIND = 3  # of resources that differ in their key only
ROWS = 300
ADDRESSES = 8
DETAILS = 80
FINDINGS = 100  # in full; as many again as lines

RESET = "\x1b[0m"
STYLES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "blue": "\x1b[34m",
    "alarm": "\x1b[1;37;41m",
    "caution": "\x1b[1;30;43m",
    "fine": "\x1b[1;30;42m",
}
VERDICTS = {Verdict.SAFE: "fine", Verdict.CAREFUL: "caution", Verdict.DANGEROUS: "alarm"}
SEVERITIES = {Severity.CRITICAL: "alarm", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}
SIGNS = {"+": "green", "-": "red", "~": "yellow", "±": "yellow", "×": "yellow", "→": "blue", "←": "blue"}

BRACKET = re.compile(r"\([^()]{1,100}\)")
# A space at which no line ends. No text has this character: nothing is said in it.
SPACE = "\ue000"


def render(review: Review, *, colour: bool = False, width: int = 100) -> str:
    """The review in lines of at most `width` characters, except where an address is longer, with a line end."""
    whole = "\n".join(line.rstrip() for line in _Terminal(colour, max(width, 40)).review(review)) + "\n"
    return text.no_commands(leaks.removed(whole, review.plan.secrets, ours=leaks.OURS, names=labels(review.plan)))


class _Terminal:
    def __init__(self, colour: bool, width: int) -> None:
        self.colour = colour
        self.width = width

    def paint(self, style: str, content: str) -> str:
        return f"{STYLES[style]}{content}{RESET}" if self.colour and style else content

    def wrapped(self, content: str, indent: int) -> Iterator[str]:
        """Prose. Words are never broken: an address can be copied whole. Nor is a bracket that fits a line."""
        space, room = " " * indent, self.width - indent
        lines = textwrap.wrap(
            BRACKET.sub(lambda found: _kept(found[0]) if len(found[0]) <= room else found[0], text.visible(content)),
            self.width,
            initial_indent=space,
            subsequent_indent=space,
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield from (line.replace(SPACE, " ") for line in lines or [""])

    def heading(self, content: str) -> Iterator[str]:
        yield ""
        yield self.paint("bold", content)

    def review(self, review: Review) -> Iterator[str]:
        yield f"{self.paint(VERDICTS[review.verdict], f' {words.headline(review)} ')}  {words.title(review)}"
        if about := words.about(review):
            yield from (self.paint("dim", line) for line in self.wrapped(about, 0))
        yield from self.wrapped(": ".join(filter(None, words.because(review))), 0)
        for line in filter(None, (words.counted(review), words.found(review), words.covered(review))):
            yield from self.wrapped(line, 0)
        for gone in deleted.lines(review):
            yield self.paint("red" if gone.lost else "", gone.says)
            for address in gone.addresses:
                yield f"  {self.paint('bold', text.visible(address))}"
            if gone.more:
                yield f"  {gone.more}"
        if review.cost:
            yield from self.wrapped(cost.headline(review.cost), 0)
        stops = words.stops(review)
        if stops:
            yield self.paint("bold" if review.stops else "", stops)
        for warning in words.warnings(review):
            yield from self.wrapped(warning, 0)
        yield from self.deploys(review)
        yield from self.findings(review)
        yield from self.checks(review)
        yield from self.cost(review)
        if review.plan.changed:
            yield from self.heading("Changes")
            if words.folds(review):
                yield from self.modules(review)
            else:
                yield from self.resources(review.plan.changed, {item.address for item in review.findings})
        yield from self.drift(review)
        yield from self.outputs(review)
        if review.policy_notes:
            yield from self.heading("Policy")
            for note in review.policy_notes:
                yield from self.wrapped(note, 2)

    def deploys(self, review: Review) -> Iterator[str]:
        if not review.deploys:
            return
        yield from self.heading("Deploys")
        names = max(len(text.visible(item.service)) for item in review.deploys)
        for item in review.deploys:
            old, new = words.image_change(item)
            yield f"  {self.paint('bold', text.visible(item.service).ljust(names))}  {old} → {new}"
            for commit in words.commits(item):
                yield from (self.paint("dim", line) for line in self.wrapped(commit, names + 4))
            if item.note:
                yield from self.wrapped(item.note, names + 4)

    def findings(self, review: Review) -> Iterator[str]:
        groups = words.groups(review)
        if groups:
            yield from self.heading("Findings")
        for group in groups[:FINDINGS]:
            yield from self.finding(group)
        for group in groups[FINDINGS : 2 * FINDINGS]:
            yield from self.heads(group, str(group.severity).upper().ljust(8))
        left = sum(len(group.findings) for group in groups[2 * FINDINGS :])
        if left:
            yield f"  … and {words.number(left, 'more finding')}: the other formats have them all"
        excepted = words.groups(review, excepted=True)
        if excepted:
            yield from self.heading("Excepted by the policy")
        for group in excepted:
            yield from self.heads(group, str(group.severity).upper().ljust(8))
            yield from self.wrapped(f"Exception: {group.first.excepted}", 12)

    def heads(self, group: Group, name: str) -> Iterator[str]:
        """The addresses, the first one beside the severity, with the rule after the last one."""
        addresses = group.addresses
        shown = [text.visible(address) for address in addresses[:ADDRESSES]]
        if len(addresses) > ADDRESSES:
            shown.append(f"and {len(addresses) - ADDRESSES:,} more")
        for place, address in enumerate(shown):
            rule = f"  {self.paint('dim', group.rule)}" if place == 0 else ""
            yield f"  {name if place == 0 else ' ' * 8}  {self.paint('bold', address)}{rule}"

    def finding(self, group: Group) -> Iterator[str]:
        first = group.first
        name = self.paint(SEVERITIES[group.severity], str(group.severity).upper().ljust(8))
        if group.brief:
            times = words.number(len(group.findings), "time")
            yield f"  {name}  {group.rule}: {times}. {_one_line(group.reason)}"
            addresses = [text.visible(address) for address in group.addresses]
            more = f" and {len(addresses) - ADDRESSES:,} more" if len(addresses) > ADDRESSES else ""
            yield from self.wrapped(", ".join(addresses[:ADDRESSES]) + more, 12)
            return
        yield from self.heads(group, name)
        if words.has_values(first):
            label = text.visible(dotted(first.path))
            room = max(20, self.width - 12 - len(label) - 2)
            old, new = text.pair(first.before, first.after, room)
            if len(old) + len(new) + 4 <= room:
                yield f"            {label}: {self.paint('red', old)} → {self.paint('green', new)}"
            else:
                yield f"            {label}: {self.paint('red', old)}"
                yield f"            {' ' * (len(label))}→ {self.paint('green', new)}"
        yield from self.wrapped(first.reason, 12)
        if first.advice:
            yield from self.wrapped(f"What to do: {first.advice}", 12)

    def checks(self, review: Review) -> Iterator[str]:
        if not review.plan.checks:
            return
        yield from self.heading("Checks")
        for check in words.checks(review):
            style = "" if check.status == "unknown" else "red"
            yield f"  {text.visible(check.address)} {self.paint(style, words.check_line(check))}"
            for message in check.messages:
                yield from self.wrapped(message, 4)

    def cost(self, review: Review) -> Iterator[str]:
        if not review.cost:
            return
        yield from self.heading("Cost per month")
        shown = list(cost.lines(review.cost))
        room = max((len(amount) for amount, _, _ in shown), default=0)
        for amount, address, what in shown:
            yield f"  {amount.rjust(room)}  {self.paint('bold', text.visible(address))}"
            yield from self.wrapped(what, room + 4)
        if more := cost.left_out(review.cost):
            yield f"  … and {more}"
        for reason, addresses in cost.unknown(review.cost):
            more = f" and {len(addresses) - ADDRESSES:,} more" if len(addresses) > ADDRESSES else ""
            yield from self.wrapped(f"Not known, {reason}: {', '.join(addresses[:ADDRESSES])}{more}", 2)
        if basis := cost.basis(review.cost):
            yield from (self.paint("dim", line) for line in self.wrapped(basis, 2))

    def modules(self, review: Review) -> Iterator[str]:
        """A line for each module of a first deploy, and what of it has a finding that is more than worth knowing."""
        flagged = {item.address for item in review.findings if not item.excepted and item.severity > Severity.LOW}
        for module, items in words.by_module(review.plan.changed):
            yield f"  {self.paint('green', f'+ {words.module_name(module)}')}: {words.how_many(items)}"
            yield from (self.row(item, module, False) for item in items if item.address in flagged)
        yield from (self.paint("dim", line) for line in self.wrapped("The other formats have each resource.", 2))

    def resources(self, resources: tuple[Resource, ...], flagged: set[str], *, drift: bool = False) -> Iterator[str]:
        rows = details = left = 0
        for module, items in words.by_module(resources):
            if rows < ROWS:
                yield f"  {self.paint('dim', words.module_name(module))}"
            for resource, more in _kinds(items, flagged):
                if rows >= ROWS:
                    left += 1 + more
                    continue
                rows += 1
                yield self.row(resource, module, drift)
                if details < DETAILS:
                    changes = list(lines.of_resource(resource, self.width - 10, 12))
                    details += bool(changes)
                    for sign, line in changes:
                        yield f"        {self.paint(SIGNS.get(sign, 'dim'), f'{sign} {line}')}"
                if more:
                    yield f"      {self.paint('dim', f'… and {more:,} more like it')}"
        if left:
            yield f"  … and {words.number(left, 'more resource')}: the other formats have them all"

    def row(self, resource: Resource, module: str, drift: bool) -> str:
        sign = words.sign(resource)
        address = text.visible(resource.address.removeprefix(f"{module}.") if module else resource.address)
        said = words.what_happened(resource) if drift else words.what_happens(resource)
        if resource.action in (Action.CREATE, Action.UPDATE) and said in ("created", "changed in place"):
            said = ""
        painted = self.paint(SIGNS.get(sign, ""), f"{sign} {address}")
        return f"    {painted}" + (f"  {self.paint('dim', said)}" if said else "")

    def drift(self, review: Review) -> Iterator[str]:
        other = words.drift_line(review)
        if not review.plan.drift and not other:
            return
        yield from self.heading("Changed outside of Terraform")
        if review.plan.drift:
            yield from self.resources(review.plan.drift, set(), drift=True)
        if other:
            yield from self.wrapped(other, 2)

    def outputs(self, review: Review) -> Iterator[str]:
        if not review.plan.outputs:
            return
        yield from self.heading("Outputs")
        for item in review.plan.outputs:
            for difference in words.output_differences(item):
                for sign, line in lines.of_difference(difference, self.width - 4):
                    yield f"  {self.paint(SIGNS.get(sign, ''), f'{sign} {line}')}"


def _kept(words: str) -> str:
    return words.replace(" ", SPACE)


def _one_line(content: str) -> str:
    return text.cut(text.visible(content), 100)


def _kinds(resources: Iterable[Resource], flagged: set[str]) -> Iterator[tuple[Resource, int]]:
    """The resources, those that differ in nothing but their key only so often; each last one with how many follow."""
    kinds: dict[tuple[object, ...], list[Resource]] = {}
    for item in resources:
        alone = item.address if item.address in flagged or item.moved_from or item.import_id else ""
        kinds.setdefault((item.action, item.type, item.name, alone), []).append(item)
    for items in kinds.values():
        few = len(items) <= ROWS_PER_KIND + 1
        shown = items if few else items[:ROWS_PER_KIND]
        for item in shown[:-1]:
            yield item, 0
        yield shown[-1], len(items) - len(shown)
