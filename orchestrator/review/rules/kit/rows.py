"""The rows that rules are made of, and the one engine that judges them.

A row names types of resources and an attribute, and says which change of it is a finding:

- `Watch`: an attribute whose new value is compared with the old one (`less`, `halved`, `loses_items`);
- `protects`: a `Watch` of an attribute that protects as long as a condition holds;
- `Opens`: an attribute that lets somebody in with certain values;
- `Removed`: a resource that matters by being there;
- `Reads`: an attribute that the rule's own code judges;
- `Judged`: an attribute that a function of the row's own judges.

What is known only after apply is told from the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.tables.other_names import all_names
from orchestrator.review.rules.kit.attributes import at, hidden, values_at
from orchestrator.review.rules.kit.change import Change, Text, Weight, change_of, not_judgeable, row_finding, worded
from orchestrator.review.rules.kit.comparisons import Comparison, State, is_on, is_set, no_longer
from orchestrator.review.rules.kit.destroyed import any_destroyed, destroyed_too
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.values import AttributePath, Sensitive

UPDATED = frozenset({Action.UPDATE})
CHANGED = frozenset({Action.UPDATE, Action.REPLACE})

Values = Mapping[str, Any]


@cache
def _names(types: str) -> frozenset[str]:
    """The types that a row names, each by all of its names."""
    return frozenset(name for type_ in types.split() for name in all_names(type_)) if types != "*" else frozenset()


class Row:
    """What all rows have in common: the `types` that they are about, written with spaces between; `*` is every type."""

    __slots__ = ()
    types: str

    @property
    def type_names(self) -> frozenset[str]:
        """The types one by one; empty if the row is about every type."""
        return _names(self.types)

    def covers(self, type_: str) -> bool:
        """True if the row is about this type."""
        return self.types == "*" or type_ in self.type_names

    def asks(self, action: Action, *, is_new: bool) -> bool:
        """True if the row can find something in a change of this kind. `is_new` says that nothing was there before."""
        return True

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """What the row finds. A finding without a rule's id is the row's own rule's."""
        raise NotImplementedError


def _never(change: Change) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch(Row):
    """An attribute (`path`, with dots through nested blocks) whose new value is compared with the old one.

    `message` says what a worse value means, `advice` what to do. `actions` are those in which it is judged; in a
    replacement, everything that AWS fills in is unknown, which tells nothing. `unless` switches it off for a resource,
    `born_unless` for a new one.
    Where the new value cannot be read, that is told with the severity `unknown` and with `risk` (or the message).
    `born` is the severity for a new object of which `worse.wrong` holds; None if that is not worth a word. `decides`
    says what is not known if the attribute is not, for those that decide on access or safety in a new object too
    ("whether the internet can reach it"). `given` are other attributes with which `unless` lets the row judge: rows are
    tested with them.
    """

    types: str
    path: str
    worse: Comparison
    message: Text
    advice: Text
    severity: Weight = Severity.MEDIUM
    actions: frozenset[Action] = CHANGED
    unless: Callable[[Change], bool] = _never
    risk: str = ""
    unknown: Severity | None = Severity.LOW
    born: Severity | None = None
    born_message: Text = ""
    born_unless: Callable[[Change], bool] = _never
    decides: str = ""
    given: Values = field(default_factory=dict)

    def asks(self, action: Action, *, is_new: bool) -> bool:
        """True for the actions in which it is judged, and for new objects if those are."""
        return self.born is not None if is_new and action is Action.CREATE else action in self.actions

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """A worse value, one that cannot be read any more, or a wrong one in a new object."""
        if resource.action is Action.CREATE and resource.before is None:
            if self.born is not None and not hidden(at(resource.after, self.path)):
                yield from self._born(change_of(resource, plan, self.path), self.born)
        elif resource.action in self.actions:
            before = at(resource.before, self.path)
            if before != at(resource.after, self.path) and not hidden(before):
                yield from self._changed(change_of(resource, plan, self.path))

    def _born(self, change: Change, severity: Severity) -> Iterator[Finding]:
        value = self.worse.read(change.after)
        if self.worse.wrong(value) and not (self.unless(change) or self.born_unless(change)):
            yield row_finding(replace(change, new=value), self.born_message or self.message, self.advice, severity)

    def _changed(self, change: Change) -> Iterator[Finding]:
        old = self.worse.read(change.before)
        if old is None or not self.worse.matters(old) or self.unless(change):
            return
        if not hidden(change.after):
            new = self.worse.read(change.after)
            if new is not None and self.worse.worse(old, new):
                yield row_finding(replace(change, old=old, new=new), self.message, self.advice, self.severity)
        elif change.resource.action is Action.UPDATE and self.unknown is not None and not self.decides:
            yield from not_judgeable(change, self.risk or str(self.message), self.unknown)


