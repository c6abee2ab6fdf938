"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from orchestrator.review.model import Finding, Plan, Resource, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is looked for.

    `id` is a kebab-case name that says what is wrong (`data-destroyed`); it never changes, exceptions name it. `looks`
    gets each changed managed resource (action create, update, replace, delete or forget) and yields findings of this
    rule; it is called only for resources whose type is in `types`, or for all if that is empty. A rule `of_drift` gets
    what was changed outside of Terraform instead.
    """

    id: str
    severity: Severity
    title: str
    why: str
    looks: Callable[[Resource, Plan], Iterable[Finding]]
    types: frozenset[str] = frozenset()
    of_drift: bool = False
