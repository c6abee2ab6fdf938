"""Where all rights are given at once, or rights to everybody, as far as words and values tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.unknown.words import Leaf, words
from orchestrator.review.values import AttributePath

_WHO = frozenset((
    "grantee", "member", "members", "principal", "principals", "subject", "subjects", "user", "users",
))  # fmt: skip
_WHAT = frozenset((
    "action", "actions", "capabilities", "operation", "operations", "permission", "permissions", "privilege",
    "privileges", "scope", "scopes", "verb", "verbs",
))  # fmt: skip
_ON = frozenset((
    "bucket", "namespace", "namespaces", "object", "objects", "path", "paths", "resource", "resources",
))  # fmt: skip
_ALL = frozenset(("*", "*:*", "*/*", "all", "all privileges"))
_AS = frozenset(("privilege", "role", "roles"))
_ADMIN = frozenset((
    "admin", "administrator", "cluster-admin", "org_admin", "organization_admin", "owner", "root", "super_admin",
    "superuser",
))  # fmt: skip
_FLAGS = frozenset(("admin", "is_admin", "privileged", "site_admin", "superuser"))
# path "secret/*" { capabilities = ["read"] }; key_prefix "" { policy = "write" }
_BLOCK = re.compile(r'\b\w{1,64}\s{0,64}"([^"\n]{0,512})"\s{0,64}\{([^{}]{0,4000})\}')
_GIVES = re.compile(r'\b(?:capabilities|policy)\s{0,64}=\s{0,64}(\[[^\]]{0,1000}\]|"[^"]{0,64}")')
_ANY_USER = re.compile(r"\ballow\s{1,9}any-user\b|\bmanage\s{1,9}all-resources\s{1,9}in\s{1,9}tenancy\b", re.I)
_READS = frozenset(("deny", "list", "read", "subscribe"))
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Right:
    """A place at which too much is given, with what is, as a sentence without its end."""

    path: AttributePath
    value: object
    names: tuple[str, ...]
    says: str
    severity: Severity

    @property
    def same(self) -> tuple[object, ...]:
        """What two places have in common that give the same."""
        return self.names, self.says, self.severity


def rights(found: Iterable[Leaf]) -> Iterator[Right]:
    """The places in a resource's values."""
    for leaf in found:
        if leaf.denied:
            continue
        for says, severity in _given(leaf):
            yield Right(leaf.path, leaf.value, leaf.names, says, severity)


def _given(leaf: Leaf) -> Iterator[tuple[str, Severity]]:
    value, name = leaf.value, words(leaf.name)
    if value is True and leaf.name.lower() in _FLAGS:
        yield f"It gets the rights of an administrator ({leaf.name})", Severity.MEDIUM
    if not isinstance(value, str):
        return
    text = value.strip().lower()
    if text in _ALL:
        if text == "*" and (name & _WHO or leaf.words & {"principal", "principals"}):
            yield "Rights are given to everybody", Severity.HIGH
        elif name & _WHAT:
            yield ("Every right is given on everything", Severity.HIGH) if _on_all(leaf) else (
                "Every right is given", Severity.MEDIUM
            )  # fmt: skip
    elif text in _ADMIN and name & _AS:
        yield f"It gives the role {text}", Severity.MEDIUM
    elif len(value) < _LONGEST and " " in text:
        yield from _in_text(value)


def _on_all(leaf: Leaf) -> bool:
    """True if what the rights are on is everything, or nothing says what it is."""
    block = leaf.blocks[-1] if leaf.blocks else {}
    on = [value for key, value in block.items() if words(key) & _ON]
    return not on or any(each == "*" for value in on for each in (value if isinstance(value, list) else [value]))


def _in_text(text: str) -> Iterator[tuple[str, Severity]]:
    if _ANY_USER.search(text):
        yield "A statement gives rights to everybody, or on everything", Severity.HIGH
    for place, body in _BLOCK.findall(text):
        given = {word for each in _GIVES.findall(body) for word in re.findall(r"[\w-]{1,64}", each)}
        if place in ("", "*", "+", "+/*") and given - {"deny"}:
            writes = bool(given - _READS)
            yield (
                f'It may {"change" if writes else "read"} everything ("{place}": {", ".join(sorted(given))})',
                (Severity.HIGH if writes else Severity.MEDIUM),
            )
        elif given & {"root", "sudo"}:
            yield f'It may pass over other restrictions ("{place}": sudo)', Severity.MEDIUM
