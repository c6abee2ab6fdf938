"""What stands before the emulator."""

from __future__ import annotations

import pytest

from orchestrator.local.server.front import balanced_headers, changes


def request(method: str, path: str, **headers: str) -> dict:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"method": method, "path": path, "headers": pairs}


def test_the_load_balancers_port_names_the_load_balancer_and_keeps_the_clients_host():
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
        (request("PUT", "/v2/storyizer/words/manifests/1"), "images"),
        (request("GET", "/v2/storyizer/words/manifests/1"), ""),
        (request("PUT", "/bucket/key"), "state"),
        (request("HEAD", "/bucket/key"), ""),
        (request("POST", "/api/stories", host="storyizer-local.alb.localhost:20000"), ""),
        # The query protocol names its action in the body, which is not read here.
        (request("POST", "/"), "state"),
    ],
)
def test_only_a_request_that_may_change_something_asks_for_a_snapshot(scope, expected):
    assert changes(scope) == expected
