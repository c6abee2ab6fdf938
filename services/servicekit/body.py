"""The body of a request: its limit, and what becomes of one whose answer comes first."""

import asyncio
import contextlib
from typing import Final

from starlette.types import Message, Receive, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from .problems import Problem

LINGER_MAX_BYTES: Final = 4 * 1024 * 1024
LINGER_SECONDS: Final = 2
"""So much of a body, for so long, is read and dropped after an answer that ends the connection."""


def too_large(max_bytes: int) -> Problem:
    """The 413. The rest of the body may still be coming: the connection is of no further use."""
    return Problem(413, f"the body may have at most {max_bytes} bytes", headers={"Connection": "close"})


def limited(receive: Receive, max_bytes: int) -> Receive:
    """`receive` that raises Problem 413 once more than `max_bytes` have come."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise too_large(max_bytes)
        return message

    return receive_limited


def is_coming(receive: Receive) -> bool:
    """Whether the client is still sending the body. `receive` must be the server's own."""
    # ASGI cannot say it without waiting for the body; uvicorn's object for the request knows.
    cycle = getattr(receive, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle):
        return False
    return cycle.more_body and not cycle.disconnected and not cycle.waiting_for_100_continue


def lingering(send: Send, receive: Receive) -> Send:
    """`send` for an answer of one part, which ends the connection while the body is still coming.

    To close a connection with something unread resets it, and the answer is lost: most clients
    read it only when they have sent their body. So the answer goes out, the body is dropped up to
    LINGER_MAX_BYTES and LINGER_SECONDS, and only then the answer is over.
    """

    async def send_and_drop(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        await send({**message, "more_body": True})
        left = LINGER_MAX_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0 and is_coming(receive):
                    left -= len((await receive()).get("body", b""))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_and_drop
