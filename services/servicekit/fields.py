"""Header fields of answers, as they are sent."""

from collections.abc import Iterable
from typing import Final

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE

Header = tuple[bytes, bytes]

_EACH_ITS_OWN: Final = frozenset({b"date", b"x-request-id", b"x-amzn-trace-id", b"location"})
_LINES_MAX: Final = 1000

_lines: dict[Header, bytes] = {}


def lines(fields: Iterable[Header]) -> bytes:
    """The fields as they are sent. Raises RuntimeError, see `line`."""
    return b"".join(map(line, fields))


def line(field: Header) -> bytes:
    """A field as it is sent. Raises RuntimeError if it has a forbidden character.

    It is kept for the next answer if that may well have the same.
    """
    known = _lines.get(field)
    if known is not None:
        return known
    name, value = field[0].lower(), field[1]
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError(f"a header field has a forbidden character: {name!r}")
    found = b"%b: %b\r\n" % (name, value)
    if name not in _EACH_ITS_OWN and len(_lines) < _LINES_MAX:
        _lines[name, value] = found
    return found
