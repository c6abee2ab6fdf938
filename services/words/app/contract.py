"""What the service takes and gives, as types: requests are checked with them, and documented by them."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from servicekit import API

from .grammar import Form, Kind, Lang
from .limits import BLANKS_MAX, COUNT_MAX, SEED_MAX, TEMPLATE_MAX_CHARS, WORD_MAX_CHARS

WORDS_API: Final = API("Words", "Random words in English and Korean, and stories filled with them.", "1.0")

Seed = Annotated[int, Meta(ge=0, le=SEED_MAX, description="The same seed gives the same words again.", examples=[7])]
Word = Annotated[str, Meta(min_length=1, max_length=WORD_MAX_CHARS)]
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=TEMPLATE_MAX_CHARS,
        description="Text with blanks: `{noun}`, or `{noun:plural}` for another form than the kind's default one.",
        examples=["A {adjective} {noun} {verb:past} all day.", "{noun:plural} {verb}!"],
    ),
]


class WordsQuery(Struct, frozen=True):
    """Which words, and how many of them."""

    kind: Annotated[Kind, Meta(description="The kind of words.", examples=["noun"])]
    form: Annotated[Form | None, Meta(description="A form that the kind has in the language.")] = None
    lang: Annotated[Lang, Meta(description="The language.", examples=["en", "ko"])] = "en"
    count: Annotated[int, Meta(ge=1, le=COUNT_MAX, description="How many words.", examples=[3])] = 1
    seed: Seed | None = None


class Words(Struct, frozen=True):
    """Different words in random order."""

    lang: Lang
    kind: Kind
    form: Form
    words: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=COUNT_MAX)]


class FillRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A template to fill."""

    template: Text
    lang: Annotated[Lang, Meta(description="The language of the words, and of the text around them.")] = "en"
    seed: Seed | None = None
    keep: Annotated[
        tuple[Word | None, ...],
        Meta(
            max_length=BLANKS_MAX,
            description="Words to keep, from the first blank on: a slot's `word`, or null for a new one.",
            examples=[[], [None]],
        ),
    ] = ()


class Slot(Struct, frozen=True):
    """A filled blank."""

    kind: Kind
    form: Form
    word: Annotated[Word, Meta(description="The lexicon's word in that form.")]
    text: Annotated[Word, Meta(description="The word as it stands in the story.")]
    start: Annotated[int, Meta(ge=0, description="Where it begins in the story's text, in Unicode code points.")]
    end: Annotated[int, Meta(ge=0, description="Where it ends: the place of the first code point behind it.")]


class Filled(Struct, frozen=True):
    """A story."""

    lang: Lang
    text: str
    slots: Annotated[tuple[Slot, ...], Meta(max_length=BLANKS_MAX, description="The filled blanks, in order.")]
