"""What stands before the emulator: who it is, the load balancer's own port, and which requests change something."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable
from typing import Any

from orchestrator.emulator.server import requests, room
from orchestrator.emulator.server.requests import App, Receive, Scope, Send

IDENTITY_PATH = "/_storyizer"


class Front:
    """ASGI application around the emulator's.

    `revision` is another one after every request that may have changed what Terraform reads, and after every start.
    """

    def __init__(
        self,
        app: App,
        *,
        identity: str,
        balancer_port: int,
        balancer_name: Callable[[str], str],
        on_change: Callable[[str], None],
        lacking: Callable[[], str],
    ) -> None:
        self.app = app
        self.identity = identity
        self.balancer_port = balancer_port
        self.balancer_name = balancer_name
        self.on_change = on_change
        self.lacking = lacking
        self._began, self._configured = secrets.token_hex(8), 0

    @property
    def revision(self) -> str:
        """Names what is configured now."""
        return f"{self._began}-{self._configured}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            server = scope.get("server") or ("", 0)
            if server[1] == self.balancer_port:
                host = f"{self.balancer_name(server[0])}.alb.localhost"
                scope = dict(scope, headers=balanced_headers(scope["headers"], host))
                if not _balancer_exists(host):
                    await _answer(send, 503, {"title": "no load balancer yet", "status": 503})
                    return
            elif scope["path"] == IDENTITY_PATH:
                told = {"identity": self.identity, "pid": os.getpid(), "revision": self.revision}
                await _answer(send, 200, told)
                return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked, receive = await requests.asked(scope, receive)
        if asked.changes and not asked.removes and (why := self.lacking()):
            await _refuse(send, why, is_json=asked.has_target)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self._configured += asked.configures
        if asked.changes:
            self.on_change(asked.changes)


def balanced_headers(headers: list[tuple[bytes, bytes]], host: str) -> list[tuple[bytes, bytes]]:
    """The headers with the load balancer's own host name, the client's kept in X-Forwarded-Host."""
    original = next((value for name, value in headers if name.lower() == b"host"), b"")
    kept = [(name, value) for name, value in headers if name.lower() not in (b"host", b"x-forwarded-host")]
    return [(b"host", host.encode()), (b"x-forwarded-host", original), *kept]


def _balancer_exists(host: str) -> bool:
    balancers = sys.modules.get("ministack.services.alb")
    return balancers is not None and balancers.find_lb_for_host(host) is not None


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    kind = b"application/json" if status < 400 else b"application/problem+json"
    await _send(send, status, kind, json.dumps(content).encode())


async def _refuse(send: Send, why: str, *, is_json: bool) -> None:
    # Not in the five hundreds: those are tried again, for minutes.
    await _send(send, 400, *room.refusal(why, is_json=is_json))


async def _send(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
