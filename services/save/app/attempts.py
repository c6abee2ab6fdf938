"""Calls to DynamoDB, repeated while the request that they are for has time."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import ConnectionError as NotConnected
from botocore.exceptions import HTTPClientError
from pynamodb.exceptions import PynamoDBConnectionError

from .limits import ATTEMPT_SECONDS, ATTEMPTS, FAULT_WAIT_SECONDS, THROTTLED_WAIT_SECONDS, WORK_SECONDS

T = TypeVar("T")

CONDITION_FAILED: Final = "ConditionalCheckFailedException"

_THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ThrottledException",
    }
)


class OutOfTime(Exception):
    """The request has no time left for a first attempt."""


class Clock:
    """How long a request may still work with DynamoDB: one clock for all of its calls.

    Made when the request begins. An attempt begins only if there is time for both of its time-outs.
    So calls in sequence, queues and waits need no sum of worst cases, and no attempt begins for an
    answer that has been given up. One that has begun may take longer than its time-outs say (see
    ATTEMPT_SECONDS), and so go on behind the request's deadline.
    """

    def __init__(self, seconds: float = WORK_SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def allows(self, seconds: float) -> bool:
        """Whether so much is left."""
        return time.monotonic() + seconds <= self._end

    def attempts(self, call: Callable[[], T]) -> T:
        """What `call` gives, repeated if DynamoDB does not answer, fails or throttles.

        Raises the last failure, and OutOfTime if there is no time for even one attempt. For use in
        a thread: it sleeps between attempts.
        """
        if not self.allows(ATTEMPT_SECONDS):
            raise OutOfTime
        for attempt in range(ATTEMPTS - 1):
            try:
                return call()
            except PynamoDBConnectionError as error:
                longest = _wait_after(error) * 2**attempt
                wait = random.uniform(0, longest)
                if not longest or not self.allows(wait + ATTEMPT_SECONDS):
                    raise
            time.sleep(wait)
        return call()


def error_code(error: PynamoDBConnectionError) -> str:
    """DynamoDB's code of the error, "" if there was no answer."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def _wait_after(error: PynamoDBConnectionError) -> float:
    """The longest wait before another attempt; 0 if another one would fare no better."""
    if isinstance(error.cause, (HTTPClientError, NotConnected)):
        return FAULT_WAIT_SECONDS
    if error_code(error) in _THROTTLED:
        return THROTTLED_WAIT_SECONDS
    status = _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return FAULT_WAIT_SECONDS if status >= 500 else 0


def _response(error: PynamoDBConnectionError) -> dict:  # type: ignore[type-arg]
    """botocore's whole response; PynamoDB keeps only a part, and botocore gives time-outs none."""
    whole = getattr(error.cause, "__cause__", None) or error.cause
    return getattr(whole, "response", None) or {}
