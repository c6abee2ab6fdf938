"""A story, and what makes a new one."""

import functools
import hashlib
import re
import zlib
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from .limits import PAGE_MAX, SHARDS, TEMPLATE_MAX_CHARS, TEXT_MAX_CHARS
from .secret import ID_CHARS

_ID: Final = rf"[a-z2-7]{{{ID_CHARS}}}"
_TIMESTAMP: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_POSITION: Final = re.compile(f"{_TIMESTAMP}#{_ID}")

# White space, then something that is none, and no control characters but tab and line ends. White
# space is listed, so that the two parts cannot share a character: the check takes one pass.
_SPACE: Final = r"\t\n\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTROL: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f"
_WRITTEN: Final = rf"^[{_SPACE}]*[^{_SPACE}{_CONTROL}][^{_CONTROL}]*$"

Lang = Annotated[Literal["en", "ko"], Meta(description="The language that the story is in.")]
Template = Annotated[
    str,
    Meta(
        description="The sentence with its blanks. Not only white space, no control characters.",
        min_length=1,
        max_length=TEMPLATE_MAX_CHARS,
        pattern=_WRITTEN,
        examples=["The {noun} sleeps."],
    ),
]
Text = Annotated[
    str,
    Meta(
        description="The story: the sentence with its blanks filled. Not only white space, no control characters.",
        min_length=1,
        max_length=TEXT_MAX_CHARS,
        pattern=_WRITTEN,
        examples=["The bear sleeps."],
    ),
]
StoryId = Annotated[
    str,
    Meta(
        description="The story's id.",
        # To JSON Schema `$` is the very end, but to Python, and so to msgspec, also in front of a last newline.
        max_length=ID_CHARS,
        pattern=f"^{_ID}$",
        examples=["mzxw6ytboi3dcmrtgq2t"],
    ),
]
Timestamp = Annotated[
    str,
    Meta(
        description="When the story was kept: UTC, RFC 3339 with microseconds.",
        pattern=f"^{_TIMESTAMP}$",
        examples=["2026-11-22T12:40:22.776123Z"],
    ),
]
DeleteToken = Annotated[
    str,
    Meta(description="Send it as the bearer token to delete the story. It is told only here.", min_length=32),
]


class NewStory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client sends to have a story kept."""

    template: Template
    text: Text
    lang: Lang = "en"
    listed: Annotated[
        bool,
        Meta(description="False keeps the story out of the list, and for an hour only: for trials."),
    ] = True

    @property
    def body_hash(self) -> str:
        """Tells whether another request's body says the same, however it is written.

        It is stored. Only what differs from the defaults is in it: so a later version, which may
        know more fields, takes a body that does not have them for the same.
        """
        defaults = _defaults(type(self))
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value != defaults[name]}
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


class Story(msgspec.Struct, frozen=True):
    """A story that is kept."""

    id: StoryId
    template: Template
    text: Text
    lang: Lang
    created_at: Timestamp
    listed: Annotated[bool, Meta(description="Whether it is in the list.")]

    @property
    def position(self) -> str:
        """The place in the order of all stories."""
        return position_of(self.created_at, self.id)


class CreatedStory(Story, frozen=True):
    """A new story, with what deletes it."""

    delete_token: DeleteToken


class StoryPage(msgspec.Struct, frozen=True):
    """A page of the list, newest first."""

    stories: Annotated[list[Story], Meta(max_length=PAGE_MAX)]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last one.")]


def now() -> str:
    """The present as it is in `created_at`: strings that sort as the times do."""
    return datetime.now(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def position_of(created_at: str, story_id: str) -> str:
    """The place in the order of all stories, unique: time, then id."""
    return f"{created_at}#{story_id}"


def is_position(text: str) -> bool:
    """Whether `text` has the form of a story's position."""
    return _POSITION.fullmatch(text) is not None


def shard(story_id: str) -> str:
    """The partition of the index `latest` that a story is in."""
    return SHARDS[zlib.crc32(story_id.encode()) % len(SHARDS)]


@functools.cache
def _defaults(kind: type[NewStory]) -> dict[str, Any]:
    return {field.name: field.default for field in msgspec.structs.fields(kind)}
