"""Constant load from clients that keep their connections and look at every answer."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import uvloop

ANSWER_SECONDS: Final = 15
"""Longer than a service's own deadline: an answer that is later is one that was lost."""
RECONNECT_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Question:
    """A request, and what tells that its answer is right: `is_right(the answer's JSON)`."""

    method: str
    target: str
    is_right: Callable[[Any], bool]
    body: bytes = b""

    def encode(self, request_id: str) -> bytes:
        """The request as it goes over the wire."""
        head = f"{self.method} {self.target} HTTP/1.1\r\nHost: load\r\nX-Request-Id: {request_id}\r\n"
        if self.body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode() + b"\r\n" + self.body


@dataclass
class Tally:
    """What came of it: right answers by method, and a line for each request without one."""

    right: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """All requests, failed ones included."""
        return self.right.total() + len(self.failures)


class Load:
    """Asks the questions in turn over `connections` connections, each one request at a time.

    A context manager; it ends by itself after `seconds` at the latest. Every request counts: one whose connection
    ended without an answer has failed, and is not asked again.
    """

    def __init__(self, port: int, questions: Sequence[Question], *, connections: int, seconds: float) -> None:
        self.tally = Tally()
        self._port = port
        self._questions = itertools.cycle(questions)
        self._numbers = itertools.count()
        self._connections = connections
        self._end = time.monotonic() + seconds
        self._stopped = False
        self._started = time.monotonic()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="load")

    def __enter__(self) -> Self:
        self._running = self._thread.submit(lambda: uvloop.run(self._run()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped = True
        # A mistake of the load's own must not look like a load without failures.
        self._running.result()
        self._thread.shutdown()

    @property
    def is_over(self) -> bool:
        """True once it is told to stop or its time is up."""
        return self._stopped or time.monotonic() > self._end

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._connections):
                group.create_task(self._client())

    async def _client(self) -> None:
        while not self.is_over:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError as error:
                self._fail(f"no connection: {error!r}")
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            try:
                while not self.is_over and await self._ask(reader, writer):
                    pass
            finally:
                writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; returns whether its connection is of further use."""
        question = next(self._questions)
        request_id = f"load-{next(self._numbers)}"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                writer.write(question.encode(request_id))
                status, headers, body = await _read_answer(reader)
        except (OSError, EOFError, TimeoutError) as error:
            self._fail(f"{question.method} {question.target}: {error!r}")
            return False
        # The id tells this request's answer from another's.
        if status == 200 and headers.get("x-request-id") == request_id and question.is_right(json.loads(body)):
            self.tally.right[question.method] += 1
        else:
            self._fail(f"{question.method} {question.target}: {status} {body[:200]!r}")
        return headers.get("connection") != "close"

    def _fail(self, what: str) -> None:
        self.tally.failures.append(f"{time.monotonic() - self._started:.3f} s: {what}")


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))
