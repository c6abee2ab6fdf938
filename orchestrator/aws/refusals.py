"""What to say when AWS stops answering in the middle of something: why, what is left, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.aws import causes
from orchestrator.errors import Failure


def failure(error: Exception, message: str, *, left: str = "", next_step: str) -> Failure:
    """The failure for an AWS error; `left` says what goes on without anybody watching."""
    cause = causes.of(error)
    why = "The credentials have expired. " if cause.kind is causes.Kind.EXPIRED else ""
    remedy = f"{cause.remedy}, then: " if cause.remedy else ""
    return Failure(message, reason=f"{why}{cause.why}\n{left}".strip(), next_step=f"{remedy}{next_step}")


@contextmanager
def explained(message: str, *, left: str = "", next_step: str) -> Iterator[None]:
    """Whatever AWS refuses while inside ends in that failure."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise failure(error, message, left=left, next_step=next_step) from error
