"""The words service: its lexicon, and its answers over HTTP."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from servicekit import Problem

SERVICES = Path(__file__).parents[2] / "services"
KINDS = ("noun", "verb", "adjective")


@pytest.fixture(scope="module")
def words(start_service):
    return start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_hundreds_of_different_words(app_module, kind):
    lexicon = app_module("words", "lexicon").load()
    assert len(lexicon[kind]) >= 300
    assert [word for word, times in Counter(lexicon[kind]).items() if times > 1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_is_lower_case_letters_with_at_most_one_hyphen(app_module, kind):
    lexicon = app_module("words", "lexicon").load()
    assert [word for word in lexicon[kind] if not re.fullmatch("[a-z]{2,}(-[a-z]{2,})?", word)] == []


def test_comments_are_not_words(app_module):
    assert app_module("words", "lexicon").parse("# a comment\nbear wolf # not this\n\nfox") == ("bear", "wolf", "fox")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 3, 100])
def test_as_many_words_come_as_are_asked_for_and_none_twice(words, app_module, kind, count):
    answer = words.client.get("/api/words", params={"kind": kind, "count": count})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["kind"] == kind
    found = answer.json()["words"]
    assert len(set(found)) == len(found) == count
    assert set(found) <= set(app_module("words", "lexicon").load()[kind])


def test_one_word_comes_when_no_count_is_given(words):
    assert len(words.client.get("/api/words?kind=noun").json()["words"]) == 1


def test_answers_differ(words):
    answers = {words.client.get("/api/words?kind=noun&count=5").text for _ in range(5)}
    assert len(answers) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "kind"),
        ("kind=", "kind"),
        ("kind=adverb", "kind"),
        ("kind=NOUN", "kind"),
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
    ],
)
def test_a_wrong_query_is_a_422_that_names_the_parameter(words, query, field):
    answer = words.client.get(f"/api/words?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_query_is_read_without_a_server(app_module):
    parse_query = app_module("words", "routes").parse_query
    assert parse_query({"kind": "verb", "count": "7"}) == ("verb", 7)
    with pytest.raises(Problem, match="kind: must be one of noun, verb, adjective"):
        parse_query({})


@pytest.mark.parametrize("path", ["/", "/api", "/api/words/", "/api/words/noun", "/api/wordsmith"])
def test_paths_that_are_not_the_services_are_a_404(words, path):
    answer = words.client.get(path, params={"kind": "noun"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_copied_folder_serves_the_path_that_it_is_given(start_service, tmp_path):
    shutil.copytree(SERVICES / "words", tmp_path / "verbs")
    verbs = start_service(tmp_path / "verbs", SERVICE_NAME="verbs", BASE_PATH="/api/verbs")
    assert verbs.client.get("/api/verbs?kind=verb&count=2").status_code == 200
    assert verbs.client.get("/api/words?kind=verb&count=2").status_code == 404
    assert verbs.client.get("/version").json()["service"] == "verbs"
