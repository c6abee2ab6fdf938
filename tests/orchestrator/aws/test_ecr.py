"""What the registry holds, asked by digest."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.images.image import PLACEHOLDER


def test_an_image_is_there_or_not_by_its_digest(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    assert not ecr.holds(aws, "words", PLACEHOLDER), "no repository"
    client = aws.client("ecr")
    client.create_repository(repositoryName=ecr.repository("words"))
    assert not ecr.holds(aws, "words", PLACEHOLDER), "no image"
    manifest = json.dumps({"schemaVersion": 2, "layers": []})
    digest = client.put_image(
        repositoryName=ecr.repository("words"), imageManifest=manifest, imageTag="tag"
    )["image"]["imageId"]["imageDigest"]  # fmt: skip
    assert ecr.find(aws, "words", "tag") == digest
    assert ecr.holds(aws, "words", digest)
    assert not ecr.holds(aws, "words", PLACEHOLDER)


@pytest.mark.parametrize(
    ("output", "reason", "remedy"),
    [
        ("denied: User: arn:aws:iam::1:user/me is not authorized", "may not push here", "allow ecr:PutImage"),
        ("no basic auth credentials", "did not accept the login", "renew the credentials"),
        ("received unexpected HTTP status: 500 Internal Server Error", "The registry has a fault", ""),
        ("Put https://x/v2/: dial tcp: lookup 1.dkr.ecr.us-east-1.amazonaws.com on 10.0.0.1:53: no such host",
         "the name 1.dkr.ecr.us-east-1.amazonaws.com is not found", "DNS"),
        ('Get "https://x/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
         "not trusted", "/etc/docker/certs.d"),
        ("EOF", "a connection ended without an answer", "proxy or firewall"),
        ("something else", "The last lines of the push say:", ""),
    ],
)  # fmt: skip
def test_a_push_that_was_given_up_is_told_with_what_helps(output: str, reason: str, remedy: str) -> None:
    failure = ecr.push_failure("words", output, output.splitlines())
    assert failure.message == "the push of words was not finished" and reason in failure.reason
    assert remedy in failure.next_step and failure.next_step.endswith("run the same command again")
