"""What a rule is: its words, the rows that it watches, code where rows are not enough, and examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Example
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.rows import Reads, Row

_ANY = "*"
Judgement = Callable[[Resource, Plan], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a review looks for. Each has a file of its own, named for its id.

    `id` is a kebab-case name that says what is wrong (`data-destroyed`); it never changes, exceptions name it.
    `watches` are rows: attributes with what is wrong with a change of them. `looks` is code, for what rows cannot say;
    it is called for the types of the rule's `Reads` rows, or for all of the rule's types if it has none. `types` adds
    types to those of the rows; a rule without either is asked about every type. `unless` switches the rows off for a
    resource. With `first_only` the rows say one thing of a resource: the first.
    A rule `of_drift` judges what was changed outside of Terraform instead of what the plan changes.
    `fix` says what to do, where the rows' advice is not enough for the rule's page.
    """

    id: str
    severity: Severity
    title: str
    why: str
    looks: Judgement | None = None
    types: frozenset[str] = frozenset()
    of_drift: bool = False
    watches: tuple[Row, ...] = ()
    unless: Callable[[Resource, Plan], bool] | None = None
    first_only: bool = False
    fix: str = ""
    examples: tuple[Example, ...] = ()
    _reads: bool = field(init=False, repr=False, compare=False, default=False)
    _rows: Mapping[str, tuple[Row, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _known: dict[tuple[str, Action, bool], tuple[tuple[Row, ...], Judgement | None]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        everything = any(not row.type_names for row in self.watches)
        named = {name for row in self.watches for name in row.type_names}
        object.__setattr__(self, "types", frozenset() if everything else self.types | named)
        by_type: dict[str, list[Row]] = {name: [] for name in (*sorted(named), _ANY)}
        for row in self.watches:
            for name in row.type_names or by_type:
                by_type[name].append(row)
        object.__setattr__(self, "_rows", {name: tuple(rows) for name, rows in by_type.items()})
        object.__setattr__(self, "_reads", any(isinstance(row, Reads) for row in self.watches))

    def asks(self, resource: Resource) -> bool:
        """True if the rule can find something in a change like this one."""
        rows, looks = self._of(resource)
        return bool(rows or looks) or self.unless is not None

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """What the rule finds in one resource."""
        rows, looks = self._of(resource)
        if rows or self.unless is not None:
            for finding in self._by_rows(rows, resource, plan):
                yield finding if finding.rule else replace(finding, rule=self.id)
        if looks is not None:
            for finding in looks(resource, plan):
                yield finding if finding.rule else replace(finding, rule=self.id)

    def _by_rows(self, rows: Iterable[Row], resource: Resource, plan: Plan) -> Iterator[Finding]:
        if self.unless is not None and self.unless(resource, plan):
            return
        said = False
        for row in rows:
            for finding in row.judge(resource, plan):
                if finding.rule == NOT_JUDGEABLE or not (said and self.first_only):
                    yield finding
                said = said or finding.rule != NOT_JUDGEABLE

    def _of(self, resource: Resource) -> tuple[tuple[Row, ...], Judgement | None]:
        """The rows that can find something in a change like this one, and the code if it is asked."""
        key = resource.type, resource.action, resource.before is None
        known = self._known.get(key)
        if known is None:
            rows = self._rows.get(resource.type, self._rows[_ANY])
            asked = tuple(row for row in rows if row.asks(resource.action, is_new=resource.before is None))
            is_read = not self._reads or any(isinstance(row, Reads) for row in rows)
            known = self._known[key] = asked, self.looks if is_read else None
        return known
