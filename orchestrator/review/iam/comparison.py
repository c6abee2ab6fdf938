"""What one policy document allows and another did not."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from orchestrator.review.iam.conditions import implied, single
from orchestrator.review.iam.document import ANYONE, EMPTY, Condition, Document, Part, Statement
from orchestrator.review.iam.patterns import covers, one_covers, overlap

_Conditions = frozenset[Condition]
_SPLITS = 64
"""A statement is taken apart into at most this many value combinations; beyond that its conditions stay whole."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing allowed (or, of a Deny, no longer denied): actions on a resource to a principal under conditions.

    `lifted` marks what is allowed because a Deny is gone or has become narrower.
    """

    action: Part
    resource: Part
    principal: Part
    conditions: frozenset[Condition] = frozenset()
    lifted: bool = False

    def __str__(self) -> str:
        text = f"{self.action} on {self.resource}" if self.resource.patterns != {""} else str(self.action)
        if self.principal.patterns != {""}:
            text += " for everyone" if self.everyone and not self.principal.negated else f" for {self.principal}"
        if self.conditions:
            text += f" if {' and '.join(sorted(str(condition) for condition in self.conditions))}"
        return f"{text} (no longer denied)" if self.lifted else text

    @property
    def everyone(self) -> bool:
        """True if the principal is everybody."""
        return self.principal.negated or ANYONE in self.principal.patterns


@dataclass(frozen=True, slots=True)
class Widening:
    """What is newly allowed. `loosened` are the grants that existed under conditions that are gone or weaker."""

    grants: tuple[Grant, ...] = ()
    loosened: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grants)


def compare(
    before: Document, after: Document, beside_before: Document = EMPTY, beside_after: Document = EMPTY
) -> Widening:
    """What `after` allows that `before` did not, and what it does not deny any more.

    Order, splitting and joining of statements are no change. What a Deny of `after` takes back is not allowed. What
    stands beside the two (other policies of the same holder) counts, but what changes there is not told.
    """
    old_allows = before.allows + beside_before.allows
    new_denies = after.denies + beside_after.denies
    new = [
        grant
        for statement in after.allows
        for grant in _not_in(statement, old_allows, whole=not new_denies)
        if not covered(grant, new_denies)
    ]
    bare = [replace(statement, conditions=frozenset()) for statement in old_allows if statement.conditions]
    loosened = [grant for grant in new if covered(grant, bare)]
    lifted = [
        replace(grant, lifted=True)
        for statement in before.denies
        for grant in _not_in(statement, new_denies, whole=True)
    ]
    return Widening(tuple(_joined(new + lifted)), tuple(_joined(loosened)))


def _not_in(statement: Statement, known: Sequence[Statement], *, whole: bool) -> Iterator[Grant]:
    """What of a statement no known one covers, in its smallest parts: it can be split otherwise there.

    With `whole` an action that none of them has stays together with all its resources, and a statement whole if there
    is none.
    """
    if statement in known:
        return
    conditions = _alternatives(statement)
    if whole and not known:
        for met in conditions:
            yield Grant(statement.actions, statement.resources, statement.principals, met)
        return
    resources, principals = _parts(statement.resources), _parts(statement.principals)
    for action in _parts(statement.actions):
        folded = action.folded()
        by_action = [other for other in known if part_covers(other.folded, folded)]
        if whole and not by_action:
            for met in conditions:
                yield Grant(action, statement.resources, statement.principals, met)
            continue
        for resource in resources:
            by_resource = [other for other in by_action if part_covers(other.resources, resource)]
            for principal in principals:
                there = [other for other in by_resource if _principals_cover(other.principals, principal)]
                for met in conditions:
                    if not any(implied(other.conditions, met) for other in there):
                        yield Grant(action, resource, principal, met)


def _alternatives(statement: Statement) -> list[frozenset[Condition]]:
    """The statement's conditions, with one value each where values are alternatives."""
    if not statement.conditions:
        return [statement.conditions]
    listed = sorted(statement.conditions, key=str)
    split = [sorted(single(condition), key=str) for condition in listed]
    if math.prod(len(parts) for parts in split) > _SPLITS:
        return [statement.conditions]
    return [frozenset(chosen) for chosen in itertools.product(*split)]


def _parts(part: Part) -> list[Part]:
    return [part] if part.negated else [Part(frozenset({pattern})) for pattern in sorted(part.patterns)]


def covered(grant: Grant, statements: Sequence[Statement]) -> bool:
    """True if one of the statements is about all of what is granted."""
    if not statements:
        return False
    folded = grant.action.folded()
    return any(
        part_covers(statement.folded, folded)
        and part_covers(statement.resources, grant.resource)
        and _principals_cover(statement.principals, grant.principal)
        and implied(statement.conditions, grant.conditions)
        for statement in statements
    )


def part_covers(wide: Part, narrow: Part) -> bool:
    """True if everything in `narrow` is in `wide`."""
    if not (wide.negated or narrow.negated):
        return narrow.patterns <= wide.patterns or all(
            one_covers(wide.patterns, pattern) for pattern in narrow.patterns
        )
    if wide.negated and narrow.negated:
        return all(any(covers(pattern, gone) for pattern in narrow.patterns) for gone in wide.patterns)
    if wide.negated:
        return not any(overlap(gone, pattern) for gone in wide.patterns for pattern in narrow.patterns)
    return "*" in wide.patterns


def _principals_cover(wide: Part, narrow: Part) -> bool:
    """Like `part_covers`; an account's root stands for everybody in the account."""
    if wide.negated or narrow.negated:
        return part_covers(wide, narrow)
    return all(any(_stands_for(known, named) for known in wide.patterns) for named in narrow.patterns)


def _stands_for(known: str, named: str) -> bool:
    if known in (ANYONE, named):
        return True
    account = re.fullmatch(r"arn:[^:]+:iam::(\d{12}):root", known)
    return bool(account and re.match(rf"arn:[^:]+:(?:iam|sts)::{account[1]}:", named))


def _joined(grants: Iterable[Grant]) -> list[Grant]:
    """The same said with fewer grants: actions with the same rest are one, then resources, then principals."""
    by_action: dict[tuple[Part, Part, _Conditions, bool], list[Part]] = defaultdict(list)
    for g in grants:
        by_action[g.resource, g.principal, g.conditions, g.lifted].append(g.action)
    by_resource: dict[tuple[Part, Part, _Conditions, bool], list[Part]] = defaultdict(list)
    for (resource, principal, conditions, lifted), actions in by_action.items():
        for action in _together(actions):
            by_resource[action, principal, conditions, lifted].append(resource)
    by_principal: dict[tuple[Part, Part, _Conditions, bool], list[Part]] = defaultdict(list)
    for (action, principal, conditions, lifted), resources in by_resource.items():
        for resource in _together(resources):
            by_principal[action, resource, conditions, lifted].append(principal)
    return [
        Grant(action, resource, principal, conditions, lifted)
        for (action, resource, conditions, lifted), principals in by_principal.items()
        for principal in _together(principals)
    ]


def _together(parts: list[Part]) -> list[Part]:
    if len(parts) == 1 and (parts[0].patterns or parts[0].negated):
        return parts  # nearly always
    parts = list(dict.fromkeys(parts))
    patterns = frozenset[str]().union(*(part.patterns for part in parts if not part.negated))
    return [part for part in parts if part.negated] + ([Part(patterns)] if patterns else [])
