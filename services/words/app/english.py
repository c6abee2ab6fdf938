"""How an English word fits between what stands before and after it."""

import re
from typing import Final

OPENING: Final = "\"'“‘([{«*_"
CLOSING: Final = "\"'”’)]}»*_"

SAID_WITH_A_CONSONANT: Final = frozenset(
    {"ukulele", "ukuleles", "unicorn", "unicorns", "unicycle", "unicycles", "university", "universities", "useful"}
)
SAID_WITH_A_VOWEL: Final = frozenset({"honest", "hourglass", "hourglasses"})
"""The words whose first letter is not what is heard first: "a unicorn", "an hourglass"."""

_ARTICLE: Final = re.compile(rf"(?<!\w)(?P<article>an?)(?P<space>\s+[{re.escape(OPENING)}]*)\Z", re.IGNORECASE)


def agree(before: str, word: str, after: str, *, first: bool) -> tuple[str, str, str]:
    """The texts around a blank and the word in it, as they read together.

    "a" or "an" before the word follows its sound; at a sentence's beginning the word gets a capital.
    `before` and `after` reach to the neighbouring blanks; `first` says that there is none before.
    """
    if found := _ARTICLE.search(before):
        before = before[: found.start()] + _article(found["article"], word) + found["space"]
    if begins_sentence(before, first=first):
        word = word[:1].upper() + word[1:]
    return before, word, after


def sounds_like_vowel(word: str) -> bool:
    """Whether the word is heard with a vowel first, and so takes "an"."""
    return word in SAID_WITH_A_VOWEL or (word[0] in "aeiou" and word not in SAID_WITH_A_CONSONANT)


def begins_sentence(before: str, *, first: bool) -> bool:
    """Whether what follows `before` is a sentence's first word."""
    outside = before.rstrip(OPENING)
    sentence = outside.rstrip()
    if not sentence:
        return first or "\n" in outside
    space = outside[len(sentence) :]
    return "\n" in space or (bool(space) and sentence.rstrip(CLOSING).endswith((".", "!", "?", "…")))


def _article(written: str, word: str) -> str:
    right = "an" if sounds_like_vowel(word) else "a"
    return written if written.lower() == right else written[0] + right[1:]
