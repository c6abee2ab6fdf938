"""What requests to this service may say besides a story, and what is said about the service as a whole."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from servicekit import API

from .limits import IDEMPOTENCY_KEY_MAX_CHARS, PAGE_DEFAULT, PAGE_MAX
from .story import StoryId

_DESCRIPTION: Final = """\
Keeps finished stories.

A story is created with a delete token, and whoever has the token can delete the story. A request to create one may
carry an Idempotency-Key, and can then be repeated until it is answered: it keeps one story, however often it arrives.

Where there is no answer, or a 503, wait (Retry-After) and repeat the request. Without an Idempotency-Key a story may
then have been kept twice."""

API_OF_STORIES: Final = API("Stories", _DESCRIPTION, "1.0.0")

_KEY_DESCRIPTION: Final = """\
Makes the request repeatable: the same key and content give the first answer again, byte for byte, also at the same
time in several tasks, and also after the story was deleted (it stays deleted). The key is remembered as long as the
story (an unlisted one's: its hour), and for 24 hours after its deletion. Take a random one, such as a UUID, for each
story: whoever knows key and content gets the delete token."""


class CreateHeaders(Struct, rename="kebab"):
    """What may be said with a new story."""

    idempotency_key: (
        Annotated[
            str,
            Meta(
                description=_KEY_DESCRIPTION,
                min_length=1,
                max_length=IDEMPOTENCY_KEY_MAX_CHARS,
                pattern="^[!-~]+$",
                examples=["0f8fad5b-d9cb-469f-a165-70867728950e"],
            ),
        ]
        | None
    ) = None


class CreatedHeaders(Struct, rename="kebab"):
    """What is said with a story that was created."""

    location: Annotated[str, Meta(description="The story's path.")]
    idempotency_replayed: (
        Annotated[str, Meta(description="There, and true, if an earlier request had kept the story.", pattern="^true$")]
        | None
    ) = None


class ListQuery(Struct):
    """Which page of the list."""

    limit: Annotated[int, Meta(description="So many stories at most.", ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: (
        Annotated[
            str,
            Meta(
                description="`next` of an earlier answer; without it the list begins with the newest story.",
                min_length=1,
                max_length=200,
                pattern="^[A-Za-z0-9_-]+$",
            ),
        ]
        | None
    ) = None


class StoryPath(Struct):
    """The path of a story."""

    id: StoryId
