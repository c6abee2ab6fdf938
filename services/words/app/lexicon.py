"""The lexicon: every word in all its forms, read once and never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import get_args

import msgspec

from .grammar import LANGUAGES, Form, Kind, Lang


@dataclass(frozen=True)
class WordList:
    """One form of all words of one kind. The same number is the same word in every form of a kind."""

    lang: Lang
    kind: Kind
    form: Form
    words: tuple[str, ...]
    number: Mapping[str, int]
    """Each word's place in `words`."""
    encoded: tuple[bytes, ...]
    """The words as JSON: to put an answer together is to join bytes."""
    head: bytes
    """The answer's JSON up to its first word."""

    def answer(self, numbers: Iterable[int]) -> bytes:
        """The JSON answer with the words of these numbers."""
        return b"".join((self.head, b",".join(map(self.encoded.__getitem__, numbers)), b"]}"))


Lexicon = Mapping[tuple[Lang, Kind, Form | None], WordList]
"""Every list by what it holds. The form None is the kind's default; a form that the kind lacks is no key."""


def load() -> Lexicon:
    """Reads the data files, one for each language and kind: `data/en/noun.tsv`."""
    data = files(__package__) / "data"
    lexicon: dict[tuple[Lang, Kind, Form | None], WordList] = {}
    for lang, grammar in LANGUAGES.items():
        for kind in get_args(Kind):
            columns = parse((data / lang / f"{kind}.tsv").read_text("utf-8"), grammar.forms[kind])
            for form, words in columns.items():
                lexicon[lang, kind, form] = _word_list(lang, kind, form, words)
            lexicon[lang, kind, None] = lexicon[lang, kind, grammar.default[kind]]
    return lexicon


def parse(text: str, forms: tuple[Form, ...]) -> Mapping[Form, tuple[str, ...]]:
    """A data file's columns: tab-separated lines, the forms' names first; `#` starts a comment line.

    Raises ValueError if a line has other columns than `forms`.
    """
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = [tuple(line.split("\t")) for line in lines]
    if not rows or rows[0] != forms:
        raise ValueError(f"the first line must be {forms}")
    if wrong := [row for row in rows if len(row) != len(forms) or not all(row)]:
        raise ValueError(f"not {len(forms)} words: {wrong[0]}")
    return dict(zip(forms, zip(*rows[1:], strict=True), strict=True))


def _word_list(lang: Lang, kind: Kind, form: Form, words: tuple[str, ...]) -> WordList:
    number = {word: place for place, word in enumerate(words)}
    if len(number) != len(words):
        raise ValueError(f"{lang} {kind} {form}: a word is there twice")
    head = msgspec.json.encode({"lang": lang, "kind": kind, "form": form, "words": []})
    encoded = tuple(msgspec.json.encode(word) for word in words)
    return WordList(lang, kind, form, words, number, encoded, head.removesuffix(b"]}"))
