"""What a request gets that comes again, before the emulated AWS is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orchestrator.emulator.server.answers import again
from orchestrator.emulator.server.answers.again import Again
from orchestrator.emulator.server.requests import Message, Receive, Scope, Send


class Aws:
    """Answers each request with its number: with one of `statuses` each, in two parts of `size` bytes together."""

    def __init__(self, *statuses: int, size: int = 10) -> None:
        self.asked, self.statuses, self.size = 0, [*statuses], size
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        status, body = self.statuses.pop(0) if self.statuses else 200, str(self.asked).encode().zfill(self.size)
        await self.goes_on.wait()
        if not status:
            raise ConnectionError
        await send({"type": "http.response.start", "status": status, "headers": [(b"x-number", body)]})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        await send({"type": "http.response.body", "body": body[3:]})


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def sent(app: Any, name: bytes = b"one", method: str = "POST") -> tuple[int, int]:
    """The answer's status and number."""
    answer: list[Message] = []

    async def send(message: Message) -> None:
        answer.append(message)

    headers = [(b"Amz-Sdk-Invocation-Id", name)] if name else []
    await app({"type": "http", "method": method, "headers": headers}, receive, send)
    body = b"".join(message["body"] for message in answer[1:])
    assert answer[0]["headers"] == [(b"x-number", body)]
    return answer[0]["status"], int(body[-10:])


async def each(app: Any, *names: bytes, method: str = "POST") -> list[tuple[int, int]]:
    return [await sent(app, name, method) for name in names]


def test_it_is_carried_out_once_and_another_one_as_well() -> None:
    assert asyncio.run(each(Again(Aws()), b"one", b"one", b"two", b"one")) == [(200, 1), (200, 1), (200, 2), (200, 1)]


@pytest.mark.parametrize(("name", "method"), [(b"", "POST"), (b"one", "GET"), (b"one", "HEAD")])
def test_what_no_sdk_sends_and_what_changes_nothing_is_asked_for_each_time(name: bytes, method: str) -> None:
    assert asyncio.run(each(Again(Aws()), name, name, method=method)) == [(200, 1), (200, 2)]


def test_after_an_error_it_is_carried_out_again() -> None:
    assert asyncio.run(each(Again(Aws(500, 400)), *[b"one"] * 4)) == [(500, 1), (400, 2), (200, 3), (200, 3)]


def test_a_long_answer_is_not_kept() -> None:
    aws = Aws(size=again.KEPT_BYTES + 1)
    assert asyncio.run(each(Again(aws), b"one", b"one")) == [(200, 1), (200, 2)]


def test_no_more_than_the_latest_are_kept() -> None:
    names = [str(number).encode() for number in range(again.KEPT + 1)]
    found = asyncio.run(each(Again(Aws()), *names, names[-1], names[0]))
    assert found[-2:] == [(200, len(names)), (200, len(names) + 1)]


@pytest.mark.parametrize(("first", "expected"), [(200, [(200, 1), (200, 1)]), (500, [(500, 1), (200, 2)])])
def test_an_attempt_waits_for_the_one_before_it(first: int, expected: list[tuple[int, int]]) -> None:
    async def both() -> list[tuple[int, int]]:
        aws = Aws(first)
        aws.goes_on.clear()
        app = Again(aws)
        attempts = [asyncio.create_task(sent(app)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert aws.asked == 1
        aws.goes_on.set()
        return list(await asyncio.gather(*attempts))

    assert asyncio.run(both()) == expected


def test_where_the_first_one_broke_off_the_next_one_is_carried_out() -> None:
    async def both() -> tuple[int, int]:
        app = Again(Aws(0))
        with pytest.raises(ConnectionError):
            await sent(app)
        return await sent(app)

    assert asyncio.run(both()) == (200, 2)
