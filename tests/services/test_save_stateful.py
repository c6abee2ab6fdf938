"""The save service against a model of it: whatever is done in whatever order, both agree."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .running import RunningService

PATH = "/api/stories"
STEPS_PER_EXAMPLE = 40
SHORT_EXAMPLES, LONG_EXAMPLES = 25, 300  # about 10 s, about 2 min
LONG_STEPS = 10_000

# What the limits are is the contract test's; here short texts find more.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(lambda text: text.strip())
BODY = st.fixed_dictionaries(
    {"template": TEXT, "text": TEXT}, optional={"lang": st.sampled_from(["en", "ko"]), "listed": st.booleans()}
)
KEY = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255)
CURSOR_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def public(created: dict[str, Any]) -> dict[str, Any]:
    """The story as everybody sees it."""
    return {name: value for name, value in created.items() if name != "delete_token"}


def place(story: dict[str, Any]) -> tuple[str, str]:
    """Where a story is in the order of all."""
    return story["created_at"], story["id"]


class Stories(RuleBasedStateMachine):
    """The model: what must be there, what must be gone, and a walk through the list that goes on between the rest."""

    client: httpx.Client
    steps = 0
    run = 0

    def __init__(self) -> None:
        super().__init__()
        Stories.run += 1
        self.there: dict[str, dict[str, Any]] = {}
        self.gone: dict[str, dict[str, Any]] = {}
        self.keyed: dict[str, tuple[dict[str, Any], bytes]] = {}
        self.walk: Walk | None = None

    @initialize()
    def the_table_is_empty(self) -> None:
        """Each example leaves it so."""
        assert self.client.get(PATH).json() == {"stories": [], "next": None}

    @invariant()
    def count(self) -> None:
        """Called once in each step."""
        Stories.steps += 1

    def create(self, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        sent = time.time()
        answer = self.client.post(PATH, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        assert "idempotency-replayed" not in answer.headers
        story = answer.json()
        assert {"lang": "en", "listed": True} | body == {
            name: story[name] for name in ("template", "text", "lang", "listed")
        }
        assert story["id"] not in self.there | self.gone
        assert answer.headers["location"] == f"{PATH}/{story['id']}"
        assert story["created_at"] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(sent - 1))
        self.there[story["id"]] = story
        return answer

    @rule(body=BODY)
    def create_without_a_key(self, body: dict[str, Any]) -> None:
        self.create(body, {})

    @rule(body=BODY, key=KEY)
    def create_with_a_key(self, body: dict[str, Any], key: str) -> None:
        # Keys are remembered beyond the example.
        key = f"{Stories.run}:{key}"[:255]
        if key not in self.keyed:
            self.keyed[key] = body, self.create(body, {"Idempotency-Key": key}).content

    @precondition(lambda self: self.keyed)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.keyed)))
        body, first = self.keyed[key]
        answer = self.client.post(PATH, content=json.dumps(body, indent=1), headers=headers_with(key))
        assert (answer.status_code, answer.content) == (201, first)
        assert answer.headers["idempotency-replayed"] == "true"

    @precondition(lambda self: self.keyed)
    @rule(data=st.data(), other=BODY)
    def use_a_key_for_another_story(self, data: st.DataObject, other: dict[str, Any]) -> None:
        key = data.draw(st.sampled_from(sorted(self.keyed)))
        defaults = {"lang": "en", "listed": True}
        if defaults | other != defaults | self.keyed[key][0]:
            assert self.client.post(PATH, json=other, headers=headers_with(key)).status_code == 422

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        story = self.there[data.draw(st.sampled_from(sorted(self.there)))]
        answer = self.client.get(f"{PATH}/{story['id']}")
        assert (answer.status_code, answer.json()) == (200, public(story))

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def read_what_is_gone(self, data: st.DataObject) -> None:
        story_id = data.draw(st.sampled_from(sorted(self.gone)))
        assert self.client.get(f"{PATH}/{story_id}").status_code == 404

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        story = self.there.pop(data.draw(st.sampled_from(sorted(self.there))))
        assert self.client.delete(f"{PATH}/{story['id']}", headers=bearer(story)).status_code == 204
        self.gone[story["id"]] = story

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def delete_again(self, data: st.DataObject) -> None:
        story = self.gone[data.draw(st.sampled_from(sorted(self.gone)))]
        assert self.client.delete(f"{PATH}/{story['id']}", headers=bearer(story)).status_code == 204

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def delete_with_the_token_of_another(self, data: st.DataObject) -> None:
        story = self.there[data.draw(st.sampled_from(sorted(self.there)))]
        others = [other for other in (self.there | self.gone).values() if other is not story]
        token = data.draw(st.sampled_from(others))["delete_token"] if others else story["delete_token"].swapcase()
        answer = self.client.delete(f"{PATH}/{story['id']}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def delete_without_a_token(self, data: st.DataObject) -> None:
        story_id = data.draw(st.sampled_from(sorted(self.there)))
        assert self.client.delete(f"{PATH}/{story_id}").status_code == 401

    @rule(limit=st.integers(1, 50))
    def list_the_newest(self, limit: int) -> None:
        page = self.client.get(PATH, params={"limit": limit}).json()
        newest = sorted(self.listed(), key=place, reverse=True)
        assert page["stories"] == newest[:limit]
        assert (page["next"] is None) == (len(newest) <= limit)

    @precondition(lambda self: self.walk is None)
    @rule(limit=st.integers(1, 4))
    def begin_a_walk(self, limit: int) -> None:
        self.walk = Walk(limit, {story["id"] for story in self.listed()})
        self.go_on_walking()

    @precondition(lambda self: self.walk is not None)
    @rule()
    def go_on_walking(self) -> None:
        assert self.walk is not None
        page = self.walk.next_page(self.client)
        for story in page:
            assert story == public(self.there[story["id"]]), "only what is there at the time"
        if self.walk.cursor is None:
            missed = (self.walk.there_at_first & self.there.keys()) - set(self.walk.seen)
            assert not missed, "what was there all the time is seen"
            self.walk = None

    @precondition(lambda self: self.walk is not None)
    @rule(data=st.data(), other=st.sampled_from(CURSOR_ALPHABET))
    def tamper_with_the_cursor(self, data: st.DataObject, other: str) -> None:
        assert self.walk is not None and self.walk.cursor is not None
        cursor = self.walk.cursor
        at = data.draw(st.integers(0, len(cursor) - 1))
        changed = cursor[:at] + other + cursor[at + 1 :]
        if changed != cursor:
            assert self.client.get(PATH, params={"cursor": changed}).status_code == 422

    def listed(self) -> list[dict[str, Any]]:
        return [public(story) for story in self.there.values() if story["listed"]]

    def teardown(self) -> None:
        """Deletes what is left, through the service."""
        while self.walk is not None:
            self.go_on_walking()
        for story in self.there.values():
            assert self.client.delete(f"{PATH}/{story['id']}", headers=bearer(story)).status_code == 204


class Walk:
    """A walk through the whole list, page by page."""

    def __init__(self, limit: int, there_at_first: set[str]) -> None:
        self.limit = limit
        self.there_at_first = there_at_first
        self.seen: list[str] = []
        self.cursor: str | None = None
        self.last: tuple[str, str] | None = None

    def next_page(self, client: httpx.Client) -> list[dict[str, Any]]:
        """The next page, whose order is checked: newest first also proves that nothing comes twice."""
        params = {"limit": str(self.limit)} | ({"cursor": self.cursor} if self.cursor else {})
        page = client.get(PATH, params=params).raise_for_status().json()
        stories: list[dict[str, Any]] = page["stories"]
        self.cursor = page["next"]
        assert len(stories) == self.limit or (self.cursor is None and len(stories) < self.limit)
        for story in stories:
            assert self.last is None or place(story) < self.last
            self.last = place(story)
            self.seen.append(story["id"])
        return stories


def bearer(story: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {story['delete_token']}"}


def headers_with(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key, "Content-Type": "application/json"}


@pytest.fixture
def save(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> RunningService:
    return start_save(dynamodb_endpoint, create_table("modelled-stories"))


def test_the_service_does_what_its_model_does(save: RunningService, long_run: bool) -> None:
    Stories.client, Stories.steps = save.client, 0
    run_state_machine_as_test(
        Stories,
        settings=settings(
            max_examples=LONG_EXAMPLES if long_run else SHORT_EXAMPLES,
            stateful_step_count=STEPS_PER_EXAMPLE,
            # The short run is always the same one.
            derandomize=not long_run,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    sys.stdout.write(f"\n{Stories.steps} steps\n")
    assert Stories.steps >= (LONG_STEPS if long_run else SHORT_EXAMPLES * STEPS_PER_EXAMPLE // 2)
