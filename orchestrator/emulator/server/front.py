"""What stands before the emulator: who it is, the load balancer's own port, and which requests change something."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from orchestrator.emulator.server import room

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

IDENTITY_PATH = "/_storyizer"
# A message that was received comes again after its time, also if that is forgotten: workers ask for messages all day.
READING = ("Describe", "Get", "List", "Query", "Scan", "BatchGet", "BatchCheck", "Filter", "ReceiveMessage")


class Front:
    """ASGI application around the emulator's."""

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
                await _answer(send, 200, {"identity": self.identity, "pid": os.getpid()})
                return
        changed = changes(scope) if scope["type"] == "http" else ""
        if changed and not removes(scope) and (why := self.lacking()):
            await _refuse(send, why, is_json=has_target(scope))
            return
        await self.app(scope, receive, send)
        if changed:
            self.on_change(changed)


def balanced_headers(headers: list[tuple[bytes, bytes]], host: str) -> list[tuple[bytes, bytes]]:
    """The headers with the load balancer's own host name, the client's kept in X-Forwarded-Host."""
    original = next((value for name, value in headers if name.lower() == b"host"), b"")
    kept = [(name, value) for name, value in headers if name.lower() not in (b"host", b"x-forwarded-host")]
    return [(b"host", host.encode()), (b"x-forwarded-host", original), *kept]


def changes(scope: Scope) -> str:
    """What a request may change: "images" for one to the image registry, "state" for another, "" for nothing."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    method, path = scope["method"], scope["path"]
    host = headers.get(b"host", b"").decode("latin-1").split(":")[0]
    if host.endswith(".alb.localhost") or method in ("GET", "HEAD", "OPTIONS"):
        return ""
    if path.startswith("/v2/"):
        return "images"
    target = headers.get(b"x-amz-target", b"").decode("latin-1")
    service, _, action = target.rpartition(".")
    if action.startswith(READING):
        return ""
    return "images" if "ContainerRegistry" in service else "state"


def removes(scope: Scope) -> bool:
    """True for a request that makes room: it is served on a full disk too."""
    target = next((value for name, value in scope["headers"] if name.lower() == b"x-amz-target"), b"").decode("latin-1")
    return bool(scope["method"] == "DELETE" or target.rpartition(".")[2].startswith(("Delete", "BatchDelete")))


def has_target(scope: Scope) -> bool:
    """True for the protocols whose answers are JSON."""
    return any(name.lower() == b"x-amz-target" for name, _ in scope["headers"])


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
