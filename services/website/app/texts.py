"""The page's texts in every language it speaks, read from `texts/` once and checked."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, Literal, get_args

import msgspec

Language = Literal["en", "ko"]
Kind = Literal["noun", "verb", "adjective"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
"""The first one is for those who ask for none of them."""


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form of a kind of word, as the menu offers it."""

    blank: str
    """What is put into the sentence: `{noun:plural}`."""
    label: str
    example: str
    name: str = ""
    """What the blank is called in the story: "noun, plural". Without one, it is called like its kind."""


class KindTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of word, and its forms: the first one is what the blank stands for without a form."""

    name: str
    forms: dict[str, Form]


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that the page says in one language."""

    examples: tuple[str, ...]
    """Sentences to begin with; the first one is in the page already."""
    page: dict[str, str]
    """Texts of the HTML."""
    script: dict[str, str]
    """Texts that the script needs."""
    kinds: dict[Kind, KindTexts]


def load() -> Mapping[Language, Texts]:
    """Reads `texts/{language}.toml`. Raises msgspec.ValidationError if one has another shape."""
    folder = files(__package__) / "texts"
    return {
        language: msgspec.convert(tomllib.loads((folder / f"{language}.toml").read_text("utf-8")), Texts)
        for language in LANGUAGES
    }
