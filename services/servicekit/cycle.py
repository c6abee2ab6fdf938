"""uvicorn's object for one request and its answer, with a short way out."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .fields import Header, line, lines

_SPECIAL: Final = frozenset({b"connection", b"transfer-encoding"})
_WITHOUT_BODY: Final = (204, 304)

_defaults: tuple[list[Header], bytes | None] = ([], b"")


class Cycle(RequestResponseCycle):
    """uvicorn's own, and a way out for answers that are there as a whole."""

    def answer(self, status: int, fields: list[Header], others: bytes, body: bytes | memoryview) -> bool:
        """Writes a whole answer. False, and nothing is written, if it is one that uvicorn must deal with.

        `others` are the lines of further header fields. uvicorn takes two messages for an answer, writes head and body
        one after the other, each in a system call and a packet of its own, and looks for forbidden characters in
        every header field. Raises RuntimeError if one has such: nothing is written then.
        """
        if (
            not self.keep_alive
            or self.disconnected
            or self.response_started
            or self.flow.write_paused
            or self.scope["method"] == "HEAD"
        ):
            return False
        defaults = default_lines(self.default_headers)
        if defaults is None:
            return False
        parts: list[bytes | memoryview] = [STATUS_LINE[status], defaults]
        length = b"0" if status in _WITHOUT_BODY else b""
        for field in fields:
            name = field[0].lower()
            if name == b"content-length":
                length = field[1]
            elif name in _SPECIAL:
                return False
            parts.append(line(field))
        if length != b"%d" % len(body):
            return False
        parts += others, b"\r\n", body
        self.transport.write(b"".join(parts))
        # From here on as in uvicorn.
        self.response_started = True
        self.waiting_for_100_continue = False
        self.response_complete = True
        self.message_event.set()
        self.on_response()
        return True


def default_lines(fields: list[Header]) -> bytes | None:
    """The server's own fields as they are sent; None if uvicorn must deal with one of them.

    They are the same list for a second: what it came to is kept until there is another one.
    """
    global _defaults
    if _defaults[0] is not fields:
        special = any(name in _SPECIAL for name, _ in fields)
        _defaults = (fields, None if special else lines(fields))
    return _defaults[1]
