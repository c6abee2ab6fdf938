"""What tests of filled stories share: all blanks that there are, and what is true of every story."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from words.app.lexicon import WordList

# What `lexicon.load()` of the words service gives, whose package is imported under another name here.
Lexicon: TypeAlias = "Mapping[tuple[str, str, str | None], WordList]"

ENGLISH = {
    "{noun}": ("noun", "singular"),
    "{NOUN}": ("noun", "singular"),
    "{noun:singular}": ("noun", "singular"),
    "{noun:plural}": ("noun", "plural"),
    "{Noun:PLURAL}": ("noun", "plural"),
    "{verb}": ("verb", "base"),
    "{verb:base}": ("verb", "base"),
    "{verb:present}": ("verb", "present"),
    "{verb:past}": ("verb", "past"),
    "{verb:participle}": ("verb", "participle"),
    "{verb:ing}": ("verb", "ing"),
    "{adjective}": ("adjective", "base"),
    "{adjective:base}": ("adjective", "base"),
    "{adjective:comparative}": ("adjective", "comparative"),
    "{adjective:superlative}": ("adjective", "superlative"),
}
KOREAN = {
    "{noun}": ("noun", "base"),
    "{명사}": ("noun", "base"),
    "{명사:기본}": ("noun", "base"),
    "{noun:기본}": ("noun", "base"),
    "{verb}": ("verb", "present"),
    "{동사}": ("verb", "present"),
    "{동사:기본}": ("verb", "base"),
    "{동사:현재}": ("verb", "present"),
    "{동사:과거}": ("verb", "past"),
    "{동사:past}": ("verb", "past"),
    "{동사:관형}": ("verb", "modifier"),
    "{adjective}": ("adjective", "modifier"),
    "{형용사}": ("adjective", "modifier"),
    "{형용사:기본}": ("adjective", "base"),
    "{형용사:관형}": ("adjective", "modifier"),
    "{형용사:현재}": ("adjective", "present"),
    "{형용사:과거}": ("adjective", "past"),
    "{ADJECTIVE:Past}": ("adjective", "past"),
}
BLANKS = {"en": ENGLISH, "ko": KOREAN}
"""By language: how a blank may be written, and the kind and form that it means."""


def around(story: dict[str, Any]) -> list[str]:
    """The story's text without its words: what is before, between and behind them."""
    starts = [slot["start"] for slot in story["slots"]] + [len(story["text"])]
    ends = [0] + [slot["end"] for slot in story["slots"]]
    return [story["text"][end:start] for end, start in zip(ends, starts, strict=True)]


def check_slots(story: dict[str, Any]) -> None:
    """The slots are in order, and what they say of the text is so; a word may have got a capital letter."""
    end = 0
    for slot in story["slots"]:
        assert end <= slot["start"] < slot["end"] <= len(story["text"])
        end = slot["end"]
        assert story["text"][slot["start"] : end] == slot["text"]
        assert slot["text"] in (slot["word"], slot["word"][0].upper() + slot["word"][1:])


def fill_without_server(app_module: Callable[[str, str], ModuleType]) -> Callable[..., dict[str, Any]]:
    """Fills a template in this process, for tests that fill thousands: `fill(template, lang, seed, keep)`."""
    lexicon = app_module("words", "lexicon").load()
    filling, template = app_module("words", "fill"), app_module("words", "template")

    def fill(text: str, lang: str = "en", seed: int | None = None, keep: Sequence[str | None] = ()) -> dict[str, Any]:
        parsed = template.parse(text, lang)
        told, slots = filling.compose(lang, parsed, filling.choose(lexicon, lang, parsed, keep, seed))
        story = {"lang": lang, "text": told, "slots": msgspec.to_builtins(slots)}
        check_slots(story)
        return story

    return fill
