"""Idempotency keys, and the secret that makes ids of them: one story for one key, in all tasks."""

import base64
import concurrent.futures
import functools
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest

from .running import ANSWER_SECONDS, RunningService
from .stories import STORY, bearer, change_item, key, public, walk


@pytest.fixture(scope="module")
def save(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> RunningService:
    return start_save(dynamodb_endpoint, create_table("keyed-stories"))


def test_a_request_that_is_repeated_with_its_key_gives_the_first_answer_again(save: RunningService) -> None:
    headers = key()
    first = save.client.post("/api/stories", json=STORY, headers=headers)
    again = save.client.post("/api/stories", json={"listed": True, "lang": "en"} | STORY, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert [story["id"] for story in walk(save, 50)].count(first.json()["id"]) == 1


@pytest.mark.parametrize("other", [{"text": "another"}, {"template": "another"}, {"lang": "ko"}, {"listed": False}])
def test_a_key_is_not_for_another_story(save: RunningService, other: dict[str, Any]) -> None:
    headers = key()
    kept = save.client.post("/api/stories", json=STORY, headers=headers).json()
    answer = save.client.post("/api/stories", json=STORY | other, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "idempotency-key"
    assert save.client.get(f"/api/stories/{kept['id']}").json() == public(kept)


@pytest.mark.parametrize("wrong", ["", "x" * 256, "a b", "\u00e9", "x\ty"])
def test_a_wrong_key_is_a_422(save: RunningService, wrong: str) -> None:
    headers = [(b"Idempotency-Key", wrong.encode("latin-1"))]
    answer = save.client.post("/api/stories", json=STORY, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "idempotency-key"


def test_two_tasks_keep_one_story_for_one_key(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> None:
    table = create_table("two-tasks")
    tasks = [start_save(dynamodb_endpoint, table) for _ in range(2)]
    for number in range(10):
        ask = functools.partial(
            httpx.post, json=STORY | {"text": f"story {number}"}, headers=key(), timeout=ANSWER_SECONDS
        )
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(ask, [f"{task.url}/api/stories" for task in tasks]))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert [answer.headers.get("idempotency-replayed") for answer in answers].count("true") == 1
    assert len(walk(tasks[0], 50)) == 10
    # What one task signs the other takes.
    page = tasks[0].client.get("/api/stories?limit=1").json()
    assert tasks[1].client.get("/api/stories", params={"cursor": page["next"]}).status_code == 200
    location, token = answers[0].headers["location"], bearer(answers[0].json())
    assert tasks[1].client.delete(location, headers=token).status_code == 204
    assert tasks[0].client.get(location).status_code == 404


def test_who_came_second_is_told_so_also_in_the_same_microsecond(
    app_module: Callable[[str, str], ModuleType],
    create_table: Callable[[str], str],
    dynamodb_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "ENDPOINT_URL": dynamodb_endpoint,
        "ACCESS_KEY_ID": "test",
        "SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    table, model, story = (app_module("save", name) for name in ("table", "model", "story"))
    monkeypatch.setattr(table, "now", lambda: "2026-01-01T00:00:00.000000Z")
    kept = table.Table(model.bind(create_table("same-microsecond"), "eu-west-1"))
    new, clock = story.NewStory(template="one", text="one"), app_module("save", "attempts").Clock(60)
    assert [kept.put("an-id", new, clock).replayed for _ in range(2)] == [False, True]


def test_tasks_that_start_together_agree_on_the_tables_secret(
    start_save: Callable[..., RunningService],
    create_table: Callable[[str], str],
    dynamodb_endpoint: str,
    read_item: Callable[[str, str], dict[str, Any]],
) -> None:
    table = create_table("new-table")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tasks = list(pool.map(lambda _: start_save(dynamodb_endpoint, table), range(4)))
    headers = key()
    answers = {task.client.post("/api/stories", json=STORY, headers=headers).content for task in tasks}
    assert len(answers) == 1
    assert len(read_item(table, "secret#1")["secret"]["B"]) == 32


def test_the_secret_is_no_story_and_is_not_logged(
    save: RunningService, read_item: Callable[[str, str], dict[str, Any]]
) -> None:
    secret = read_item("keyed-stories", "secret#1")["secret"]["B"]
    for path in ("secret#1", "secret%231"):
        assert save.client.get(f"/api/stories/{path}").status_code == 404
    log = save.log.read_text()
    assert secret.hex() not in log
    assert base64.b64encode(secret).decode() not in log
    assert repr(secret)[2:-1] not in log


def test_what_has_expired_is_gone_before_dynamodb_removes_it(save: RunningService, dynamodb_endpoint: str) -> None:
    headers = key()
    body = STORY | {"listed": False}
    first = save.client.post("/api/stories", json=body, headers=headers)
    change_item(dynamodb_endpoint, "keyed-stories", first.json()["id"], expires_at={"N": str(int(time.time()) - 1)})
    assert save.client.get(first.headers["location"]).status_code == 404
    again = save.client.post("/api/stories", json=body, headers=headers)
    assert again.status_code == 201
    assert "idempotency-replayed" not in again.headers, "the key is free again"
    assert again.json()["created_at"] > first.json()["created_at"]
    assert save.client.get(first.headers["location"]).json() == public(again.json())
