"""English words between what stands before and after them: articles and capitals."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.parametrize(
    ("before", "with_vowel", "with_consonant"),
    [
        ("a ", "an ", "a "),
        ("an ", "an ", "a "),
        ("A ", "An ", "A "),
        ("AN ", "AN ", "A "),
        ("saw a  \n ", "saw an  \n ", "saw a  \n "),
        ('was a "', 'was an "', 'was a "'),
        ("“A ", "“An ", "“A "),
        ("a (", "an (", "a ("),
        ("plan ", "plan ", "plan "),
        ("la ", "la ", "la "),
        ("\u00e9a ", "\u00e9a ", "\u00e9a "),
        ("a-", "a-", "a-"),
        ("a", "a", "a"),
        ("a, ", "a, ", "a, "),
        ("x a a ", "x a an ", "x a a "),
    ],
)
def test_the_article_before_a_blank_follows_the_words_sound(
    app_module: Callable[[str, str], ModuleType], before: str, with_vowel: str, with_consonant: str
) -> None:
    agree = app_module("words", "english").agree
    for word in ("owl", "honest", "hourglass", "idea", "umbrella", "unusual"):
        assert agree(before, word, "", first=True)[0] == with_vowel
    for word in ("wolf", "unicorn", "university", "ukulele", "useful", "horse", "yak"):
        assert agree(before, word, "", first=True)[0] == with_consonant


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        ("", True),
        ("  ", True),
        ("“", True),
        ("A ", False),
        ("It ends. ", True),
        ("It ends.", False),
        ("Stop! (", True),
        ("Why?” ", True),
        ("So… “", True),
        ('He said "Go!" ', True),
        ("first line\n", True),
        ("first line\r\n  ", True),
        ("a, ", False),
        ("one: ", False),
        ("3.14 is ", False),
    ],
)
def test_a_word_that_begins_a_sentence_has_a_capital(
    app_module: Callable[[str, str], ModuleType], before: str, begins: bool
) -> None:
    text = app_module("words", "english").agree(before, "owl", "", first=True)[1]
    assert text == ("Owl" if begins else "owl")
