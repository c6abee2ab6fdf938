"""The causes in what Terraform's provider, its backend and an engine's push say of AWS: texts as they were seen."""

from __future__ import annotations

import pytest

from orchestrator.aws import service_role, told
from orchestrator.aws.causes import Kind

SENT = "operation error ECS: DescribeClusters, https response error StatusCode: {}, RequestID: , "
UNSENT = SENT.format(0) + 'request send failed, Post "https://ecs.us-east-1.amazonaws.com/": '
SEEN = [
    (Kind.NAME, UNSENT + "dial tcp: lookup ecs.us-east-1.amazonaws.com on 198.18.0.1:53: no such host (main.tf:1)"),
    (Kind.NAME, UNSENT + "dial tcp: lookup ecs.us-east-1.amazonaws.com: no such host"),
    (Kind.UNTRUSTED, UNSENT + "tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    (Kind.PROXY, UNSENT + "proxyconnect tcp: dial tcp 127.0.0.1:3128: connect: connection refused"),
    (Kind.CLOSED, UNSENT + "dial tcp 198.18.0.1:443: connect: connection refused"),
    (Kind.NO_ROUTE, UNSENT + "dial tcp 198.18.0.1:443: connect: network is unreachable"),
    (Kind.SILENT, UNSENT + "net/http: TLS handshake timeout"),
    (Kind.BROKEN, UNSENT + "EOF"),
    (Kind.EXPIRED, SENT.format(400) + "api error ExpiredTokenException: The security token is expired"),
    (Kind.THROTTLED, SENT.format(400) + "api error ThrottlingException: Rate exceeded"),
    (Kind.THROTTLED, "exceeded maximum number of attempts, 9, " + SENT.format(503) + "api error SlowDown: Reduce it"),
    (Kind.DENIED, SENT.format(400) + "api error AccessDeniedException: User: arn:aws:iam::1:user/me is not authorized"),
    (Kind.NO_CREDENTIALS, "Error: No valid credential sources found"),
]


@pytest.mark.parametrize(("kind", "text"), SEEN)
def test_a_cause_is_recognised_by_its_words(kind: Kind, text: str) -> None:
    cause = told.cause(text)
    assert cause is not None and cause.kind is kind
    assert ("credentials" in cause.remedy) == (
        kind in (Kind.EXPIRED, Kind.NO_CREDENTIALS)
    ) or kind is Kind.NO_CREDENTIALS


def test_the_host_that_is_not_found_is_named() -> None:
    cause = told.cause(SEEN[0][1])
    assert cause is not None and cause.why == "the name ecs.us-east-1.amazonaws.com is not found"


def test_an_account_without_the_role_of_ecs_is_told_the_command_that_makes_it() -> None:
    cause = told.cause(
        "creating ECS Cluster (storyizer-staging): operation error ECS: CreateCluster, https response error "
        "StatusCode: 400, RequestID: 1, InvalidParameterException: Unable to assume the service linked role. Please "
        "verify that the ECS service linked role exists."
    )
    assert cause is not None and cause.remedy == service_role.COMMAND


@pytest.mark.parametrize(
    "text",
    [
        "Invalid value for variable: It must be one of a, b.",
        SENT.format(400) + "api error ClientException: The revision is inactive: it was not found",
        "no matching EC2 instance found: LimitExceededException: 403 of them",
    ],
)
def test_what_needs_nothing_but_what_it_says_has_no_cause(text: str) -> None:
    assert told.cause(text) is None
