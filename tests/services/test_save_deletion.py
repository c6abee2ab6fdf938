"""Stories are deleted by whoever has the token."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from .running import RunningService
from .stories import STORY, bearer, key, walk


@pytest.fixture(scope="module")
def save(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> RunningService:
    return start_save(dynamodb_endpoint, create_table("deleted-stories"))


def test_a_deleted_story_is_gone_and_stays_so(
    save: RunningService, read_item: Callable[[str, str], dict[str, Any]]
) -> None:
    headers = key()
    story = save.client.post("/api/stories", json=STORY, headers=headers)
    path, token = story.headers["location"], bearer(story.json())
    assert save.client.delete(path, headers=token).status_code == 204
    assert save.client.get(path).status_code == 404
    assert story.json()["id"] not in {listed["id"] for listed in walk(save, 50)}
    assert save.client.delete(path, headers=token).status_code == 204
    left = read_item("deleted-stories", story.json()["id"])
    assert set(left) == {"id", "created_at", "body_hash", "deleted", "expires_at"}, "no word of it is kept"
    assert 86_300 < int(left["expires_at"]["N"]) - time.time() <= 86_400


def test_a_request_that_is_repeated_after_the_deletion_brings_nothing_back(save: RunningService) -> None:
    headers = key()
    first = save.client.post("/api/stories", json=STORY, headers=headers)
    save.client.delete(first.headers["location"], headers=bearer(first.json())).raise_for_status()
    again = save.client.post("/api/stories", json=STORY, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert save.client.get(first.headers["location"]).status_code == 404
    assert first.json()["id"] not in {listed["id"] for listed in walk(save, 50)}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic eDp5"])
def test_deleting_without_a_token_is_a_401(save: RunningService, authorization: str | None) -> None:
    story = save.client.post("/api/stories", json=STORY).json()
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = save.client.delete(f"/api/stories/{story['id']}", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert save.client.get(f"/api/stories/{story['id']}").status_code == 200


def test_deleting_with_a_wrong_token_is_a_403(save: RunningService) -> None:
    story, other = (save.client.post("/api/stories", json=STORY).json() for _ in range(2))
    path = f"/api/stories/{story['id']}"
    wrong = [other["delete_token"], story["delete_token"][:-1], story["delete_token"] + "A", story["id"], "\u00e9"]
    for token in wrong:
        headers = [(b"Authorization", f"Bearer {token}".encode())]
        assert save.client.delete(path, headers=headers).status_code == 403
    assert save.client.get(path).status_code == 200
    assert save.client.delete(path, headers=bearer(story)).status_code == 204


def test_deleting_what_has_no_storys_id_is_a_404(save: RunningService) -> None:
    for story_id in ("a" * 20 + "%0A", "a" * 21, "nonsense"):
        answer = save.client.delete(f"/api/stories/{story_id}", headers={"Authorization": "Bearer guess"})
        assert answer.status_code == 404


def test_no_token_tells_whether_there_is_a_story(save: RunningService) -> None:
    answer = save.client.delete("/api/stories/" + "a" * 20, headers={"Authorization": "Bearer guess"})
    assert answer.status_code == 403
