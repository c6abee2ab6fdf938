"""What a rule is: its words, the rows that it watches, code where rows are not enough, and examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from orchestrator.review.model import Finding, Plan, Resource, Severity
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

    def __post_init__(self) -> None:
        everything = any(not row.type_names for row in self.watches)
        named = {name for row in self.watches for name in row.type_names}
        object.__setattr__(self, "types", frozenset() if everything else self.types | named)
        by_type = {name: tuple(row for row in self.watches if row.covers(name)) for name in (*sorted(named), _ANY)}
        object.__setattr__(self, "_rows", by_type)
        object.__setattr__(self, "_reads", any(isinstance(row, Reads) for row in self.watches))

    def judge(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        """What the rule finds in one resource."""
        for finding in chain(self._by_rows(resource, plan), self._by_code(resource, plan)):
            yield finding if finding.rule else replace(finding, rule=self.id)

    def _by_rows(self, resource: Resource, plan: Plan) -> Iterator[Finding]:
        if self.unless is not None and self.unless(resource, plan):
            return
        said = False
        for row in self._of(resource):
            for finding in row.judge(resource, plan):
                if finding.rule == NOT_JUDGEABLE or not (said and self.first_only):
                    yield finding
                said = said or finding.rule != NOT_JUDGEABLE

    def _by_code(self, resource: Resource, plan: Plan) -> Iterable[Finding]:
        if self.looks is None:
            return ()
        if self._reads and not any(isinstance(row, Reads) for row in self._of(resource)):
            return ()
        return self.looks(resource, plan)

    def _of(self, resource: Resource) -> tuple[Row, ...]:
        return self._rows.get(resource.type, self._rows[_ANY])
