"""Secrets taken out of texts that Terraform shows in clear: a second line behind its own marks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum, auto
from typing import Any
from urllib.parse import quote, quote_plus

from orchestrator.review.values import Sensitive

MASK = repr(Sensitive(None))
_GRAM = _SHORTEST = 4
_LONG = 8
_FEW = 40  # forms are found faster one by one than by their grams
_WHOLE = 1_000
_BEGINNING = 192  # bytes of a longer text's base64 that are enough to tell it, and its form covers all of the base64
_NUMBERS = frozenset((int, float))
_URL_SAFE = str.maketrans("+/", "-_")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


class Kind(Enum):
    """Where a form counts: short ones only as a whole word, base64 together with all of the text that it is in."""

    ANYWHERE = auto()
    WORD = auto()
    BASE64 = auto()


class Scrubber:
    """Replaces secrets by "(sensitive)" in values and texts, in every form in which they may be written there.

    Each text is looked at once, however often the plan has it; without secrets nothing is looked at.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        forms = {form: kind for secret in secrets for form, kind in _forms(secret)}
        self._long = _Finder({form: kind for form, kind in forms.items() if len(form) >= _LONG}, _LONG)
        self._short = _Finder({form: kind for form, kind in forms.items() if len(form) < _LONG}, _SHORTEST)
        self._known: dict[str, str] = {}
        self._clean: set[str] = set()
        self._numbers = {secret for secret in secrets if secret.lstrip("-").replace(".", "", 1).isdigit()}
        self._idle = not secrets

    def value(self, value: Any) -> Any:
        """A value without secrets: the same one if there is none in it."""
        return value if self._idle or self._is_clean(value) else self._replaced(value)

    def _is_clean(self, value: Any) -> bool:
        clean, waiting = self._clean, [[value]]
        while waiting:
            for item in waiting.pop():
                kind = type(item)
                if kind is str:
                    if item not in clean:
                        if self.text(item) != item:
                            return False
                        clean.add(item)
                elif kind is dict:
                    waiting += (item, item.values())
                elif kind is list:
                    waiting.append(item)
                elif self._numbers and kind in _NUMBERS and str(item) in self._numbers:
                    return False
        return True

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self._replaced(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._replaced(item) for item in value]
        return Sensitive(value) if type(value) in _NUMBERS and str(value) in self._numbers else value

    def text(self, text: str) -> str:
        """A text without secrets."""
        if self._idle or len(text) < _GRAM:
            return text
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._without(text)
        return known

    def _without(self, text: str) -> str:
        spans = [*self._long.spans(text), *self._short.spans(text)]
        if not spans:
            return text
        parts, end = [], 0
        for begin, finish in _joined(spans):
            parts += [text[end:begin], MASK]
            end = finish
        return "".join([*parts, text[end:]])


class _Finder:
    """Finds forms of at least `shortest` characters, in a time that hardly depends on how many there are.

    Such a form covers so many characters that one of its first grams (four characters) begins at a multiple of the
    stride, so only those places are looked at. Where one fits, the form's first characters tell which lengths come
    into question.
    """

    def __init__(self, forms: Mapping[str, Kind], shortest: int) -> None:
        self._forms = forms
        self._few = tuple(forms) if len(forms) <= _FEW else ()
        self._shortest = shortest
        self._stride = shortest - _GRAM + 1
        offsets: dict[str, set[int]] = {}
        lengths: dict[str, set[int]] = {}
        for form in forms:
            lengths.setdefault(form[:shortest], set()).add(len(form))
            for offset in range(self._stride):
                offsets.setdefault(form[offset : offset + _GRAM], set()).add(offset)
        self._offsets = offsets
        self._lengths = {start: sorted(known, reverse=True) for start, known in lengths.items()}

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where in a text forms begin and end."""
        if not self._forms or (self._few and not any(form in text for form in self._few)):
            return
        offsets = self._offsets
        places = range(0, len(text) - _GRAM + 1, self._stride)
        for place in [place for place in places if text[place : place + _GRAM] in offsets]:
            for offset in offsets[text[place : place + _GRAM]]:
                begin = place - offset
                if begin >= 0 and (span := self._span(text, begin)):
                    yield span

    def _span(self, text: str, begin: int) -> tuple[int, int] | None:
        for length in self._lengths.get(text[begin : begin + self._shortest], ()):
            end = begin + length
            kind = self._forms.get(text[begin:end])
            if kind is None:
                continue
            if kind is Kind.WORD and (text[begin - 1 : begin].isalnum() or text[end : end + 1].isalnum()):
                continue
            if kind is Kind.BASE64:
                while begin and text[begin - 1] in _BASE64:
                    begin -= 1
                while end < len(text) and text[end] in _BASE64:
                    end += 1
            return begin, end
        return None


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin, end = -1, -1
    for one, other in sorted(spans):
        if one <= end:
            end = max(end, other)
            continue
        if end >= 0:
            yield begin, end
        begin, end = one, other
    yield begin, end


def _forms(secret: str) -> Iterator[tuple[str, Kind]]:
    kind = Kind.ANYWHERE if len(secret) >= _LONG else Kind.WORD
    if len(secret) > _WHOLE:
        # A script, a document: where it stands elsewhere, it stands there as it is, or in a JSON string.
        yield from ((form, kind) for form in {secret, *_in_json(secret)})
        begins = secret.encode(errors="surrogatepass")[:_BEGINNING]
        yield from ((form, Kind.BASE64) for form in _in_base64(begins))
        return
    raw = secret.encode(errors="surrogatepass")
    written = {secret, quote(raw), quote(raw, safe=""), quote_plus(raw)}
    # In the key of an address, where Terraform writes what would be a template in HCL.
    written.add(secret.replace("${", "$${").replace("%{", "%%{"))
    written |= {re.sub(r"%..", lambda match: match[0].lower(), form) for form in written if "%" in form}
    for _ in range(2):  # a JSON string, and one inside of another
        written |= {inner for form in written for inner in _in_json(form)}
    yield from ((form, Kind.BASE64) for form in _in_base64(raw))
    yield from ((form, kind) for form in written)


def _in_json(form: str) -> Iterator[str]:
    """A text inside of a JSON string, with as much escaped as `jsonencode`, Python and others do."""
    for ascii_only in (True, False):
        text = json.dumps(form, ensure_ascii=ascii_only)[1:-1]
        yield text
        for letter in "<>&\u2028\u2029":
            text = text.replace(letter, f"\\u{ord(letter):04x}")
        yield text


def _in_base64(raw: bytes) -> Iterator[str]:
    """The part of a base64 text that does not depend on what stands around the secret, at each of three offsets."""
    for offset, first in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(offset) + raw).decode().rstrip("=")
        inner = text[first : len(text) - 1 if (offset + len(raw)) % 3 else None]
        if len(inner) >= _LONG:
            yield inner
            yield inner.translate(_URL_SAFE)
