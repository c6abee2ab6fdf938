"""The save service against the emulator's DynamoDB: stories are kept, read and listed."""

import concurrent.futures
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .running import RunningService
from .stories import STORY, change_item, public, walk


@pytest.fixture(scope="module")
def save(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> RunningService:
    return start_save(dynamodb_endpoint, create_table("save-stories"))


@pytest.fixture(scope="module")
def many(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> RunningService:
    """A service with 53 stories."""
    service = start_save(dynamodb_endpoint, create_table("many-stories"))
    for number in range(53):
        answer = service.client.post("/api/stories", json=STORY | {"text": f"story {number}"})
        assert answer.status_code == 201
    return service


def test_a_story_is_kept_and_read_back(save: RunningService) -> None:
    created = save.client.post("/api/stories", json=STORY)
    assert created.status_code == 201
    story = created.json()
    assert set(story) == {"id", "template", "text", "lang", "created_at", "listed", "delete_token"}
    assert story | STORY | {"lang": "en", "listed": True} == story
    assert re.fullmatch("[a-z2-7]{20}", story["id"])
    assert created.headers["location"] == f"/api/stories/{story['id']}"
    age = datetime.now(UTC) - datetime.fromisoformat(story["created_at"])
    assert timedelta(0) <= age < timedelta(seconds=30)
    read = save.client.get(created.headers["location"])
    assert (read.status_code, read.json()) == (200, public(story))


def test_a_kept_story_is_the_first_in_the_list(save: RunningService) -> None:
    story = save.client.post("/api/stories", json=STORY).json()
    assert save.client.get("/api/stories?limit=1").json()["stories"] == [public(story)]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "안녕하세요 🐻‍❄️",
        'quotes " and \\ backslashes',
        "line\nline",
        "x" * 4000,
        "🐻" * 4000,
    ],
)
def test_every_text_comes_back_as_it_was(save: RunningService, text: str) -> None:
    location = save.client.post("/api/stories", json=STORY | {"text": text}).headers["location"]
    assert save.client.get(location).json()["text"] == text


def test_the_longest_story_fits_however_its_json_is_written(save: RunningService) -> None:
    body = json.dumps({"template": "🐻" * 1000, "text": "🐻" * 4000}, ensure_ascii=True)
    answer = save.client.post("/api/stories", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201


def test_the_table_holds_what_the_index_needs(
    save: RunningService, read_item: Callable[[str, str], dict[str, Any]]
) -> None:
    story = save.client.post("/api/stories", json=STORY).json()
    item = read_item("save-stories", story["id"])
    assert item["shard"]["S"] in {"0", "1", "2", "3"}
    assert item["created_at"]["S"] == f"{story['created_at']}#{story['id']}"
    assert "expires_at" not in item


def test_an_unlisted_story_is_read_by_its_id_alone_and_expires(
    save: RunningService, read_item: Callable[[str, str], dict[str, Any]]
) -> None:
    story = save.client.post("/api/stories", json=STORY | {"listed": False}).json()
    assert story["listed"] is False
    assert save.client.get(f"/api/stories/{story['id']}").json() == public(story)
    assert story["id"] not in {listed["id"] for listed in walk(save, 50)}
    item = read_item("save-stories", story["id"])
    assert "shard" not in item
    assert 3500 < int(item["expires_at"]["N"]) - time.time() <= 3600


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_a_walk_meets_each_story_once_and_the_newest_first(many: RunningService, limit: int) -> None:
    found = walk(many, limit)
    assert [story["text"] for story in found] == [f"story {number}" for number in reversed(range(53))]


def test_a_walk_meets_each_story_once_while_others_are_added(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> None:
    service = start_save(dynamodb_endpoint, create_table("busy-stories"))

    def add(_: object = None) -> str:
        return str(service.client.post("/api/stories", json=STORY).raise_for_status().json()["id"])

    before = [add() for _ in range(20)]
    found = [story["id"] for story in walk(service, 3, between=add)]
    assert found == before[::-1]


def test_stories_kept_at_the_same_time_are_all_kept(
    many: RunningService,
    start_save: Callable[..., RunningService],
    create_table: Callable[[str], str],
    dynamodb_endpoint: str,
) -> None:
    service = start_save(dynamodb_endpoint, create_table("parallel-stories"))
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: service.client.post("/api/stories", json=STORY), range(60)))
    assert {answer.status_code for answer in answers} == {201}
    found = walk(service, 50)
    assert {story["id"] for story in found} == {answer.json()["id"] for answer in answers}
    assert len(found) == 60
    order = [(story["created_at"], story["id"]) for story in found]
    assert order == sorted(order, reverse=True)


