"""The table's secret, and what is derived from it.

Each table has one: 32 random bytes in an item that no story can have the id of. The first task
that finds none makes it, with a conditional put, so that two first tasks agree. It is read once
per process and never logged. So there is nothing to configure, to rotate in step, or to leak from an
environment, and whoever restores the table from a backup has it restored as well.

Three things come from it, each by an HMAC with a name of its own in front:

- the tags of cursors, so that a list is entered only where an earlier page has ended;
- delete tokens, which so need not be stored, and are the same in a first answer and its repetition;
- the id of a story that was sent with an Idempotency-Key, so that one conditional put decides
  between all tasks who was first, and a key cannot be turned into a chosen id.

Who can read the table can read the secret, and make every token: IAM keeps the table, not this.

If the item is lost (someone deletes it), no story is. But the next task to start makes a new one:
cursors from before are refused (a client begins again with the first page), tokens from before
delete nothing any more, and a key from before counts as new, so that a retry across the loss keeps
a second story. Tasks that still run have the old one: replace them (a new deployment).
"""

import base64
import hmac
import secrets
from collections.abc import Iterator
from typing import Final

SECRET_BYTES: Final = 32

ID_CHARS: Final = 20
_ID_BYTES: Final = 13  # 104 bits, of which 20 characters show 100
_IDS_AT_ONCE: Final = 256
_TOKEN_BYTES: Final = 24
_TAG_BYTES: Final = 12


class Secret:
    """A table's secret. It has no `repr` of its own, so that no log line shows it."""

    def __init__(self, value: bytes) -> None:
        # `hmac.digest` gives up the interpreter's lock, and the event loop gets it back only after a thread's turn.
        # A copy of one that has the key already does not.
        self._keyed = hmac.new(value, digestmod="sha256")

    @classmethod
    def generate(cls) -> bytes:
        """A new one's value."""
        return secrets.token_bytes(SECRET_BYTES)

    def story_id(self, idempotency_key: str) -> str:
        """The id of the story that is sent with this key."""
        return _as_id(self._digest(b"story id", idempotency_key.encode()))

    def delete_token(self, story_id: str) -> str:
        """What its creator is given to delete a story with."""
        return base64.urlsafe_b64encode(self._digest(b"delete token", story_id.encode())[:_TOKEN_BYTES]).decode()

    def is_delete_token(self, token: str, story_id: str) -> bool:
        """Whether `token` is the story's, in a time that tells nothing about how much of it is right."""
        return hmac.compare_digest(token.encode(), self.delete_token(story_id).encode())

    def tag(self, cursor: bytes) -> bytes:
        """Proves that a cursor's content is from here."""
        return self._digest(b"cursor", cursor)[:_TAG_BYTES]

    def _digest(self, purpose: bytes, content: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(purpose + b"\0" + content)
        return keyed.digest()


def _parts() -> Iterator[bytes]:
    # Asking the system gives up the interpreter's lock as well: so it is asked for many at once.
    while True:
        random = secrets.token_bytes(_ID_BYTES * _IDS_AT_ONCE)
        yield from (random[start : start + _ID_BYTES] for start in range(0, len(random), _ID_BYTES))


_random_parts: Final = _parts()


def random_id() -> str:
    """The id of a story that was sent without a key: 100 random bits, it cannot be guessed."""
    return _as_id(next(_random_parts))


def _as_id(random: bytes) -> str:
    return base64.b32encode(random[:_ID_BYTES])[:ID_CHARS].decode().lower()
