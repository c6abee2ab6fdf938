"""What a command meets before it has begun anything: each is told in one message, with what helps against it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import certifi
import pytest

from tests.system.aws_names.faults.seen import NAMED_SECONDS, Rule, Told, expired, keys, passing, tell
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.world import ACCOUNT, World

pytestmark = pytest.mark.system

UNREACHED, BUSY, CREDENTIALS = (
    "AWS cannot be reached for staging", "AWS does not serve calls at the moment for staging",
    "no usable AWS credentials for staging",
)  # fmt: skip
STS = {"service": "sts"}
BY_PROTOCOL = [("Throttling", 400), ("ThrottlingException", 400), ("RequestLimitExceeded", 503), ("SlowDown", 503)]
# By the person to whom it happens: what happens, the parts of the message, and parts that it must not have.
FAULTS: dict[str, tuple[Rule, tuple[str, ...], tuple[str, ...]]] = {
    "late": (expired(**STS), (CREDENTIALS, "ExpiredToken: ", "renew the credentials (aws sso login)"), ()),
    "unlucky": ({**STS, "effect": "cut"}, (UNREACHED, "closed the connection without an answer"), ("credentials",)),
    "outage": (
        {**STS, "code": "ServiceUnavailable", "status": 503}, (BUSY, "ServiceUnavailable: ", "health.aws.amazon.com"),
        ("credentials",),
    ),
    **{
        f"busy{number}": (
            {**STS, "code": code, "message": "Rate exceeded", "status": status},
            (BUSY, f"{code}: Rate exceeded (sts:GetCallerIdentity)", "wait a minute"), ("credentials", "sso login"),
        )
        for number, (code, status) in enumerate(BY_PROTOCOL)
    },
}  # fmt: skip
NOBODY = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
# Of a person's own machine: the environment variables, and the parts of the message.
OWN: dict[str, tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "untrusting": (
        {"AWS_CA_BUNDLE": certifi.where(), "SSL_CERT_FILE": ""},
        (UNREACHED, "the certificate of sts.us-east-1.amazonaws.com is not trusted", "set AWS_CA_BUNDLE"),
        ("sso login",),
    ),
    "trust": (
        {"AWS_CA_BUNDLE": "/etc/ssl/certs/none-of-them", "SSL_CERT_FILE": ""},
        (UNREACHED, "the file of trusted certificates cannot be read", "correct AWS_CA_BUNDLE"), ("sso login",),
    ),
    "proxy": (
        {"HTTPS_PROXY": "http://127.0.0.1:3128"},
        (UNREACHED, "the proxy http://127.0.0.1:3128 does not connect", "HTTPS_PROXY", "NO_PROXY"), ("sso login",),
    ),
    "proxyname": (
        {"HTTPS_PROXY": "http://proxy.example.org:3128"},
        (UNREACHED, "the proxy http://proxy.example.org:3128 does not connect", "HTTPS_PROXY"), ("sso login",),
    ),
    "stranger": (
        {},
        (f"the credentials are for account 222222222222, staging is in {ACCOUNT}", "user/stranger", "AWS_PROFILE"), (),
    ),
    "nobody": (NOBODY, (CREDENTIALS, "Unable to locate credentials", "AWS_PROFILE"), ()),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(world: World, colleague: Rehearsal, rising: Future[dict[str, Any]]) -> dict[str, Told]:
    """How each person's command ends. Rules are by person, so that all meet their own at once."""
    own = [{**rule, "principal": f"*:user/{name}"} for name, (rule, _, _) in FAULTS.items()]
    # Those of the engineer, who brings the environment up meanwhile, are met once more.
    world.fault(*passing("*:user/engineer"), *own)
    with ThreadPoolExecutor(4) as threads:
        asked = {name: threads.submit(tell, colleague, "status", "staging", **keys(name)) for name in FAULTS}
        for name, (variables, _, _) in OWN.items():
            asked[name] = threads.submit(tell, colleague, "status", "staging", **{**keys(name), **variables})
        return {name: future.result() for name, future in asked.items()}


@pytest.mark.parametrize("name", [*FAULTS, *OWN])
def test_a_fault_at_the_start_is_told_with_what_helps(told: dict[str, Told], name: str) -> None:
    _, parts, without = (FAULTS | OWN)[name]
    told[name].is_one_message(*parts, code=5, without=without)
    assert told[name].seconds < NAMED_SECONDS


@pytest.mark.parametrize(("region", "place"), [("cn-north-1", "China"), ("us-iso-east-1", "an isolated partition")])
def test_another_partition_is_refused_before_anything_leaves(
    world: World, colleague: Rehearsal, region: str, place: str
) -> None:
    files = colleague.folder / "terraform" / "environments"
    text = (files / "staging.tfvars").read_text().replace("us-east-1", region).replace('"staging"', '"elsewhere"')
    (files / "elsewhere.tfvars").write_text(text)
    for command in (["up", "elsewhere", "--yes"], ["plan", "elsewhere"], ["status", "elsewhere"]):
        done = tell(colleague, *command, **keys("traveller"))
        done.is_one_message(f"has region '{region}', which is in {place}", "commercial partition", code=1)
    (files / "elsewhere.tfvars").unlink()
    assert not [call for call in world.calls() if call["principal"].endswith("user/traveller")]
    assert not [asked for asked in world.names_asked() if region in asked["name"]]
