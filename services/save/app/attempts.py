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

    Made when the request begins. Each attempt has a longest duration (its time-outs), and begins
    only if it will then have ended in time. So calls in sequence, queues and waits need no sum of
    worst cases, and nothing goes on behind an answer that has been given up.
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
        longest_factor = 1
        while True:
            try:
                return call()
            except PynamoDBConnectionError as error:
                longest = _wait_after(error) * longest_factor
                wait = random.uniform(0, longest)
                longest_factor *= 2
                if not longest or longest_factor == 2**ATTEMPTS or not self.allows(wait + ATTEMPT_SECONDS):
                    raise
            time.sleep(wait)


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
