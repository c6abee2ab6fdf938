"""How a Korean word fits to the particle behind it."""

import re
from typing import Final

_FIRST_SYLLABLE: Final = ord("가")
_LAST_SYLLABLE: Final = ord("힣")
_FINALS: Final = 28
_NO_FINAL: Final = 0
_FINAL_RIEUL: Final = 8

# What stands after a last letter that is a consonant, and what stands after a vowel.
PARTICLES: Final = (("은", "는"), ("이", "가"), ("을", "를"), ("으로", "로"), ("과", "와"))

# All the ways in which writers leave it open: "은/는", "은(는)", and "(으)로" for that pair alone.
_PAIRS: Final = {
    written: pair
    for pair in PARTICLES
    for one, other in (pair, pair[::-1])
    for written in (f"{one}/{other}", f"{one}({other})")
} | {"(으)로": ("으로", "로")}
_SINGLES: Final = {particle: pair for pair in PARTICLES for particle in pair}
# A particle by itself must end there: "은행" and "이야기" begin like one and are none.
_PARTICLE: Final = re.compile(
    rf"""(?P<closing>["'”’」』)]*)"""
    rf"""(?:(?P<pair>{"|".join(map(re.escape, _PAIRS))})|(?P<single>{"|".join(_SINGLES)})(?![가-힣]))"""
)


def agree(before: str, word: str, after: str, *, first: bool) -> tuple[str, str, str]:
    """The texts around a blank and the word in it, as they read together.

    A particle at the beginning of `after`, by itself or as a pair such as "은/는", follows the
    word's last letter. `first` is of no meaning in Korean, which has no capitals.
    """
    if found := _PARTICLE.match(after):
        pair = _PAIRS[found["pair"]] if found["pair"] else _SINGLES[found["single"]]
        after = found["closing"] + particle(word, pair) + after[found.end() :]
    return before, word, after


def particle(word: str, pair: tuple[str, str]) -> str:
    """The one of a pair of particles that follows the word."""
    with_consonant, with_vowel = pair
    final = last_consonant(word)
    if final == _NO_FINAL or (final == _FINAL_RIEUL and with_vowel == "로"):
        return with_vowel
    return with_consonant


def last_consonant(word: str) -> int:
    """The number of the final consonant of the word's last syllable in Unicode's order; 0 is none."""
    last = ord(word[-1])
    assert _FIRST_SYLLABLE <= last <= _LAST_SYLLABLE, word
    return (last - _FIRST_SYLLABLE) % _FINALS
