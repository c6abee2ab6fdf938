"""`POST /api/words/fill`: blanks, agreement with the text around them, kept words, hostile templates."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from .filling import BLANKS, around, check_slots, fill_without_server
from .running import RunningService

ALL_BLANKS = [(lang, blank, *what) for lang, blanks in BLANKS.items() for blank, what in blanks.items()]


@pytest.fixture(scope="module")
def words(start_service: Callable[..., RunningService]) -> RunningService:
    return start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")


@pytest.fixture(scope="module")
def fill(words: RunningService) -> Callable[..., dict[str, Any]]:
    """Fills a template, and checks what is true of every story."""

    def post(template: str, **fields: Any) -> dict[str, Any]:
        answer = words.client.post("/api/words/fill", json={"template": template} | fields)
        assert answer.status_code == 200, answer.text
        story: dict[str, Any] = answer.json()
        check_slots(story)
        return story

    return post


@pytest.fixture(scope="module")
def fill_here(app_module: Callable[[str, str], ModuleType]) -> Callable[..., dict[str, Any]]:
    return fill_without_server(app_module)


def seed_with(
    fill: Callable[..., dict[str, Any]], template: str, lang: str, fits: Callable[[str], object]
) -> dict[str, Any]:
    """The story of the first seed whose first word fits."""
    stories = (fill(template, lang=lang, seed=seed) for seed in range(500))
    return next(story for story in stories if fits(story["slots"][0]["word"]))


@pytest.mark.parametrize(("lang", "blank", "kind", "form"), ALL_BLANKS)
def test_a_blank_is_filled_with_a_word_of_its_kind_and_form(
    fill: Callable[..., dict[str, Any]],
    app_module: Callable[[str, str], ModuleType],
    lang: str,
    blank: str,
    kind: str,
    form: str,
) -> None:
    story = fill(f"(x {blank} x", lang=lang)
    assert story["lang"] == lang
    [slot] = story["slots"]
    assert (slot["kind"], slot["form"]) == (kind, form)
    assert slot["word"] in app_module("words", "lexicon").load()[lang, kind, form].number
    assert around(story) == ["(x ", " x"]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "no blank at all"),
        ("en", "{"),
        ("en", "}{"),
        ("en", "{}"),
        ("en", "{noun"),
        ("en", "noun}"),
        ("en", "{ noun }"),
        ("en", "{noun:}"),
        ("en", "{:plural}"),
        ("en", "{noun::plural}"),
        ("en", "{noun:plural:plural}"),
        ("en", "{noun:past}"),
        ("en", "{noun:base}"),
        ("en", "{nouns}"),
        ("en", "{nou\u0301n}"),
        ("en", "{no\u200bun}"),
        ("en", "{adverb}"),
        ("en", "{verb:pa\u017ft}"),
        ("en", "{명사}"),
        ("en", "{verb:과거}"),
        ("ko", "{명사:복수}"),
        ("ko", "{명사:과거}"),
        ("ko", "{동사:ing}"),
        ("ko", "{noun:plural}"),
        ("en", "$noun ${verb %(noun)s \\{x\\} <b>&amp;</b> \0 \x1b[31m"),
    ],
)
def test_anything_else_in_braces_stays_text(fill: Callable[..., dict[str, Any]], lang: str, text: str) -> None:
    assert fill(text, lang=lang) == {"lang": lang, "text": text, "slots": []}


def test_braces_around_a_blank_stay(fill: Callable[..., dict[str, Any]]) -> None:
    assert around(fill("{{noun}} {{{verb}}}", seed=1)) == ["{", "} {{", "}}"]


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 \u1112\u1161\u11ab ",
        "\u05e9\u05dc\u05d5\u05dd \u202e\u2066\u061c ",
        "\ufeff\u2028\u2029\x85\x0b ",
        "\U0010ffff\ufffe ",
    ],
)
def test_places_count_code_points_in_whatever_text(fill: Callable[..., dict[str, Any]], text: str) -> None:
    story = fill(f"{text}{{noun}}{text}{{verb}}{text}")
    assert around(story) == [text] * 3


def test_a_hundred_blanks_without_text_between_are_filled_with_different_words(
    fill: Callable[..., dict[str, Any]],
) -> None:
    story = fill("{verb}" * 100)
    assert len({slot["word"] for slot in story["slots"]}) == 100
    assert around(story) == [""] * 101


def test_more_blanks_than_a_hundred_are_refused(words: RunningService) -> None:
    answer = words.client.post("/api/words/fill", json={"template": "{verb}" * 101})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "template", "detail": "must have at most 100 blanks"}]


def test_the_longest_request_passes_even_if_every_character_is_escaped(
    words: RunningService, app_module: Callable[[str, str], ModuleType]
) -> None:
    def escaped(text: str) -> str:
        return re.sub("(....)", r"\\u\1", text.encode("utf-16-be").hex())

    longest = max(app_module("words", "lexicon").load()["en", "noun", None].words, key=len)
    kept = ", ".join([f'"{escaped(longest)}"'] * 100)
    body = f'{{"template": "{escaped("{noun}" * 100 + "😀" * 400)}", "keep": [{kept}]}}'
    answer = words.client.post("/api/words/fill", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["text"] == longest.capitalize() + longest * 99 + "😀" * 400


def test_a_word_and_its_other_forms_are_not_used_twice(
    fill_here: Callable[..., dict[str, Any]], app_module: Callable[[str, str], ModuleType]
) -> None:
    lexicon = app_module("words", "lexicon").load()
    kept: tuple[str, ...] = lexicon["en", "noun", None].words[:50]
    for seed in range(20):
        for keep in (kept[:0], kept):
            story = fill_here("{noun}" * 50 + "{noun:plural}" * 50, seed=seed, keep=keep)
            numbers = [lexicon["en", "noun", slot["form"]].number[slot["word"]] for slot in story["slots"]]
            assert len(set(numbers)) == 100


def test_a_word_that_is_a_noun_and_a_verb_is_not_used_as_both(
    fill_here: Callable[..., dict[str, Any]], app_module: Callable[[str, str], ModuleType]
) -> None:
    lexicon = app_module("words", "lexicon").load()
    both = [word for word in lexicon["en", "noun", None].words if word in lexicon["en", "verb", None].number]
    for seed in range(20):
        for keep in ([], both[:50]):
            story = fill_here("{noun}" * 50 + "{verb}" * 50, seed=seed, keep=keep)
            assert len({slot["word"] for slot in story["slots"]}) == 100


def test_the_same_seed_gives_the_same_story(fill: Callable[..., dict[str, Any]]) -> None:
    template = "A {adjective} {noun} {verb:past}."
    stories = {fill(template, seed=seed)["text"] for seed in (1, 1, 2**53 - 1, 2**53 - 1)}
    assert len(stories) == 2
    assert len({fill(template)["text"] for _ in range(5)}) == 5
    assert len({fill(template, seed=None)["text"] for _ in range(5)}) == 5


def test_the_article_of_a_story_follows_its_word(fill: Callable[..., dict[str, Any]]) -> None:
    assert seed_with(fill, "a {noun} ", "en", lambda word: word[0] == "a")["text"].startswith("an a")
    assert seed_with(fill, "an {noun}", "en", lambda word: word[0] == "b")["text"].startswith("a b")


@pytest.mark.parametrize(
    ("between", "capitals"), [("", [1, 0]), (" ", [1, 0]), (". ", [1, 1]), ("\n", [1, 1]), (".", [1, 0])]
)
def test_a_word_behind_another_word_begins_no_sentence(
    fill: Callable[..., dict[str, Any]], between: str, capitals: list[int]
) -> None:
    story = fill(f"{{noun}}{between}{{noun}}")
    assert [slot["text"][0].isupper() for slot in story["slots"]] == capitals


def test_korean_stories_have_the_particles_of_their_words(fill: Callable[..., dict[str, Any]]) -> None:
    template = "{명사}은/는 {명사}이/가 {noun}을/를 {명사}으로/로 {명사}와/과."
    korean = {False: ["", "는 ", "가 ", "를 ", "로 ", "와."], True: ["", "은 ", "이 ", "을 ", "으로 ", "과."]}
    rieul = 8
    for seed in range(30):
        story = fill(template, lang="ko", seed=seed)
        finals = [(ord(slot["word"][-1]) - ord("가")) % 28 for slot in story["slots"]]
        expected = [korean[bool(final)][place] for place, final in enumerate([0, *finals])]
        if finals[3] == rieul:
            expected[4] = "로 "
        assert around(story) == expected


def test_english_text_is_left_alone_in_a_korean_story_and_the_reverse(fill: Callable[..., dict[str, Any]]) -> None:
    assert around(fill("a {명사} a", lang="ko")) == ["a ", " a"]
    assert around(fill("x {noun}은/는", lang="en")) == ["x ", "은/는"]


def test_kept_words_stay_and_the_others_are_new(fill: Callable[..., dict[str, Any]]) -> None:
    template = "The {adjective} {noun:plural} {verb:past} and {verb:past}."
    keep = ["purple", None, "sang"]
    stories = [fill(template, keep=keep, seed=seed) for seed in range(20)]
    for story in stories:
        kept = [slot["word"] for slot in story["slots"]]
        assert kept[0] == "purple"
        assert kept[2] == "sang"
        assert len(set(kept)) == 4
    assert len({story["text"] for story in stories}) == 20


def test_a_story_with_all_its_words_kept_is_the_same_story(fill: Callable[..., dict[str, Any]]) -> None:
    for template, lang in [
        ("A {adjective} {noun}. {noun:plural} {verb}!", "en"),
        ("{형용사} {명사}은/는 {동사:과거}.", "ko"),
    ]:
        story = fill(template, lang=lang)
        assert fill(template, lang=lang, keep=[slot["word"] for slot in story["slots"]]) == story


def test_a_word_may_be_kept_twice(fill: Callable[..., dict[str, Any]]) -> None:
    assert fill("x {noun} {noun}", keep=["bear", "bear"])["text"] == "x bear bear"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"template": "{noun}", "keep": ["bears"]}, "keep[0]"),
        ({"template": "{noun}", "keep": ["Bear"]}, "keep[0]"),
        ({"template": "{noun}", "keep": ["qwertz"]}, "keep[0]"),
        ({"template": "{noun} {noun:plural}", "keep": ["bear", "bear"]}, "keep[1]"),
        ({"template": "{noun}", "keep": ["bear"], "lang": "ko"}, "keep[0]"),
        ({"template": "{noun}", "keep": [None, None]}, "keep"),
        ({"template": "no blank", "keep": [None]}, "keep"),
        ({"template": "{noun}", "keep": [""]}, "keep[0]"),
        ({"template": "{noun}", "keep": [7]}, "keep[0]"),
        ({"template": "{noun}", "keep": None}, "keep"),
        ({"template": "{verb}" * 100, "keep": [None] * 101}, "keep"),
        ({"template": ""}, "template"),
        ({"template": "x" * 1001}, "template"),
        ({"template": None}, "template"),
        ({}, "template"),
        ({"template": "x", "lang": "fr"}, "lang"),
        ({"template": "x", "seed": -1}, "seed"),
        ({"template": "x", "seed": 2**53}, "seed"),
        ({"template": "x", "seed": "1"}, "seed"),
        ({"template": "x", "sed": 1}, "sed"),
        ([], ""),
    ],
)
def test_a_wrong_body_is_a_422_that_names_the_field(words: RunningService, body: Any, field: str) -> None:
    answer = words.client.post("/api/words/fill", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("body", [b"", b"{", b'{"template": "\\ud800"}', b'{"template": "\xff"}'])
def test_a_body_that_is_not_json_is_a_400(words: RunningService, body: bytes) -> None:
    answer = words.client.post("/api/words/fill", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
