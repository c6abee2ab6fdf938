"""When one set of conditions is at least as strict as another."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import replace

from orchestrator.review.iam.document import Condition
from orchestrator.review.iam.patterns import covers

_EXACT = {"stringequals", "arnequals", "stringequalsignorecase"}
_LIKE = {"stringlike", "arnlike"}
_ARN = {"arnequals", "arnlike"}
"""AWS treats both alike: wildcards count in both."""


def implied(old: Iterable[Condition], new: Iterable[Condition]) -> bool:
    """True if whatever passes all of `new` passes all of `old`."""
    new = list(new)
    return all(any(_implies(strict, loose) for strict in new) for loose in old)


def single(condition: Condition) -> Iterator[Condition]:
    """The condition as alternatives of one value each, where its values are alternatives."""
    if _negative(condition) or condition.of == "forallvalues" or len(condition.values) < 2:
        yield condition
        return
    for value in condition.values:
        yield replace(condition, values=frozenset({value}))


def restricts(condition: Condition) -> bool:
    """True if the condition lets only some pass: a positive test that has to be met, for something.

    That a key is there, or is not (`Null`), says nothing of its value.
    """
    if _negative(condition) or condition.if_exists or condition.of == "forallvalues" or condition.operator == "null":
        return False
    return not any(value.strip("*?:") == "" or _half_the_internet(value) for value in condition.values)


def _half_the_internet(value: str) -> bool:
    """True for networks that are no limit: `0.0.0.0/0` is also written as its two halves."""
    if not value.endswith(("/0", "/1")):
        return False
    try:
        return ipaddress.ip_network(value, strict=False).prefixlen <= 1
    except ValueError:
        return False


def _negative(condition: Condition) -> bool:
    return "not" in condition.operator


def _implies(strict: Condition, loose: Condition) -> bool:
    if strict == loose:
        return True
    if strict.key != loose.key or strict.of != loose.of or (strict.if_exists and not loose.if_exists):
        return False
    if _negative(loose):
        return strict.operator == loose.operator and loose.values <= strict.values
    if loose.operator in _LIKE | _ARN:
        if strict.operator not in _EXACT | _LIKE or strict.operator == "stringequalsignorecase":
            return False
        return all(any(covers(pattern, value) for pattern in loose.values) for value in strict.values)
    if loose.operator == "ipaddress" == strict.operator:
        return all(any(_within(value, network) for network in loose.values) for value in strict.values)
    if strict.operator == loose.operator and loose.operator.startswith(("numeric", "date")):
        return _bound(strict, loose)
    same = strict.operator == loose.operator or (
        strict.operator == "stringequals" and loose.operator == "stringequalsignorecase"
    )
    if loose.operator == "stringequalsignorecase":
        return same and {v.lower() for v in strict.values} <= {v.lower() for v in loose.values}
    return same and strict.values <= loose.values


def _within(value: str, network: str) -> bool:
    try:
        inner, outer = ipaddress.ip_network(value, strict=False), ipaddress.ip_network(network, strict=False)
        return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
    except ValueError:
        return value == network


def _bound(strict: Condition, loose: Condition) -> bool:
    if "equals" in loose.operator and "than" not in loose.operator:
        return strict.values <= loose.values
    try:
        numbers = [float(next(iter(c.values))) for c in (strict, loose)]
        dates = None
    except (ValueError, StopIteration):
        dates = [min(c.values, default="") for c in (strict, loose)]
        numbers = []
    if len(strict.values) != 1 or len(loose.values) != 1:
        return strict.values == loose.values
    one, other = numbers or dates or ["", ""]
    return one <= other if "less" in loose.operator else one >= other  # type: ignore[operator]
