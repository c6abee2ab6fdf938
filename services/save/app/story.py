"""A story, and what makes a new one."""

import hashlib
import re
import secrets
import zlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from servicekit import invalid

from .limits import SHARDS, TEMPLATE_MAX_CHARS, TEXT_MAX_CHARS

_ID_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_ID_CHARS: Final = 20
ID_PATTERN: Final = re.compile(rf"[a-z2-7]{{{_ID_CHARS}}}")
TIMESTAMP_PATTERN: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)

_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class NewStory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client sends to have a story kept."""

    template: str
    text: str
    listed: bool = True
    """False keeps it out of the list and for UNLISTED_SECONDS only: a trial, such as a smoke test's."""

    def check(self) -> None:
        """Raises Problem 422 if a text is blank, too long or has control characters."""
        _check_text("template", self.template, TEMPLATE_MAX_CHARS)
        _check_text("text", self.text, TEXT_MAX_CHARS)


class Story(msgspec.Struct, frozen=True):
    """A story that is kept."""

    id: str
    template: str
    text: str
    created_at: str
    """UTC, RFC 3339 with microseconds: strings sort as the times do."""
    listed: bool = True

    @classmethod
    def create(cls, new: NewStory) -> "Story":
        """A story with a new id (100 random bits: it cannot be guessed) and the present time."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        story_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_CHARS))
        return cls(story_id, new.template, new.text, now, new.listed)

    @property
    def position(self) -> str:
        """The place in the order of all stories, unique: time, then id."""
        return f"{self.created_at}#{self.id}"

    @property
    def shard(self) -> str:
        """The partition of the index `latest` that the story is in."""
        return SHARDS[zlib.crc32(self.id.encode()) % len(SHARDS)]

    @property
    def body_hash(self) -> str:
        """Tells whether a story that is already there is this one."""
        return hashlib.sha256(msgspec.json.encode((self.template, self.text))).hexdigest()


def is_position(text: str) -> bool:
    """Whether `text` has the form of a story's position."""
    created_at, _, story_id = text.partition("#")
    return bool(TIMESTAMP_PATTERN.fullmatch(created_at) and ID_PATTERN.fullmatch(story_id))


def _check_text(field: str, value: str, max_chars: int) -> None:
    if not value.strip():
        raise invalid(field, "must not be blank")
    if len(value) > max_chars:
        raise invalid(field, f"may have at most {max_chars} characters, has {len(value)}")
    if _CONTROL_CHARACTER.search(value):
        raise invalid(field, "must not contain control characters")
