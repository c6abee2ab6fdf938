"""What a container has written is in its log once its task has stopped.

MiniStack passes it on in a thread of its own, which may be behind the end of the container, and what it has not read
goes with a container that is removed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

# The engine ends what it tells of a container's output with the container. If it does not, the task stops all the same.
SECONDS = 10.0

# Of the containers whose lines are being passed on, by their ids.
_over: dict[str, threading.Event] = {}


def begun(start: Callable[..., None], configured: Callable[..., Any]) -> Callable[..., None]:
    """What has a container's lines passed on, if it is `configured` for that."""

    def started(container: Any, definition: Any, task: str) -> None:
        if configured(definition, task, container.id):
            _over[container.id] = threading.Event()
        start(container, definition, task)

    return started


def to_the_end(forward: Callable[..., None]) -> Callable[..., None]:
    """What passes on a container's lines, until there are no more."""

    def forwarded(container: Any, *rest: Any) -> None:
        try:
            forward(container, *rest)
        finally:
            over = _over.pop(container.id, None)
            if over is not None:
                over.set()

    return forwarded


def wait(container: str) -> None:
    """Wait until all lines of a container that has ended are passed on."""
    over = _over.get(container)
    if over is not None:
        over.wait(SECONDS)
