"""`GET /api/words`: which words come, how random they are, and what is refused."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .filling import Lexicon
from .running import RunningService

SERVICES = Path(__file__).parents[2] / "services"
FORMS = {
    ("en", "noun"): ("singular", "plural"),
    ("en", "verb"): ("base", "present", "past", "participle", "ing"),
    ("en", "adjective"): ("base", "comparative", "superlative"),
    ("ko", "noun"): ("base",),
    ("ko", "verb"): ("present", "base", "past", "modifier"),
    ("ko", "adjective"): ("modifier", "base", "present", "past"),
}
ALL_FORMS = [(lang, kind, form) for (lang, kind), forms in FORMS.items() for form in forms]


@pytest.fixture(scope="module")
def words(start_service: Callable[..., RunningService]) -> RunningService:
    return start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")


@pytest.fixture(scope="module")
def lexicon(app_module: Callable[[str, str], ModuleType]) -> Lexicon:
    loaded: Lexicon = app_module("words", "lexicon").load()
    return loaded


def get(words: RunningService, **params: Any) -> Any:
    answer = words.client.get("/api/words", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.mark.parametrize(("lang", "kind", "form"), ALL_FORMS)
@pytest.mark.parametrize("count", [1, 3, 100])
def test_as_many_words_come_as_are_asked_for_and_none_twice(
    words: RunningService, lexicon: Lexicon, lang: str, kind: str, form: str, count: int
) -> None:
    answer = get(words, lang=lang, kind=kind, form=form, count=count)
    found = answer.pop("words")
    assert answer == {"lang": lang, "kind": kind, "form": form}
    assert len(set(found)) == len(found) == count
    assert set(found) <= set(lexicon[lang, kind, form].words)


@pytest.mark.parametrize(("lang", "kind"), FORMS)
def test_without_a_form_the_kinds_default_comes(words: RunningService, lang: str, kind: str) -> None:
    assert get(words, lang=lang, kind=kind)["form"] == FORMS[lang, kind][0]


def test_without_language_and_count_one_english_word_comes(words: RunningService) -> None:
    answer = get(words, kind="noun")
    assert answer["lang"] == "en"
    assert len(answer["words"]) == 1


def test_answers_differ(words: RunningService) -> None:
    assert len({str(get(words, kind="noun", count=5)) for _ in range(5)}) == 5


@pytest.mark.parametrize("seed", [0, 1, 2**53 - 1])
def test_the_same_seed_gives_the_same_answer(words: RunningService, seed: int) -> None:
    answers = {str(get(words, kind="verb", count=20, seed=seed)) for _ in range(3)}
    assert len(answers) == 1
    assert str(get(words, kind="verb", count=20, seed=seed // 2 + 7)) not in answers


def test_forms_of_one_seed_are_forms_of_the_same_words(words: RunningService, lexicon: Lexicon) -> None:
    numbers = {
        form: [
            lexicon["en", "verb", form].number[word]
            for word in get(words, kind="verb", form=form, count=9, seed=5)["words"]
        ]
        for form in FORMS["en", "verb"]
    }
    assert len(set(map(tuple, numbers.values()))) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "kind"),
        ("kind=", "kind"),
        ("kind=adverb", "kind"),
        ("kind=NOUN", "kind"),
        ("kind=noun&lang=", "lang"),
        ("kind=noun&lang=fr", "lang"),
        ("kind=noun&form=", "form"),
        ("kind=noun&form=dual", "form"),
        ("kind=noun&form=past", "form"),
        ("kind=noun&form=base", "form"),
        ("kind=verb&form=comparative", "form"),
        ("kind=noun&lang=ko&form=plural", "form"),
        ("kind=verb&lang=ko&form=ing", "form"),
        ("kind=noun&count=0", "count"),
        ("kind=noun&count=101", "count"),
        ("kind=noun&count=-1", "count"),
        ("kind=noun&count=", "count"),
        ("kind=noun&count=three", "count"),
        ("kind=noun&count=1.5", "count"),
        ("kind=noun&count=%203", "count"),
        ("kind=noun&count=1_0", "count"),
        ("kind=noun&count=%D9%A3", "count"),
        ("kind=noun&count=99999999999999999999", "count"),
        ("kind=noun&count=1&count=2", "count"),
        ("kind=noun&seed=-1", "seed"),
        ("kind=noun&seed=9007199254740992", "seed"),
        ("kind=noun&seed=null", "seed"),
        ("kind=noun&limit=3", "limit"),
    ],
)
def test_a_wrong_query_is_a_422_that_names_the_parameter(words: RunningService, query: str, field: str) -> None:
    answer = words.client.get(f"/api/words?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_form_that_the_kind_lacks_is_told_with_those_that_it_has(words: RunningService) -> None:
    answer = words.client.get("/api/words?kind=noun&form=past")
    assert answer.json()["detail"] == "form: past is no form of noun in en: singular, plural"


@pytest.mark.parametrize("path", ["/", "/api", "/api/words/", "/api/words/noun", "/api/wordsmith"])
def test_paths_that_are_not_the_services_are_a_404(words: RunningService, path: str) -> None:
    answer = words.client.get(path, params={"kind": "noun"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_copied_folder_serves_the_path_that_it_is_given(
    start_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    shutil.copytree(SERVICES / "words", tmp_path / "verbs")
    verbs = start_service(tmp_path / "verbs", SERVICE_NAME="verbs", BASE_PATH="/api/verbs")
    assert verbs.client.get("/api/verbs?kind=verb&count=2").status_code == 200
    assert verbs.client.post("/api/verbs/fill", json={"template": "{verb}"}).status_code == 200
    assert verbs.client.get("/api/words?kind=verb&count=2").status_code == 404
    assert verbs.client.get("/version").json()["service"] == "verbs"


def test_the_generator_is_splitmix64_so_that_a_seed_outlives_versions_of_python(
    app_module: Callable[[str, str], ModuleType],
) -> None:
    # The reference implementation's first numbers for this seed.
    draws = app_module("words", "sampling").Draws(1234567)
    assert [draws.below(2**64) for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def chi_square(counts: Mapping[int, int], cells: int, total: int) -> float:
    expected = total / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(cells))


@pytest.mark.parametrize("seeds", [range(20_000), [2**53 - 1 - 977 * step for step in range(20_000)]])
@pytest.mark.parametrize("place", [0, 2])
def test_every_word_is_as_likely_in_every_place(
    app_module: Callable[[str, str], ModuleType], seeds: Sequence[int], place: int
) -> None:
    draws = app_module("words", "sampling").Draws
    counts = Counter(draws(seed).different(3, 100)[place] for seed in seeds)
    # 99 degrees of freedom: 148.2 is exceeded once in a thousand times.
    assert chi_square(counts, 100, len(seeds)) < 148.2


def test_every_order_is_as_likely(app_module: Callable[[str, str], ModuleType]) -> None:
    draws = app_module("words", "sampling").Draws
    counts = Counter(tuple(draws(seed).different(3, 3)) for seed in range(12_000))
    assert len(counts) == 6
    # 5 degrees of freedom: 20.5 is exceeded once in a thousand times.
    assert chi_square(dict(enumerate(counts.values())), 6, 12_000) < 20.5


def test_without_a_seed_every_word_comes_up(app_module: Callable[[str, str], ModuleType], lexicon: Lexicon) -> None:
    draws = app_module("words", "sampling").Draws
    size = len(lexicon["ko", "verb", None].words)
    # One of them stays out once in a million times.
    assert {draws(None).below(size) for _ in range(20 * size)} == set(range(size))
    assert {draws(None).different(1, size)[0] for _ in range(20 * size)} == set(range(size))


def test_without_a_seed_every_word_is_as_likely_in_every_place_and_none_comes_twice(
    app_module: Callable[[str, str], ModuleType],
) -> None:
    draws = app_module("words", "sampling").Draws
    found = [draws(None).different(3, 100) for _ in range(20_000)]
    assert all(len(set(numbers)) == 3 for numbers in found)
    for place in range(3):
        # 99 degrees of freedom: 189 is exceeded once in seven million times.
        assert chi_square(Counter(numbers[place] for numbers in found), 100, len(found)) < 189


def test_a_form_that_is_there_twice_is_refused_when_the_service_starts(
    start_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    shutil.copytree(SERVICES / "words", tmp_path / "words")
    nouns = tmp_path / "words/app/data/en/noun.tsv"
    nouns.write_text(nouns.read_text() + "zebu\tzebras\n")
    with pytest.raises(AssertionError, match="en noun plural: a word is there twice"):
        start_service(tmp_path / "words", SERVICE_NAME="words", BASE_PATH="/api/words")
