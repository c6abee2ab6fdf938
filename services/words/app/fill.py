"""Fills a template's blanks with words, and makes the text around them agree."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from . import english, korean
from .contract import Slot
from .grammar import Lang
from .lexicon import Lexicon, WordList
from .sampling import Draws
from .template import Template


class Agree(Protocol):
    """A language's way to make the text before a blank, its word and the text behind it agree."""

    def __call__(self, before: str, word: str, after: str, *, first: bool) -> tuple[str, str, str]: ...


_AGREE: Final[Mapping[Lang, Agree]] = {"en": english.agree, "ko": korean.agree}


class UnknownWord(Exception):
    """A word that is to be kept is not in the list of its blank."""

    def __init__(self, blank: int, words: WordList) -> None:
        super().__init__(blank, words)
        self.blank = blank
        self.words = words


def choose(
    lexicon: Lexicon, lang: Lang, template: Template, keep: Sequence[str | None], seed: int | None
) -> list[tuple[WordList, str]]:
    """A word for each blank, with its list: the one of `keep` if there is one, else a new one.

    A new word is no other blank's word, in whatever form. Raises UnknownWord.
    """
    lists = [lexicon[lang, blank.kind, blank.form] for blank in template.blanks]
    kept = [*keep, *[None] * (len(lists) - len(keep))]
    used: set[tuple[str, int]] = set()
    texts: set[str] = set()
    for place, (words, word) in enumerate(zip(lists, kept, strict=True)):
        if word is not None:
            if word not in words.number:
                raise UnknownWord(place, words)
            used.add((words.kind, words.number[word]))
            texts.add(word)

    draws = Draws(seed)
    chosen = []
    for words, word in zip(lists, kept, strict=True):
        while word is None:
            number = draws.below(len(words.words))
            # "dance" is a noun and a verb: other words, which look like the same.
            if (words.kind, number) not in used and words.words[number] not in texts:
                word = words.words[number]
                used.add((words.kind, number))
                texts.add(word)
        chosen.append((words, word))
    return chosen


def compose(lang: Lang, template: Template, chosen: Sequence[tuple[WordList, str]]) -> tuple[str, tuple[Slot, ...]]:
    """The story's text, and where in it each chosen word is."""
    agree = _AGREE[lang]
    texts = list(template.texts)
    shown = []
    for place, (_, word) in enumerate(chosen):
        texts[place], text, texts[place + 1] = agree(texts[place], word, texts[place + 1], first=place == 0)
        shown.append(text)

    slots = []
    parts = [texts[0]]
    end = len(texts[0])
    for (words, word), text, after in zip(chosen, shown, texts[1:], strict=True):
        start, end = end, end + len(text)
        slots.append(Slot(words.kind, words.form, word, text, start, end))
        parts += text, after
        end += len(after)
    return "".join(parts), tuple(slots)
