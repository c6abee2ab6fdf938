"""Templates: text with blanks such as `{noun}` and `{verb:past}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from .grammar import LANGUAGES, Form, Grammar, Kind, Lang


@dataclass(frozen=True)
class Blank:
    """A place for a word."""

    kind: Kind
    form: Form


@dataclass(frozen=True)
class Template:
    """`texts` around `blanks`: there is one text more, and any of them may be empty."""

    texts: tuple[str, ...]
    blanks: tuple[Blank, ...]


class _Reader:
    """Finds the blanks of one language."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._kinds: Mapping[str, Kind] = {kind: kind for kind in get_args(Kind)} | dict(grammar.own_kind_names)
        self._forms: Mapping[str, Form] = {form: form for form in get_args(Form)} | dict(grammar.own_form_names)
        # ASCII: without it, "ſ" would be an "s" and "K" (the unit) a "k".
        self._blank = re.compile(
            rf"{{(?P<kind>{'|'.join(self._kinds)})(?::(?P<form>{'|'.join(self._forms)}))?}}", re.IGNORECASE | re.ASCII
        )

    def read(self, text: str) -> Template:
        texts, blanks, end = [], [], 0
        for found in self._blank.finditer(text):
            if blank := self._of(found):
                texts.append(text[end : found.start()])
                blanks.append(blank)
                end = found.end()
        return Template((*texts, text[end:]), tuple(blanks))

    def _of(self, found: re.Match[str]) -> Blank | None:
        """The blank, or None if its kind has no such form: then it is text."""
        kind = self._kinds[found["kind"].lower()]
        form = self._forms[found["form"].lower()] if found["form"] else self._grammar.default[kind]
        return Blank(kind, form) if form in self._grammar.forms[kind] else None


_READERS: Final[Mapping[Lang, _Reader]] = {lang: _Reader(grammar) for lang, grammar in LANGUAGES.items()}


def parse(text: str, lang: Lang) -> Template:
    """The template that `text` is in that language. Anything in braces that is no blank is text."""
    return _READERS[lang].read(text)
