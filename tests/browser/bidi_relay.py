#!/usr/bin/env python3
"""Firefox ($FIREFOX) as Playwright starts it, with one command between them replaced.

For each new context Playwright sends a command that Firefox has known since version 159, and Debian's is an older one.
If what it asks for is the colours that Firefox was started with ($FIREFOX_COLOURS: light or dark), Firefox gets one in
its place that changes nothing. Everything else passes as it is. When Debian's Firefox knows the command, this file can
go.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import re
import sys

NEWER = "emulation.setMediaFeaturesOverride"
AS_IT_IS = {"prefers-color-scheme": os.environ.get("FIREFOX_COLOURS", "light")}
LISTENING = re.compile(rb"(WebDriver BiDi listening on ws://127\.0\.0\.1:)(\d+)")
HOST = re.compile(rb"(?i)(\r\nhost: *)[^\r]+")
LINE_BYTES_MAX = 1 << 20
CHUNK_BYTES = 1 << 16
# Of a WebSocket's frame (RFC 6455, 5.2): a whole text; and what a length stands for that needs more bytes.
TEXT = 0x81
MASKED = 0x80
LENGTH_BYTES = {126: 2, 127: 8}


def understood(message: bytes) -> bytes:
    """A command in the form in which an older Firefox knows it."""
    if NEWER.encode() not in message:
        return message
    command = json.loads(message)
    if command["method"] != NEWER or command["params"]["features"] != AS_IT_IS:
        return message
    return json.dumps({"id": command["id"], "method": "session.status", "params": {}}).encode()


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """What a client masked, or the other way round."""
    repeated = (mask * (len(payload) // len(mask) + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def frame(text: bytes, mask: bytes) -> bytes:
    """A client's frame."""
    extended = 0 if len(text) < 126 else 126 if len(text) < 1 << 16 else 127
    length = len(text).to_bytes(LENGTH_BYTES[extended], "big") if extended else b""
    return bytes((TEXT, MASKED | (extended or len(text)))) + length + mask + unmasked(text, mask)


async def ask(client: asyncio.StreamReader, firefox: asyncio.StreamWriter, port: int) -> None:
    """Passes on what the client says: the handshake, then frame by frame. Firefox checks that the host is its own."""
    handshake = await client.readuntil(b"\r\n\r\n")
    firefox.write(HOST.sub(rb"\g<1>127.0.0.1:%d" % port, handshake))
    while True:
        head = await client.readexactly(2)
        extended = await client.readexactly(LENGTH_BYTES.get(head[1] & ~MASKED, 0))
        mask = await client.readexactly(4)
        payload = await client.readexactly(int.from_bytes(extended or bytes((head[1] & ~MASKED,)), "big"))
        text = unmasked(payload, mask)
        changed = understood(text) if head[0] == TEXT else text
        firefox.write(head + extended + mask + payload if changed == text else frame(changed, mask))
        await firefox.drain()


async def answer(firefox: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    """Passes on what Firefox says."""
    while data := await firefox.read(CHUNK_BYTES):
        client.write(data)
        await client.drain()


async def relay(port: int, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    """Connects a client with the Firefox that listens at this port, until either has had enough."""
    firefox, to_firefox = await asyncio.open_connection("127.0.0.1", port)
    both = [asyncio.ensure_future(ask(client, to_firefox, port)), asyncio.ensure_future(answer(firefox, to_client))]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    for task in both:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            await task
    to_firefox.close()
    to_client.close()


async def main() -> int:
    """Runs Firefox, and says that the relay listens where Firefox says that it does."""
    firefox = await asyncio.create_subprocess_exec(
        os.environ["FIREFOX"], *sys.argv[1:], stderr=asyncio.subprocess.PIPE, limit=LINE_BYTES_MAX
    )
    assert firefox.stderr is not None
    async for line in firefox.stderr:
        said = line
        if found := LISTENING.search(line):
            server = await asyncio.start_server(functools.partial(relay, int(found[2])), "127.0.0.1", 0)
            said = LISTENING.sub(rb"\g<1>%d" % server.sockets[0].getsockname()[1], line)
        sys.stderr.buffer.write(said)
        sys.stderr.buffer.flush()
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
