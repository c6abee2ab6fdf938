"""What stands before the emulator."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from orchestrator.emulator.server.front import IDENTITY_PATH, Front, balanced_headers
from orchestrator.emulator.server.requests import Asked, Message, Receive, Scope, Send, asked


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


LOGS = "AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (request("POST", "/", x_amz_target="DynamoDB_20120810.PutItem"), "state"),
        (request("POST", "/", x_amz_target="DynamoDB_20120810.Query"), ""),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerServiceV20141113.DescribeServices"), ""),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerServiceV20141113.UpdateService"), "state"),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerRegistry_V20150921.DeleteRepository"), "images"),
        (request("POST", "/", x_amz_target="AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"), ""),
        (request("POST", "/", authorization=LOGS, x_amz_target="Logs_20140328.PutLogEvents"), "lines"),
        (request("POST", "/", authorization=LOGS, x_amz_target="Logs_20140328.CreateLogGroup"), "logs"),
        (request("POST", "/", authorization=LOGS, x_amz_target="Logs_20140328.FilterLogEvents"), ""),
        (request("POST", "/", x_amz_target="AmazonSQS.ReceiveMessage"), ""),
        (request("POST", "/", x_amz_target="AmazonSQS.DeleteMessage"), "state"),
        (request("POST", "/", x_amz_target="AnyScaleFrontendService.PutScalingPolicy"), "state"),
        (request("PUT", "/v2/storyizer/words/manifests/1"), "images"),
        (request("GET", "/v2/storyizer/words/manifests/1"), ""),
        (request("PUT", "/bucket/key"), "state"),
        (request("HEAD", "/bucket/key"), ""),
        (request("POST", "/api/stories", host="storyizer-local.alb.localhost:20000"), ""),
        (request("POST", "/"), "state"),
    ],
)
def test_only_a_request_that_may_change_something_asks_for_a_snapshot(scope: dict[str, Any], expected: str) -> None:
    assert asking(scope)[0].changes == expected


FORM = "application/x-www-form-urlencoded; charset=utf-8"


def asking(scope: dict[str, Any], *body: bytes) -> tuple[Asked, bytes]:
    """What a request asks for, and the body that is left to be read."""
    parts: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    parts.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return parts.pop(0)

    async def look() -> tuple[Asked, bytes]:
        found, again = await asked(scope, receive)
        read, more = b"", True
        while more:
            message = await again()
            read, more = read + message["body"], message["more_body"]
        return found, read

    return asyncio.run(look())


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ((b"Action=DescribeTargetHealth&TargetGroupArn=a",), ""),
        ((b"Action=CreateRule&Priority=1",), "state"),
        ((b"Version=2015-12-01&Acti", b"on=DescribeRules"), ""),
        ((b"Version=2015-12-01&Acti", b"on=DeleteRule"), "state"),
        ((b"Version=2015-12-01",), "state"),
    ],
)
def test_the_query_protocol_s_action_stands_in_the_body_which_is_still_there(
    body: tuple[bytes, ...], changes: str
) -> None:
    found, left = asking(request("POST", "/", content_type=FORM), *body)
    assert (found.changes, left) == (changes, b"".join(body))


def signed(service: str, method: str = "POST", path: str = "/", **headers: str) -> dict[str, Any]:
    by = f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    return request(method, path, authorization=by, **headers)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (signed("dynamodb", x_amz_target="DynamoDB_20120810.PutItem"), False),
        (signed("dynamodb", x_amz_target="DynamoDB_20120810.UpdateTable"), True),
        (signed("dynamodb", x_amz_target="DynamoDB_20120810.DeleteTable"), True),
        (signed("ecs", x_amz_target="AmazonEC2ContainerServiceV20141113.DescribeServices"), False),
        (signed("ecs", x_amz_target="AmazonEC2ContainerServiceV20141113.UpdateService"), True),
        (signed("ecr", x_amz_target="AmazonEC2ContainerRegistry_V20150921.PutImage"), False),
        (signed("ecr", x_amz_target="AmazonEC2ContainerRegistry_V20150921.CreateRepository"), True),
        (signed("logs", x_amz_target="Logs_20140328.PutLogEvents"), False),
        (signed("logs", x_amz_target="Logs_20140328.PutRetentionPolicy"), True),
        (signed("sqs", x_amz_target="AmazonSQS.SendMessage"), False),
        (signed("sqs", x_amz_target="AmazonSQS.SetQueueAttributes"), True),
        (signed("s3", "PUT", "/bucket/a/key"), False),
        (signed("s3", "DELETE", "/bucket/a/key"), False),
        (signed("s3", "PUT", "/bucket"), True),
        (signed("s3", "DELETE", "/bucket/"), True),
        (signed("scheduler", "PUT", "/schedules/nightly"), True),
        (request("PUT", "/v2/storyizer/words/manifests/1"), False),
        # Who it is from is not known: it may be anything.
        (request("PUT", "/bucket/a/key"), True),
    ],
)
def test_what_is_kept_or_sent_somewhere_configures_nothing(scope: dict[str, Any], expected: bool) -> None:
    assert asking(scope)[0].configures is expected


def test_the_revision_is_another_one_after_whatever_configures_and_after_a_start() -> None:
    front, other = fronted(""), fronted("")
    first = revision(front)
    assert first and first != revision(other)
    sent(front, signed("dynamodb", x_amz_target="DynamoDB_20120810.PutItem"))
    sent(front, signed("iam", content_type=FORM), b"Action=ListRoles")
    assert revision(front) == first
    sent(front, signed("iam", content_type=FORM), b"Action=CreateRole")
    second = revision(front)
    sent(front, signed("dynamodb", x_amz_target="DynamoDB_20120810.UpdateTable"))
    assert len({first, second, revision(front)}) == 3


FULL = 'no space left for /a "copy" & <more>: 0 MB are free'


def fronted(lacking: str, saved: list[str] | None = None) -> Front:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    return Front(
        app,
        identity="",
        balancer_port=1,
        balancer_name=lambda address: "b",
        on_change=(saved if saved is not None else []).append,
        lacking=lambda: lacking,
    )


def sent(front: Front, scope: dict[str, Any], body: bytes = b"") -> tuple[int, bytes]:
    """Status and body of the front's answer."""
    answer: list[Message] = []

    async def send(message: Message) -> None:
        answer.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    asyncio.run(front({"type": "http", "server": ("127.0.0.1", 2), **scope}, receive, send))
    return answer[0]["status"], answer[1]["body"]


def revision(front: Front) -> str:
    return str(json.loads(sent(front, request("GET", IDENTITY_PATH))[1])["revision"])


def answered(scope: dict[str, Any], lacking: str) -> tuple[int, bytes, list[str]]:
    """Status and body of the front's answer, and what it asked to be saved."""
    saved: list[str] = []
    return *sent(fronted(lacking, saved), scope), saved


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
