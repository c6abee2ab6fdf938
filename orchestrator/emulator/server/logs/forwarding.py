"""What containers write on its way into their log streams: MiniStack has a thread for each, which nobody waits for.

A task counts as stopped, and its containers are removed, only once all that they wrote has arrived.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

# All of it has been written when the engine says that the container has ended, and it is read here within moments.
MOST_SECONDS = 15.0

# By the containers' ids.
_on_the_way: dict[str, threading.Event] = {}


def announced(start: Callable[..., None]) -> Callable[..., None]:
    """What starts the thread of a container: known from before it begins until it has passed on everything."""
    from ministack.services import ecs

    def started(container: Any, definition: Any, task: str) -> None:
        if ecs._awslogs_config(definition, task, container.id):
            _on_the_way[container.id] = threading.Event()
        start(container, definition, task)

    return started


def ending(forward: Callable[..., None]) -> Callable[..., None]:
    """What that thread does, and that it has done it."""

    def forwarded(container: Any, *rest: Any) -> None:
        try:
            forward(container, *rest)
        finally:
            arrived = _on_the_way.pop(container.id, None)
            if arrived is not None:
                arrived.set()

    return forwarded


def wait(container: str, seconds: float = MOST_SECONDS) -> bool:
    """Wait until everything has arrived that a container wrote which has ended. False if it has not in time."""
    arriving = _on_the_way.get(container)
    return arriving is None or arriving.wait(seconds)
