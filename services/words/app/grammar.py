"""Languages, their kinds of words, and the forms that each kind has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Lang = Literal["en", "ko"]
Kind = Literal["noun", "verb", "adjective"]
Form = Literal[
    "base",
    "singular",
    "plural",
    "present",
    "past",
    "participle",
    "ing",
    "comparative",
    "superlative",
    "modifier",
]


@dataclass(frozen=True)
class Grammar:
    """A language's forms, and the names that its writers may give to kinds and forms in a blank."""

    forms: Mapping[Kind, tuple[Form, ...]]
    """Each kind's forms in the order of its data file's columns."""
    default: Mapping[Kind, Form]
    """The form that a blank or a query without one means."""
    own_kind_names: Mapping[str, Kind] = field(default_factory=dict)
    own_form_names: Mapping[str, Form] = field(default_factory=dict)


LANGUAGES: Final[Mapping[Lang, Grammar]] = {
    "en": Grammar(
        forms={
            "noun": ("singular", "plural"),
            "verb": ("base", "present", "past", "participle", "ing"),
            "adjective": ("base", "comparative", "superlative"),
        },
        default={"noun": "singular", "verb": "base", "adjective": "base"},
    ),
    "ko": Grammar(
        forms={
            "noun": ("base",),
            "verb": ("base", "present", "past", "modifier"),
            "adjective": ("base", "modifier", "present", "past"),
        },
        # 먹어요 and 예쁜: what a sentence needs where English has "eat" and "pretty".
        default={"noun": "base", "verb": "present", "adjective": "modifier"},
        own_kind_names={"명사": "noun", "동사": "verb", "형용사": "adjective"},
        own_form_names={"기본": "base", "현재": "present", "과거": "past", "관형": "modifier"},
    ),
}
