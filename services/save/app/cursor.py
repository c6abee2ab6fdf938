"""Cursors: where the next page of a list begins.

A cursor holds the position of the last story of a page. It says nothing of DynamoDB's keys, and
it stays right while stories come and go: the next page is what is older than that position.
Clients must not look into it, so it carries a version and a checksum, and anything else is refused.
The checksum finds damage and guesses, it is no signature: the list is public, and no position in
it is a secret.
"""

import base64
import binascii
import hashlib
from typing import Final

from .story import is_position

_VERSION: Final = b"1"
_CHECKSUM_BYTES: Final = 6
_MAX_CHARS: Final = 200


class InvalidCursor(ValueError):
    """The text is not a cursor that this service gave out."""


def encode(position: str) -> str:
    """The cursor for a story's position."""
    payload = _VERSION + position.encode()
    return base64.urlsafe_b64encode(_checksum(payload) + payload).rstrip(b"=").decode()


def decode(cursor: str) -> str:
    """The position that a cursor holds. Raises InvalidCursor."""
    if not cursor.isascii() or len(cursor) > _MAX_CHARS:
        raise InvalidCursor
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise InvalidCursor from None
    checksum, payload = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
    if checksum != _checksum(payload) or not payload.startswith(_VERSION):
        raise InvalidCursor
    position = payload[len(_VERSION) :].decode("ascii", "replace")
    # Decoding accepts stray low bits and padding: only the one way to write a cursor is a cursor.
    if not is_position(position) or encode(position) != cursor:
        raise InvalidCursor
    return position


def _checksum(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECKSUM_BYTES, person=b"story-cursor").digest()