def test_twenty_stories_come_when_no_limit_is_given(many: RunningService) -> None:
    assert len(many.client.get("/api/stories").json()["stories"]) == 20


def test_an_empty_table_is_an_empty_list(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> None:
    service = start_save(dynamodb_endpoint, create_table("no-stories"))
    assert service.client.get("/api/stories").json() == {"stories": [], "next": None}


@pytest.mark.parametrize("limit", ["0", "51", "-1", "", "ten", "1.0", " 1", "٣"])
def test_a_wrong_limit_is_a_422(many: RunningService, limit: str) -> None:
    answer = many.client.get("/api/stories", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "2026-11-22T12:40:22.776123Z", "é", "x" * 5000])
def test_a_wrong_cursor_is_a_422(many: RunningService, cursor: str) -> None:
    answer = many.client.get("/api/stories", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "template"),
        ({"template": "x"}, "text"),
        ({"template": "x", "text": 1}, "text"),
        ({"template": None, "text": "x"}, "template"),
        ({"template": "x", "text": ""}, "text"),
        ({"template": " \n\t\u3000", "text": "x"}, "template"),
        ({"template": "x" * 1001, "text": "x"}, "template"),
        ({"template": "x", "text": "x" * 4001}, "text"),
        ({"template": "x\0y", "text": "x"}, "template"),
        ({"template": "x", "text": "\x1b[31m"}, "text"),
        ({"template": "x", "text": "x\x7f"}, "text"),
        ({"template": "x", "text": "x", "lang": "de"}, "lang"),
        ({"template": "x", "text": "x", "listed": "yes"}, "listed"),
        ({"template": "x", "text": "x", "more": 1}, "more"),
        ([], ""),
    ],
)
def test_a_wrong_story_is_a_422_that_names_the_field(save: RunningService, body: Any, field: str) -> None:
    answer = save.client.post("/api/stories", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("text", [" \n", "bear\0"])
def test_a_text_that_cannot_be_one_is_told_in_words(save: RunningService, text: str) -> None:
    detail = save.client.post("/api/stories", json=STORY | {"text": text}).json()["detail"]
    assert detail == "text: must have more than white space, and no control characters"


def test_a_body_that_no_story_can_have_is_a_413(save: RunningService) -> None:
    assert save.client.post("/api/stories", json=STORY | {"text": "x" * 100_000}).status_code == 413


@pytest.mark.parametrize("story_id", ["a" * 20, "a" * 20 + "%0A", "nonsense", "-", "A" * 20, "..%2f..", "x" * 3000])
def test_an_unknown_story_is_a_404(save: RunningService, story_id: str) -> None:
    answer = save.client.get(f"/api/stories/{story_id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_story_cannot_be_changed(save: RunningService) -> None:
    assert save.client.put("/api/stories/" + "a" * 20).status_code == 405


def test_a_story_from_before_there_were_languages_is_english(save: RunningService, dynamodb_endpoint: str) -> None:
    story = save.client.post("/api/stories", json=STORY).json()
    change_item(dynamodb_endpoint, "save-stories", story["id"], lang=None)
    assert save.client.get(f"/api/stories/{story['id']}").json() == public(story)
    assert save.client.get("/api/stories?limit=1").json()["stories"] == [public(story)]


def test_a_page_is_full_also_where_dynamodb_ends_one_at_a_megabyte(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> None:
    service = start_save(dynamodb_endpoint, create_table("long-stories"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = [{"template": "\U0001f43b" * 1000, "text": "\U0001f43b" * 3990 + str(number)} for number in range(120)]
        list(pool.map(lambda body: service.client.post("/api/stories", json=body).raise_for_status(), bodies))
    assert len(walk(service, 50)) == 120


def test_it_is_ready_while_the_table_answers(save: RunningService) -> None:
    assert save.client.get("/readyz").status_code == 200
