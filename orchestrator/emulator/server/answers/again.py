"""A request that comes again because its answer was lost is answered as at the first time, and carried out once.

An AWS SDK gives all attempts at one request the same id. It makes another one after an answer that is an error, or
where the connection has ended under it. On a busy machine Terraform's AWS provider (5.100.0) gives connections to this
server up, and would meet what it has made itself: "already exists".
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from orchestrator.emulator.server.requests import App, Message, Receive, Scope, Send

ID = b"amz-sdk-invocation-id"
READ_ONLY = ("GET", "HEAD", "OPTIONS")
# An attempt follows the one before it within seconds. What creates something answers with less than this.
KEPT = 200
KEPT_BYTES = 20_000
ERRORS = 400

# None for one that is to be carried out again.
Answer = list[Message] | None


class Again:
    """ASGI application around the emulator's."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._answers: OrderedDict[bytes, asyncio.Future[Answer]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = invocation(scope)
        if not name:
            await self.app(scope, receive, send)
            return
        if (before := self._answers.get(name)) is not None:
            answer = await asyncio.shield(before)
            if answer is not None:
                for message in answer:
                    await send(message)
                return
        found = self._answers[name] = asyncio.get_running_loop().create_future()
        self._answers.move_to_end(name)
        heard = _Heard(send)
        try:
            await self.app(scope, receive, heard)
        finally:
            found.set_result(heard.answer)
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)


def invocation(scope: Scope) -> bytes:
    """What the attempts at one request have in common; empty for one that changes nothing, or that no SDK has sent."""
    if scope["type"] != "http" or scope["method"] in READ_ONLY:
        return b""
    return next((bytes(value) for name, value in scope["headers"] if name.lower() == ID), b"")


class _Heard:
    """Sends an answer on and keeps it, but for an error and for a long one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Any] = []
        self._bytes = 0
        self._ended = False

    async def __call__(self, message: Message) -> None:
        # Before it is sent: whoever loses it may ask again at once.
        self._bytes += len(message.get("body", b""))
        if self._bytes <= KEPT_BYTES:
            self._messages.append(message)
        self._ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    @property
    def answer(self) -> Answer:
        """The whole of it, if it is one that is given again."""
        is_whole = self._ended and self._bytes <= KEPT_BYTES
        return self._messages if is_whole and self._messages[0]["status"] < ERRORS else None
