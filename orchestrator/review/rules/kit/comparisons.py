"""What can be wrong with an attribute's value, and with a change of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from orchestrator.review.rules.kit.attributes import number, switch


@dataclass(frozen=True, slots=True)
class State:
    """A condition of a value, with its words for the rule's page: it is ... `on`.

    `sample` is a value of which it holds, and one of which it does not: rows are tested with them.
    """

    words: str
    holds: Callable[[Any], bool]
    sample: tuple[Any, Any]


is_on = State("on", lambda value: switch(value) is True, (True, False))
is_set = State("set", lambda value: value not in (None, "", [], {}), ("some", None))
not_true = State("off", lambda value: value is not True, (False, True))
not_false = State("on (the default)", lambda value: value is not False, (True, False))


def one_of(*values: object) -> State:
    """It has one of these values."""
    known = " or ".join("unset" if value is None else f"`{_written(value)}`" for value in values)
    return State(known, lambda value: value in values, (values[-1], "something-else"))


def begins_with(prefix: str) -> State:
    """It is a text that begins like this."""
    words = f"a value beginning with `{prefix}`"
    return State(words, lambda value: isinstance(value, str) and value.startswith(prefix), (prefix, "something-else"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two values of an attribute are compared.

    `read` makes of a value what is compared, None if that cannot be; `worse` says of two of those that the new one is a
    finding. `matters` is False for an old value that nothing could be worse than. `wrong` judges the value of a new
    object, where a row asks for that. `sample` is an old value and a worse one: rows are tested with them.
    """

    words: str
    sample: tuple[Any, Any]
    read: Callable[[Any], Any]
    worse: Callable[[Any, Any], bool]
    matters: Callable[[Any], bool] = lambda old: True
    wrong: Callable[[Any], bool] = lambda value: False
    wrong_words: str = "also in a new resource"


def _endless(value: Any) -> float | None:
    length = 0.0 if value is None else number(value)
    return inf if length == 0 else length


less = Comparison(
    "is lowered",
    (8, 0),
    number,
    lambda old, new: bool(new < old),
    lambda old: old != 0,
    lambda value: value == 0,
    "or is 0 in a new resource",
)
less_or_no_longer_endless = Comparison(
    "is lowered (0 or unset means unlimited)", (8, 2), _endless, lambda old, new: new < old
)
halved = Comparison(
    "is lowered to half or less", (8, 2), number, lambda old, new: 0 < new <= old / 2, lambda old: old > 0
)
to_zero = Comparison("is lowered to 0", (8, 0), number, lambda old, new: bool(new == 0), lambda old: old != 0)
to_zero_if_unset = Comparison(
    "is set to 0",
    (8, 0),
    lambda value: -1.0 if value is None else number(value),
    lambda old, new: bool(new == 0),
    lambda old: old != 0,
)


def _listed(value: Any) -> list[Any] | None:
    return value if isinstance(value, list) else [] if value is None else None


loses_items = Comparison(
    "loses items",
    (["a", "b"], ["a"]),
    _listed,
    lambda old, new: any(item not in new for item in old),
    lambda old: bool(old),
)
down_to_one = Comparison(
    "is down to one item",
    (["a", "b"], ["a"]),
    lambda value: value if isinstance(value, list) else None,
    lambda old, new: len(old) > 1 and len(new) == 1,
    lambda old: len(old) > 1,
)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def becomes(old_value: object, new_value: object) -> Comparison:
    """It goes from the one value to the other."""
    return Comparison(
        f"goes from `{_written(old_value)}` to `{_written(new_value)}`",
        (old_value, new_value),
        _text,
        lambda old, new: old == old_value and new == new_value,
        lambda old: old == old_value,
    )


def no_longer(state: State) -> Comparison:
    """The condition held, and does not hold any more; of a new object, that it does not hold."""
    return Comparison(
        f"is no longer {state.words}",
        state.sample,
        lambda value: (value,),  # None is a value too
        lambda old, new: not state.holds(new[0]),
        lambda old: state.holds(old[0]),
        lambda value: not state.holds(value[0]),
    )


def _written(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
