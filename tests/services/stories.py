"""What tests of the save service share: a story, and how a client asks for stories."""

import uuid
from collections.abc import Callable
from typing import Any

from .running import RunningService, database

STORY = {"template": "The {noun} sleeps", "text": "The bear sleeps"}


def public(created: dict[str, Any]) -> dict[str, Any]:
    """The story as everybody sees it."""
    return {name: value for name, value in created.items() if name != "delete_token"}


def bearer(created: dict[str, Any]) -> dict[str, str]:
    """The header field that deletes the story."""
    return {"Authorization": f"Bearer {created['delete_token']}"}


def key() -> dict[str, str]:
    """The header field with a new key."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def walk(service: RunningService, limit: int, between: Callable[[], object] = lambda: None) -> list[dict[str, Any]]:
    """All stories, page by page; `between` is called between two pages."""
    found, cursor = [], None
    while True:
        params = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = service.client.get("/api/stories", params=params).raise_for_status().json()
        assert len(page["stories"]) <= limit
        found += page["stories"]
        cursor = page["next"]
        if cursor is None:
            return found
        assert len(page["stories"]) == limit
        between()


def change_item(endpoint: str, table: str, item_id: str, **attributes: dict[str, Any] | None) -> None:
    """Changes attributes past the service; None removes one."""
    client = database(endpoint)
    item = client.get_item(TableName=table, Key={"id": {"S": item_id}})["Item"] | attributes
    client.put_item(TableName=table, Item={name: value for name, value in item.items() if value})
