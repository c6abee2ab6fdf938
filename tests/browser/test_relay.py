"""What stands between Playwright and Debian's Firefox changes one command, and nothing else."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.browser import bidi_relay
from tests.browser.bidi_relay import NEWER


def command(method: str, **params: object) -> bytes:
    """A command as Playwright writes it."""
    return json.dumps({"id": 7, "method": method, "params": params}, separators=(",", ":")).encode()


FIREFOX_PORT = 9222
LIGHT = command(NEWER, features={"prefers-color-scheme": "light"}, userContexts=["x"])
DARK = command(NEWER, features={"prefers-color-scheme": "dark"}, userContexts=["x"])
OTHERS = {
    "another command": command("session.subscribe", events=["log"]),
    "its name in a text": command("script.evaluate", expression=NEWER),
    "dark colours": DARK,
    "less movement too": command(NEWER, features={"prefers-color-scheme": "light", "prefers-reduced-motion": "reduce"}),
    "65,536 bytes": b"x" * 65_536,
    "126 bytes": b"x" * 126,
    "125 bytes": b"x" * 125,
    "no byte": b"",
}


def masked(text: bytes) -> bytes:
    """A client's frame."""
    return bidi_relay.frame(text, b"\x01\x7f\x80\xff")


def passed_on(*frames: bytes) -> bytes:
    """What Firefox gets of a handshake and these frames, however they are cut on the way."""

    async def run() -> bytes:
        got = bytearray()

        async def firefox(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1000):
                got.extend(data)
            writer.close()
            done.set()

        done = asyncio.Event()
        server = await asyncio.start_server(firefox, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = asyncio.StreamReader()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        client.feed_data(b"GET /session HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n" + b"".join(frames))
        client.feed_eof()
        with pytest.raises(asyncio.IncompleteReadError):
            await bidi_relay.ask(client, writer, FIREFOX_PORT)
        writer.close()
        await done.wait()
        server.close()
        return bytes(got)

    handshake, _, rest = asyncio.run(run()).partition(b"\r\n\r\n")
    assert handshake == b"GET /session HTTP/1.1\r\nHost: 127.0.0.1:%d" % FIREFOX_PORT
    return rest


def test_what_asks_for_light_colours_becomes_a_command_that_every_firefox_knows() -> None:
    assert json.loads(bidi_relay.understood(LIGHT)) == {"id": 7, "method": "session.status", "params": {}}
    assert passed_on(masked(LIGHT)) == masked(bidi_relay.understood(LIGHT))


def test_of_a_firefox_that_was_started_dark_it_is_dark_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bidi_relay, "AS_IT_IS", {"prefers-color-scheme": "dark"})
    assert json.loads(bidi_relay.understood(DARK)) == {"id": 7, "method": "session.status", "params": {}}
    assert bidi_relay.understood(LIGHT) == LIGHT


@pytest.mark.parametrize("message", OTHERS.values(), ids=OTHERS)
def test_everything_else_passes_as_it_is(message: bytes) -> None:
    assert bidi_relay.understood(message) == message
    assert passed_on(masked(message), masked(LIGHT), masked(message)) == (
        masked(message) + masked(bidi_relay.understood(LIGHT)) + masked(message)
    )


def test_a_close_or_a_piece_of_a_message_passes_too() -> None:
    close = b"\x88\x80\x01\x02\x03\x04"
    piece = b"\x01" + masked(LIGHT)[1:]
    assert passed_on(piece, close) == piece + close
