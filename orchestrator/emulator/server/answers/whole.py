"""How answers leave, and connections end.

Hypercorn sends an answer's head, then its body. Where the machine is busy, Terraform's AWS provider (5.100.0, Go 1.23)
was seen to close the connection between the two and to send its request again, which then met what it had made itself.
What comes together it reads. And Hypercorn (0.18.0) closes its side of a connection that the client has closed only
when the time for idle ones is over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import h11
from hypercorn.events import RawData

Sender = Callable[[Any, Any], Awaitable[None]]
Reader = Callable[[Any], Awaitable[None]]


def together(send: Sender) -> Sender:
    """In the place of `H11Protocol._send_h11_event`: a head of which the body's length is known goes with the body."""

    async def sent(self: Any, event: Any) -> None:
        held = getattr(self, "held", b"")
        if isinstance(event, h11.Response) and any(name == b"content-length" for name, _ in event.headers):
            self.held = _bytes(self.connection, event)
        elif held:
            self.held = b""
            await self.send(RawData(data=held + _bytes(self.connection, event)))
        else:
            await send(self, event)

    return sent


def _bytes(connection: Any, event: Any) -> bytes:
    """What is to be sent for it; nothing to a client that has broken the protocol, as Hypercorn has it."""
    try:
        return connection.send(event) or b""
    except h11.LocalProtocolError:
        if connection.their_state != h11.ERROR:
            raise
        return b""


def closed(read: Reader) -> Reader:
    """In the place of `TCPServer._read_data`: after the client's last byte the connection is not idle, but over."""

    async def ended(self: Any) -> None:
        await read(self)
        await self.idle_task.stop()

    return ended
