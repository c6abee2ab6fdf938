"""An AWS policy document as data, whatever the way it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from orchestrator.review.values import is_known

ANYONE = "*"
"""The principal that is everybody, also without an account."""


_MOST = 12
"""So many patterns are written out."""


@dataclass(frozen=True, slots=True)
class Part:
    """Actions, resources or principals: those that `patterns` match, or with `negated` all others."""

    patterns: frozenset[str]
    negated: bool = False

    def folded(self) -> Part:
        """In small letters: actions are the same in capitals."""
        return Part(frozenset(pattern.lower() for pattern in self.patterns), self.negated)

    def __str__(self) -> str:
        named = sorted(self.patterns)
        rest = len(named) - _MOST
        listed = ", ".join(named[:_MOST]) + (f" and {rest} more" if rest > 0 else "")
        return f"everything but {listed}" if self.negated else listed


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a statement. `operator` is lower case without its prefix and suffix, `key` lower case.

    `of` is `foranyvalue`, `forallvalues` or empty; `if_exists` says that the test passes where the key is missing.
    `written` is operator and key as the document has them.
    """

    operator: str
    key: str
    values: frozenset[str]
    of: str = ""
    if_exists: bool = False
    written: tuple[str, str] = field(default=("", ""), compare=False)

    def __str__(self) -> str:
        operator, key = self.written
        return f"{key or self.key} {operator or self.operator} {', '.join(sorted(self.values))}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Principals of a policy that has none (one attached to an identity) are one empty pattern.

    `folded` are the actions in small letters, which is how they are compared.
    """

    allow: bool
    actions: Part
    resources: Part
    principals: Part
    conditions: frozenset[Condition] = frozenset()
    folded: Part = field(default=Part(frozenset()), compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy. `complete` is False if something in it could not be read: known after apply, sensitive or malformed."""

    statements: tuple[Statement, ...] = ()
    complete: bool = True

    @property
    def allows(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if statement.allow)

    @property
    def denies(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if not statement.allow)

    def __add__(self, other: Document) -> Document:
        return Document(self.statements + other.statements, self.complete and other.complete)


EMPTY = Document()
"""The document that allows and denies nothing."""


def joined(documents: Iterable[Document]) -> Document:
    """All that documents say together."""
    listed = list(documents)
    return Document(tuple(chain.from_iterable(one.statements for one in listed)), all(one.complete for one in listed))


Read = list[tuple[Any, "Statement | None"]]
"""Statements as they are written, and read."""


def parse(value: Any, known: Read | None = None) -> Document | None:
    """The document in a string or a decoded value. None if it is nothing that can be judged as one.

    No value at all (None, an empty string) is a document without statements. `known` are the statements of another
    document, to which those of this one are added: what stands in both is read once.
    """
    if value is None or value == "":
        return Document()
    written = isinstance(value, str)
    if written:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, Mapping):
        return None
    found = _field(_fields(value), "Statement")
    if found is None:
        return Document() if not value else None
    listed = _list(found)
    if len(listed) == 1 and not isinstance(listed[0], Mapping):
        return None
    # In a text nothing is unknown: only a structure has to be looked through for that.
    seen = known if known is not None else []
    statements = []
    for item in listed:
        at = next((place for place, (raw, _) in enumerate(seen) if raw == item), None)
        found = seen[at][1] if at is not None else _statement(item) if written or is_known(item) else None
        statements.append(found)
        if at is None and known is not None:
            known.append((item, found))
    readable = tuple(item for item in statements if item is not None)
    return Document(readable, complete=len(readable) == len(statements))


def _statement(value: Any) -> Statement | None:
    if not isinstance(value, Mapping):
        return None
    fields = _fields(value)
    effect = str(_field(fields, "Effect") or "").lower()
    actions = _part(fields, "Action")
    if effect not in ("allow", "deny") or actions is None:
        return None
    return Statement(
        allow=effect == "allow",
        actions=actions,
        # Only a trust policy has no resource: the role itself.
        resources=_part(fields, "Resource") or Part(frozenset({""})),
        principals=_principals(fields),
        conditions=_conditions(_field(fields, "Condition")),
        folded=actions.folded(),
    )


_NAMES = frozenset((
    "Action", "Condition", "Effect", "Id", "NotAction", "NotPrincipal", "NotResource", "Principal", "Resource", "Sid",
    "Statement", "Version",
))  # fmt: skip


def _fields(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Element names are not case-sensitive in every service; the exact one wins."""
    if value.keys() <= _NAMES:
        return value
    return {str(key).lower(): item for key, item in value.items()} | dict(value)


def _field(fields: Mapping[str, Any], name: str) -> Any:
    return fields[name] if name in fields else fields.get(name.lower())


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _texts(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset((value,))
    return frozenset(
        item if isinstance(item, str) else str(item).lower() if isinstance(item, bool) else str(item)
        for item in _list(value)
    )


def _part(fields: Mapping[str, Any], name: str) -> Part | None:
    for key, negated in ((name, False), (f"Not{name}", True)):
        found = _texts(_field(fields, key))
        if found:
            return Part(found, negated)
    return None


def _principals(fields: Mapping[str, Any]) -> Part:
    for key, negated in (("Principal", False), ("NotPrincipal", True)):
        found = _field(fields, key)
        if found is not None:
            return Part(frozenset(_principal_texts(found)), negated)
    return Part(frozenset({""}))


def _principal_texts(found: Any) -> list[str]:
    if not isinstance(found, Mapping):
        return [ANYONE if text == "*" else _aws(text) for text in _texts(found)]
    texts = []
    for kind, named in found.items():
        for text in _texts(named):
            texts.append(_aws(text) if str(kind).lower() == "aws" else f"{str(kind).lower()}:{text}")
    return texts


def _aws(text: str) -> str:
    """An account's number and its root are the same principal."""
    return f"arn:aws:iam::{text}:root" if re.fullmatch(r"\d{12}", text) else text


def _conditions(value: Any) -> frozenset[Condition]:
    if not isinstance(value, Mapping):
        return frozenset()
    found = []
    for operator, tests in value.items():
        name = str(operator).lower()
        of, _, rest = name.rpartition(":")
        base = rest.removesuffix("ifexists")
        for key, values in tests.items() if isinstance(tests, Mapping) else ():
            written = (str(operator), str(key))
            found.append(Condition(base, str(key).lower(), _texts(values), of, rest != base, written))
    return frozenset(found)
