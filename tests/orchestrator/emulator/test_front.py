"""What stands before the emulator."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from orchestrator.emulator.server.front import Front, Message, Receive, Scope, Send, balanced_headers, changes


def request(method: str, path: str, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"method": method, "path": path, "headers": pairs}


def test_the_load_balancers_port_names_the_load_balancer_and_keeps_the_clients_host() -> None:
    headers = [(b"accept", b"*/*"), (b"Host", b"127.0.0.1:20001"), (b"X-Forwarded-Host", b"forged")]
    assert balanced_headers(headers, "storyizer-local.alb.localhost") == [
        (b"host", b"storyizer-local.alb.localhost"),
        (b"x-forwarded-host", b"127.0.0.1:20001"),
        (b"accept", b"*/*"),
    ]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (request("POST", "/", x_amz_target="DynamoDB_20120810.PutItem"), "state"),
        (request("POST", "/", x_amz_target="DynamoDB_20120810.Query"), ""),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerServiceV20141113.DescribeServices"), ""),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerServiceV20141113.UpdateService"), "state"),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerRegistry_V20150921.DeleteRepository"), "images"),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"), ""),
        (request("POST", "/", x_amz_target="AmazonSQS.ReceiveMessage"), ""),
        (request("POST", "/", x_amz_target="AmazonSQS.DeleteMessage"), "state"),
        (request("POST", "/", x_amz_target="AnyScaleFrontendService.PutScalingPolicy"), "state"),
        (request("PUT", "/v2/storyizer/words/manifests/1"), "images"),
        (request("GET", "/v2/storyizer/words/manifests/1"), ""),
        (request("PUT", "/bucket/key"), "state"),
        (request("HEAD", "/bucket/key"), ""),
        (request("POST", "/api/stories", host="storyizer-local.alb.localhost:20000"), ""),
        # The query protocol names its action in the body, which is not read here.
        (request("POST", "/"), "state"),
    ],
)
def test_only_a_request_that_may_change_something_asks_for_a_snapshot(scope: dict[str, Any], expected: str) -> None:
    assert changes(scope) == expected


FULL = 'no space left for /a "copy" & <more>: 0 MB are free'


def answered(scope: dict[str, Any], lacking: str) -> tuple[int, bytes, list[str]]:
    """Status and body of the front's answer, and what it asked to be saved."""
    sent: list[Message] = []
    saved: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("the front reads no body")

    front = Front(
        app,
        identity="",
        balancer_port=1,
        balancer_name=lambda address: "b",
        on_change=saved.append,
        lacking=lambda: lacking,
    )
    asyncio.run(front({"type": "http", "server": ("127.0.0.1", 2), **scope}, receive, send))
    return sent[0]["status"], sent[1]["body"], saved


def test_a_change_that_could_not_be_kept_is_refused_in_the_clients_own_protocol() -> None:
    status, body, saved = answered(request("POST", "/", x_amz_target="DynamoDB_20120810.PutItem"), FULL)
    assert (status, saved) == (400, [])
    assert json.loads(body) == {"__type": "InsufficientStorage", "message": FULL}
    status, body, saved = answered(request("PUT", "/bucket/key"), FULL)
    assert (status, saved) == (400, [])
    error = ElementTree.fromstring(body).find("Error")
    assert error is not None
    assert (error.findtext("Code"), error.findtext("Message")) == ("InsufficientStorage", FULL)


@pytest.mark.parametrize(
    "scope",
    [
        request("GET", "/bucket/key"),
        request("POST", "/", x_amz_target="DynamoDB_20120810.Query"),
        request("POST", "/", x_amz_target="DynamoDB_20120810.DeleteItem"),
        request("DELETE", "/bucket/key"),
    ],
)
def test_reading_and_deleting_need_no_room(scope: dict[str, Any]) -> None:
    assert answered(scope, FULL)[:2] == (200, b"done")


def test_with_room_everything_is_served_and_saved() -> None:
    assert answered(request("PUT", "/bucket/key"), "") == (200, b"done", ["state"])
