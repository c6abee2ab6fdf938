"""Loaded by Schemathesis: what no schema can say about requests that depend on earlier answers.

Whoever creates something is given a token, and deletes it with that. An Idempotency-Key is for one
request. A cursor is one that was given out.
"""

import re
import uuid
from typing import Any

import schemathesis

_NO_TOKEN = "no-token-of-this-service"
_tokens: dict[str, str] = {}
_cursors: set[str] = set()
_KEY = re.compile(r"[!-~]{1,255}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,200}")


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remembers the token of what was created, and where a next page begins."""
    if response.status_code == 200 and isinstance(page := response.json(), dict) and page.get("next"):
        _cursors.add(page["next"])
    if response.status_code == 201:
        created = response.json()
        if "delete_token" in created:
            _tokens[created["id"]] = created["delete_token"]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Makes a valid key one that no request had, and takes away a cursor that fits but was never given out.

    What is not valid is sent as it is: it must be refused.
    """
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and _KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex + key[32:]
    cursor = (case.query or {}).get("cursor")
    if isinstance(cursor, str) and _CURSOR.fullmatch(cursor) and cursor not in _cursors:
        del case.query["cursor"]


@schemathesis.auth(refresh_interval=None).apply_to(method="DELETE")
class Token:
    """The token that belongs to the path's `id`, or one that never belongs to any."""

    def get(self, case: Any, context: Any) -> str:
        """The token."""
        story_id: str | None = (case.path_parameters or {}).get("id")
        return _tokens.get(story_id or "", _NO_TOKEN)

    def set(self, case: Any, data: str, context: Any) -> None:
        """Puts it into the request."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
