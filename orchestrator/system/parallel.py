"""Waiting for work in several threads so that the first failure is the one that is told."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from typing import TypeVar

from orchestrator.errors import Interrupted

T = TypeVar("T")


def gather(futures: Sequence[Future[T]]) -> list[T]:
    """The results in order. On a failure what has not begun is cancelled, what runs ends, then the failure is raised.

    A real failure goes before an interruption: it is the cause, the other its consequence.
    """
    done, waiting = wait(futures, return_when=FIRST_EXCEPTION)
    if any(future.exception() for future in done):
        for future in waiting:
            future.cancel()
        wait(futures)
    errors = [error for future in futures if not future.cancelled() and (error := future.exception())]
    if errors:
        raise next((error for error in errors if not isinstance(error, Interrupted)), errors[0])
    return [future.result() for future in futures]
