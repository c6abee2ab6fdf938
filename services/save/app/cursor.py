"""Cursors: where the next page of a list begins.

A cursor holds the position of the last story of a page. It says nothing of DynamoDB's keys, and
it stays right while stories come and go: the next page is what is older than that position, also
when the story there has been deleted. Clients must not look into it, so it carries a version and a
tag by the table's secret: anything that was not given out here is refused.
"""

import base64
import binascii
import hmac
from typing import Final

from .secret import Secret
from .story import is_position

_VERSION: Final = b"2"
_TAG_BYTES: Final = 12


class InvalidCursor(ValueError):
    """The text is not a cursor that this service gave out."""


def encode(position: str, secret: Secret) -> str:
    """The cursor for a story's position."""
    payload = _VERSION + position.encode()
    return base64.urlsafe_b64encode(secret.tag(payload) + payload).rstrip(b"=").decode()


def decode(cursor: str, secret: Secret) -> str:
    """The position that a cursor holds. Raises InvalidCursor."""
    if not cursor.isascii():
        raise InvalidCursor
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise InvalidCursor from None
    tag, payload = data[:_TAG_BYTES], data[_TAG_BYTES:]
    if not hmac.compare_digest(tag, secret.tag(payload)) or not payload.startswith(_VERSION):
        raise InvalidCursor
    position = payload[len(_VERSION) :].decode("ascii", "replace")
    # Decoding accepts stray low bits and padding: only the one way to write a cursor is a cursor.
    if not is_position(position) or encode(position, secret) != cursor:
        raise InvalidCursor
    return position
