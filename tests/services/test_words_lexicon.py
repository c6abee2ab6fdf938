"""The lexicon of the words service: what is in it, and that English forms are spelled right."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from .filling import Lexicon

DATA = Path(__file__).parents[2] / "services/words/app/data"
LEAST = {
    ("en", "noun"): 1000,
    ("en", "verb"): 500,
    ("en", "adjective"): 500,
    ("ko", "noun"): 300,
    ("ko", "verb"): 300,
    ("ko", "adjective"): 300,
}
LISTS = pytest.mark.parametrize(("lang", "kind"), LEAST)

IRREGULAR_PLURALS = """
bison bookshelf buffalo cactus calf carp catfish child clownfish crayfish deer dormouse elf elk fish fisherman goldfish
goose hovercraft jellyfish leaf moose mouse oasis ox postman reindeer salmon scarf sheep shelf shrimp snowman squid
starfish swordfish trout wolf
"""
IRREGULAR_PASTS = """
arise begin creep dig draw drive eat fall fly forget freeze grow hide kneel oversleep proofread read ride ring rise run
sew shake shine shrink sing sink sit sleep slide speak speed spin spring stand strive swim swing teach think unwind wake
weave win write
"""
# Where letter and sound differ: "a university", "an hour". Every such word must be known to `english`.
MISLEADING = re.compile("uni(?!n|m)|us[aeiu]|u[kt][aeiu]|ubi|eu|ewe|ewer|once|one(?!r)|hour|hono|hones|heir")


@pytest.fixture(scope="module")
def lexicon(app_module: Callable[[str, str], ModuleType]) -> Lexicon:
    loaded: Lexicon = app_module("words", "lexicon").load()
    return loaded


def column(lexicon: Lexicon, lang: str, kind: str, form: str | None = None) -> tuple[str, ...]:
    return lexicon[lang, kind, form].words


def regular(word: str) -> str:
    """The word's last letters as they are before "ed", "ing", "er" and "est" in the regular spelling."""
    if word.endswith("e"):
        return word[:-1]
    if re.search("[^aeiou]y$", word):
        return word[:-1] + "i"
    if word.endswith("ic"):
        return word + "k"
    return word


@LISTS
def test_there_are_as_many_words_as_promised(lexicon: Lexicon, lang: str, kind: str) -> None:
    words = column(lexicon, lang, kind)
    assert len(words) >= LEAST[lang, kind]
    assert f"| `{lang}/{kind}.tsv` | {len(words):,} " in (DATA / "README.md").read_text()


@LISTS
def test_the_file_is_sorted_so_that_a_new_word_has_one_place(lang: str, kind: str) -> None:
    words = [line.split("\t")[0] for line in (DATA / lang / f"{kind}.tsv").read_text().splitlines()[2:]]
    assert [pair for pair in pairwise(words) if pair[0] >= pair[1]] == []


def test_no_form_is_there_twice_and_each_word_is_at_its_own_number(lexicon: Lexicon) -> None:
    for words in lexicon.values():
        assert [word for word, times in Counter(words.words).items() if times > 1] == []
        assert [words.words[words.number[word]] for word in words.words] == list(words.words)


def test_words_are_short_and_of_their_languages_letters_only(
    app_module: Callable[[str, str], ModuleType], lexicon: Lexicon
) -> None:
    longest = app_module("words", "limits").WORD_MAX_CHARS
    letters = {"en": "(?:more |most )?[a-z]{2,}(?:-[a-z]{2,})*", "ko": "[가-힣]+"}
    for words in lexicon.values():
        wrong = [word for word in words.words if not re.fullmatch(letters[words.lang], word) or len(word) > longest]
        assert wrong == []


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        ("noun", "goose geese"),
        ("noun", "child children"),
        ("noun", "sheep sheep"),
        ("noun", "potato potatoes"),
        ("noun", "hero heroes"),
        ("noun", "piano pianos"),
        ("noun", "roof roofs"),
        ("noun", "leaf leaves"),
        ("noun", "monkey monkeys"),
        ("noun", "pony ponies"),
        ("verb", "sing sings sang sung singing"),
        ("verb", "fly flies flew flown flying"),
        ("verb", "zigzag zigzags zigzagged zigzagged zigzagging"),
        ("verb", "picnic picnics picnicked picnicked picnicking"),
        ("verb", "tiptoe tiptoes tiptoed tiptoed tiptoeing"),
        ("verb", "travel travels traveled traveled traveling"),
        ("verb", "whistle whistles whistled whistled whistling"),
        ("adjective", "hot hotter hottest"),
        ("adjective", "happy happier happiest"),
        ("adjective", "gentle gentler gentlest"),
        ("adjective", "careful more_careful most_careful"),
        ("adjective", "shy shyer shyest"),
    ],
)
def test_known_words_have_their_forms(
    app_module: Callable[[str, str], ModuleType], lexicon: Lexicon, kind: str, forms: str
) -> None:
    base, *others = [form.replace("_", " ") for form in forms.split()]
    columns = app_module("words", "grammar").LANGUAGES["en"].forms[kind]
    number = lexicon["en", kind, None].number[base]
    assert [lexicon["en", kind, form].words[number] for form in columns] == [base, *others]


