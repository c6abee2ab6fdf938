"""What Chromium receives for a page, as it counts it: heads and bodies, compressed as they came."""

from __future__ import annotations

from collections import Counter
from typing import Any

from playwright.sync_api import CDPSession, Page

WIRE_BYTES_MAX = 60_000
"""Of a whole page, its font and the stories on it included."""


class Wire:
    """Listens to all that a page fetches from now on; `bytes` and `requests` have it by kind (script, font, ...)."""

    def __init__(self, page: Page) -> None:
        self.bytes: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.session: CDPSession = page.context.new_cdp_session(page)
        self._kinds: dict[str, str] = {}
        self.session.on("Network.responseReceived", self._answered)
        self.session.on("Network.loadingFinished", self._finished)
        self.session.send("Network.enable")

    def _answered(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event["type"].lower()

    def _finished(self, event: dict[str, Any]) -> None:
        # The icon once more, and whatever else comes from memory, is not on the wire.
        if event["encodedDataLength"]:
            kind = self._kinds[event["requestId"]]
            self.requests[kind] += 1
            self.bytes[kind] += round(event["encodedDataLength"])
