"""How this server changes what MiniStack does: by functions in the place of MiniStack's own, in the same process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Where MiniStack's modules keep which function serves which action.
ACTIONS = "_ACTION_MAP"


def replace(module: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of a module's function, also where its table of actions holds it."""
    original = getattr(module, name)
    made = make(original)
    setattr(module, name, made)
    actions = getattr(module, ACTIONS, {})
    for action, function in actions.items():
        if function is original:
            actions[action] = made