def test_plurals_are_spelled_by_rule_or_known_to_be_irregular(lexicon: Lexicon) -> None:
    irregular = set()
    for singular, plural in zip(column(lexicon, "en", "noun"), column(lexicon, "en", "noun", "plural"), strict=True):
        if re.search("(s|x|z|ch|sh)$", singular) and singular != "monarch":
            fits = plural == singular + "es"
        elif re.search("[^aeiou]y$", singular):
            fits = plural == singular[:-1] + "ies"
        elif re.search("[^aeiou]o$", singular):
            fits = plural in (singular + "s", singular + "es")
        else:
            fits = plural == singular + "s"
        if not fits:
            irregular.add(singular)
    assert irregular == set(IRREGULAR_PLURALS.split())


def test_verbs_are_spelled_by_rule_or_known_to_be_irregular(lexicon: Lexicon) -> None:
    irregular = set()
    columns = [column(lexicon, "en", "verb", form) for form in ("base", "present", "past", "participle", "ing")]
    for base, present, past, participle, ing in zip(*columns, strict=True):
        assert present in (base + "s", base + "es", base[:-1] + "ies")
        assert present.endswith(("ses", "xes", "zes", "ches", "shes")) == base.endswith(
            ("s", "se", "x", "xe", "z", "ze", "ch", "che", "sh", "she")
        )
        stem = regular(base)
        doubled = base + base[-1]
        unchanged = base if base.endswith(("y", "oe", "ee")) else stem
        assert ing in (unchanged + "ing", doubled + "ing")
        if past == participle and past in (stem + "ed", doubled + "ed"):
            assert (past == doubled + "ed") == (ing == doubled + "ing")
        else:
            irregular.add(base)
    assert irregular == set(IRREGULAR_PASTS.split())


def test_only_short_stressed_syllables_double_their_consonant(lexicon: Lexicon) -> None:
    pairs = zip(column(lexicon, "en", "verb"), column(lexicon, "en", "verb", "ing"), strict=True)
    doubled = {base for base, ing in pairs if ing == base + base[-1] + "ing"}
    one_syllable = {
        word for word in column(lexicon, "en", "verb") if re.fullmatch("(qu|[^aeiou])*[aeiou][^aeiouwxy]", word)
    }
    assert doubled - one_syllable == {
        "backflip",
        "begin",
        "eavesdrop",
        "excel",
        "forget",
        "leapfrog",
        "sidestep",
        "zigzag",
    }
    assert one_syllable - doubled == set()


def test_adjectives_are_compared_alike_in_both_degrees(lexicon: Lexicon) -> None:
    columns = [column(lexicon, "en", "adjective", form) for form in ("base", "comparative", "superlative")]
    for base, comparative, superlative in zip(*columns, strict=True):
        stem = regular(base) if base not in ("shy", "sly", "spry") else base
        assert (comparative, superlative) in (
            (f"more {base}", f"most {base}"),
            (stem + "er", stem + "est"),
            (base + base[-1] + "er", base + base[-1] + "est"),
        )


def test_every_word_whose_letter_misleads_is_known_by_its_sound(
    app_module: Callable[[str, str], ModuleType], lexicon: Lexicon
) -> None:
    english = app_module("words", "english")
    words = {word for words in lexicon.values() if words.lang == "en" for word in words.words}
    misleading = {word for word in words if MISLEADING.match(word)}
    assert misleading == english.SAID_WITH_A_CONSONANT | english.SAID_WITH_A_VOWEL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "first line"),
        ("# only a comment\n", "first line"),
        ("plural\tsingular\nbear\tbears", "first line"),
        ("singular\tplural\nbear\tbears\nwolf", "not 2 words"),
        ("singular\tplural\nbear\t", "not 2 words"),
        ("singular\tplural\nbear\tbears\tbear's", "not 2 words"),
    ],
)
def test_a_file_that_lacks_a_form_is_refused(
    app_module: Callable[[str, str], ModuleType], text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        app_module("words", "lexicon").parse(text, ("singular", "plural"))


def test_comments_are_not_words(app_module: Callable[[str, str], ModuleType]) -> None:
    parsed = app_module("words", "lexicon").parse("# one\nsingular\tplural\nbear\tbears\n# two", ("singular", "plural"))
    assert parsed == {"singular": ("bear",), "plural": ("bears",)}
