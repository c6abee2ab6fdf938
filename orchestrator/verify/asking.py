"""Asking AWS for something that these credentials need not be allowed to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from orchestrator.aws import causes, session
from orchestrator.aws.causes import Kind

T = TypeVar("T")


@dataclass(frozen=True)
class Unread:
    """AWS did not say; `why` is its reason."""

    why: str


@dataclass(frozen=True)
class Missing:
    """AWS says that there is none."""


def ask(what: str, call: Callable[[], T], *missing: str) -> T | Unread | Missing:
    """The call's answer, or why there is none. `missing` are the codes that say that it is not there.

    Raises what credentials cause that are no more: nothing would be looked at with them.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except (BotoCoreError, ClientError) as error:
        if session.is_code(error, *missing):
            return Missing()
        cause = causes.of(error)
        if cause.kind in causes.OF_CREDENTIALS:
            raise
        if cause.kind is Kind.DENIED:
            operation = getattr(error, "operation_name", "")
            return Unread(f"these credentials may not read {what}{f' ({operation})' if operation else ''}")
        return Unread(f"{what} could not be read: {cause.why}")