def protects(
    types: str,
    path: str,
    message: Text,
    advice: Text,
    severity: Weight = Severity.HIGH,
    *,
    as_long_as: State = is_on,
    **more: Any,
) -> Watch:
    """An attribute that protects as long as a condition holds. What only has to be there, as a key's ARN, is there
    once it is known."""
    unknown = Severity.LOW if as_long_as is is_set else Severity.MEDIUM
    return Watch(types, path, no_longer(as_long_as), message, advice, severity, **({"unknown": unknown} | more))


@dataclass(frozen=True, slots=True)
class Opens(Row):
    """An attribute that lets somebody in with one of some `values`, in any block and any item of a list.

    `born` is the severity for a new resource, None if that says nothing; `severity` for one that was closed before.
    `way_in` is for what takes more than one attribute: it gives the path and value that open it, None if it is closed.
    """

    types: str
    path: str
    values: tuple[Any, ...]
    message: Text
    advice: Text
    severity: Severity
    born: Severity | None = None
    way_in: Callable[[Values], tuple[AttributePath, Any] | None] | None = None
    decides: str = ""

    def opened(self, values: Values) -> tuple[AttributePath, Any] | None:
        """The path and value that let somebody in, None if nothing does."""
        if self.way_in is not None:
            return self.way_in(values)
        return way_in(values, self.path, *self.values)

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """What is open and was not."""
        if resource.after is None:
            return
        now = self.opened(resource.after)
        if now is None or isinstance(now[1], Sensitive) or (resource.before and self.opened(resource.before)):
            return
        severity = self.born if resource.before is None else self.severity
        if severity is not None:
            names = [part for part in now[0] if isinstance(part, str)]
            before = next((value for _, value in values_at(resource.before, names)), None)
            change = Change(resource, plan, now[0], before, now[1])
            says, advice = worded(self.message, change), worded(self.advice, change)
            yield Finding("", severity, resource.address, says, advice, now[0], before, now[1])


def way_in(values: Values, path: str, *wanted: Any) -> tuple[AttributePath, Any] | None:
    """The path and value of the attribute where it has one of the wanted values; None if it has not."""
    present = values_at(values, path.split("."))
    return next(((here, value) for here, value in present if any(value == want for want in wanted)), None)


@dataclass(frozen=True, slots=True)
class Removed(Row):
    """A resource that protects, records or connects something only by being there, and that the plan destroys.

    Nothing is told of a rename, of a plan that destroys everything, or if what it belongs to goes too: what its
    attribute `of` names, or one of those that `joins` names. What `guards` something that need not be in the plan
    matters in a plan that destroys everything, too. `path` is the attribute that the finding shows.
    """

    types: str
    message: Text
    advice: Text = "Restore the block, unless this is intended."
    severity: Weight = Severity.HIGH
    of: str = ""
    joins: tuple[str, ...] = ()
    unless: Callable[[Change], bool] = _never
    path: str = ""
    guards: bool = False
    given: Values = field(default_factory=dict)

    def asks(self, action: Action, *, is_new: bool) -> bool:
        """True for what is destroyed."""
        return action is Action.DELETE

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """That it is destroyed while what it is for stays."""
        if resource.action is not Action.DELETE or resource.deposed or (plan.destroys_all and not self.guards):
            return
        if (self.of and destroyed_too(resource, plan, self.of)) or any_destroyed(resource, plan, *self.joins):
            return
        change = change_of(resource, plan, self.path) if self.path else Change(resource, plan)
        if not self.unless(change) and not new_address(resource, plan):
            yield row_finding(change, self.message, self.advice, self.severity)


@dataclass(frozen=True, slots=True)
class Reads(Row):
    """An attribute that the rule's own code judges; `path` may name several, with spaces between.

    `decides` says what cannot be told while it is unknown; empty if that is not worth a word. `computed` says that the
    provider fills it in where the configuration does not set it. `judged_at` is the type of the resources that are
    judged by themselves if this one refers to them.
    """

    types: str
    path: str = ""
    decides: str = ""
    computed: bool = False
    judged_at: str = ""

    def asks(self, action: Action, *, is_new: bool) -> bool:
        """Never: the rule's code does it."""
        return False

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """Nothing: the rule's code does it."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Judged(Row):
    """An attribute that a function judges: for what one cloud's part of a rule needs, beside the rule's own code.

    The findings need no rule's id: they are the row's own rule's.
    """

    types: str
    path: str
    by: Callable[[Resource, Plan], Iterable[Finding]]

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """What the function finds."""
        yield from self.by(resource, plan)
