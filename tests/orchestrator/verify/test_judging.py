"""Roles, certificates, names, images, targets and quotas, judged of data."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Secret
from orchestrator.project.schema.sizing import Capacity, Scaling
from orchestrator.secrets import judging
from orchestrator.secrets.finding import Found, Key, Missing, NotLookedAt
from orchestrator.secrets.uses import uses
from orchestrator.verify import check, names
from orchestrator.verify.names import Resolved
from orchestrator.verify.network import checks as network
from orchestrator.verify.quotas import checks as quotas
from orchestrator.verify.quotas.checks import Limit, Use
from orchestrator.verify.quotas.fargate import Room
from orchestrator.verify.running import health, images, rights, roles, secrets

ACCOUNT = "111111111111"
CONTEXT = rights.for_tasks(ACCOUNT, "eu-west-1", "aws", "storyizer-blue")
NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
ARN = f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/1"


def trusting(
    principal: Any = None, effect: str = "Allow", action: str = "sts:AssumeRole", **more: Any
) -> dict[str, Any]:
    principal = principal or {"Service": "ecs-tasks.amazonaws.com"}
    return {"Effect": effect, "Action": action, "Principal": principal, **more}


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


OTHER = trusting({"Service": "ec2.amazonaws.com"})
SOURCE = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*"


@pytest.mark.parametrize(
    ("statements", "trusted"),
    [
        ([trusting()], True),
        ([trusting({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]})], True),
        ([OTHER, trusting()], True),
        ([trusting(action="sts:*")], True),
        ([trusting(**when("StringEquals", "aws:SourceAccount", ACCOUNT))], True),
        ([trusting(**when("StringEquals", "AWS:SourceAccount", [ACCOUNT, "2"]))], True),
        ([trusting(**when("ArnLike", "aws:SourceArn", SOURCE))], True),
        ([trusting(**when("ArnLikeIfExists", "aws:SourceArn", SOURCE))], True),
        ([trusting(**when("StringNotEquals", "aws:SourceAccount", "2"))], True),
        ([trusting(**when("Null", "aws:SourceArn", "false"))], True),
        ([], False),
        ([OTHER], False),
        ([trusting({"Service": "ecs.amazonaws.com"})], False),
        ([trusting({"AWS": ACCOUNT})], False),
        ([trusting(action="sts:TagSession")], False),
        ([trusting(), trusting(effect="Deny")], False),
        ([trusting(**when("StringEquals", "aws:SourceAccount", "2"))], False),
        ([trusting(**when("StringNotEquals", "aws:SourceAccount", ACCOUNT))], False),
        ([trusting(**when("ArnLike", "aws:SourceArn", SOURCE.replace("eu", "us")))], False),
        ([trusting(**when("Null", "aws:SourceArn", "true"))], False),
    ],
)
def test_whether_ecs_may_take_a_role(statements: list[dict[str, Any]], trusted: bool) -> None:
    assert rights.trusts({"Version": "2012-10-17", "Statement": statements}, CONTEXT) is trusted


@pytest.mark.parametrize(
    "condition",
    [when("StringEquals", "aws:PrincipalOrgID", "o-1"), when("DateLessThan", "aws:CurrentTime", "2030-01-01")],
)
def test_a_condition_that_cannot_be_judged_is_named(condition: dict[str, Any]) -> None:
    answer = rights.trusts({"Statement": [trusting(**condition)]}, CONTEXT)
    assert isinstance(answer, str) and "is not judged here" in answer
    assert rights.trusts({"Statement": [trusting(**condition), trusting()]}, CONTEXT) is True
    assert rights.trusts({"Statement": [trusting(effect="Deny", **condition), OTHER]}, CONTEXT) is not True


def test_a_trust_policy_that_cannot_be_read_is_not_judged() -> None:
    assert rights.trusts("no policy", CONTEXT) == "its policy cannot be read"


PLACE = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/key"


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ([[("Allow", "ssm:GetParameters", PLACE)]], True),
        ([[("Allow", "ssm:Get*", "*")]], True),
        ([[("Allow", "SSM:getparameters", PLACE)]], True),
        ([[], [("Allow", "ssm:GetParameters", PLACE)]], True),
        ([], False),
        ([[("Allow", "ssm:GetParameter", PLACE)]], False),
        ([[("Allow", "ssm:GetParameters", f"{PLACE}2")]], False),
        ([[("Allow", "ssm:GetParameters", PLACE)], [("Deny", "ssm:*", "*")]], False),
    ],
)
def test_whether_policies_allow_a_call(policies: list[list[tuple[str, str, str]]], allowed: bool) -> None:
    documents = [
        {"Statement": [{"Effect": effect, "Action": action, "Resource": place} for effect, action, place in statements]}
        for statements in policies
    ]
    assert rights.allows(documents, "ssm:GetParameters", PLACE, CONTEXT) is allowed


@pytest.mark.parametrize(
    ("named", "domain", "fits"),
    [
        (["shop.example.com"], "shop.example.com", True),
        (["SHOP.example.com."], "shop.EXAMPLE.com", True),
        (["*.example.com"], "shop.example.com", True),
        (["other.example.com", "*.example.com"], "shop.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "a.shop.example.com", False),
        (["*.com"], "example.com", False),
        (["*"], "com", False),
        (["shop.example.com"], "myshop.example.com", False),
        ([], "shop.example.com", False),
    ],
)
def test_which_names_a_certificate_is_for(named: list[str], domain: str, fits: bool) -> None:
    assert names.covers(named, domain) is fits


@pytest.mark.parametrize(
    ("status", "days", "expected", "words"),
    [
        ("ISSUED", 90, "OK", "issued, until 2030-04-01"),
        ("ISSUED", None, "OK", "issued"),
        ("ISSUED", 5, "NG", "expires on 2030-01-06, in 5 days"),
        ("ISSUED", -1, "NG", "has expired on 2029-12-31"),
        ("EXPIRED", -1, "NG", "has expired on"),
        ("PENDING_VALIDATION", None, "NG", "waits for its validation"),
        ("FAILED", None, "NG", "could not be issued (CAA_ERROR)"),
        ("REVOKED", 90, "NG", "is revoked"),
    ],
)
def test_whether_a_certificate_can_be_used(status: str, days: int | None, expected: str, words: str) -> None:
    told = {"CertificateArn": ARN, "Status": status, "DomainName": "shop.example.com"}
    if days is not None:
        told["NotAfter"] = NOW + datetime.timedelta(days=days)  # type: ignore[assignment]
    if status == "FAILED":
        told["FailureReason"] = "CAA_ERROR"
    usable, fitting = names.judge_certificate(told, "shop.example.com", NOW)
    assert (usable.status, fitting.status) == (expected, "OK")
    assert words in usable.why


BALANCER = "storyizer-blue-1.eu-west-1.elb.amazonaws.com"
OF_BALANCER = Resolved(frozenset({"203.0.113.1", "203.0.113.2"}), frozenset({BALANCER}))


@pytest.mark.parametrize(
    ("domain", "status", "words"),
    [
        (Resolved(frozenset({"203.0.113.2"})), "OK", "it leads to"),  # an alias has no name of its own
        (Resolved(frozenset({"203.0.113.9"}), frozenset({BALANCER})), "OK", "it leads to"),  # of many addresses some
        (Resolved(frozenset({"198.51.100.1"}), frozenset({"cdn.example.net"})), "NG", "leads to cdn.example.net"),
        (Resolved(frozenset({"198.51.100.1"})), "NG", "leads to 198.51.100.1"),
        (Resolved(), "NG", "is not found"),
    ],
)
def test_where_a_name_leads(domain: Resolved, status: str, words: str) -> None:
    found = names.judge_name("shop.example.com", BALANCER, domain, OF_BALANCER, is_made=False)
    assert (found.status, found.blocks and found.status == "NG") == (status, False)
    assert words in found.why


def test_a_balancer_that_this_machine_cannot_find_is_not_compared() -> None:
    found = names.judge_name("shop.example.com", BALANCER, Resolved(frozenset({"1.2.3.4"})), Resolved(), is_made=True)
    assert found.status == "SKIP"


def test_this_machine_s_resolver_knows_its_own_name() -> None:
    assert names.resolve("localhost").addresses & {"127.0.0.1", "::1"}
    assert names.resolve("nobody.invalid") == Resolved()


@pytest.mark.parametrize(
    ("found", "wanted", "status"),
    [
        (["linux/amd64"], "X86_64", "OK"),
        (["linux/arm64", "linux/amd64"], "ARM64", "OK"),
        (["linux/arm64"], "X86_64", "NG"),
        (["windows/amd64"], "X86_64", "NG"),
        ([], "X86_64", "SKIP"),
    ],
)
def test_whether_an_image_fits_the_processors(found: list[str], wanted: str, status: str) -> None:
    assert images.judge("words", found, wanted, blocks=True, next_step="x").status == status


def target(state: str, **more: str) -> dict[str, Any]:
    return {"Target": {"Id": "10.0.0.7"}, "TargetHealth": {"State": state, **more}}


@pytest.mark.parametrize(
    ("states", "desired", "status", "words"),
    [
        ([target("healthy"), target("healthy")], 2, "OK", "2 healthy"),
        ([target("healthy"), target("draining")], 2, "OK", "1 healthy, 1 coming or going"),
        ([], 0, "SKIP", "no tasks"),
        ([], 2, "NG", "no target is registered, and 2 tasks are wanted"),
        (
            [target("healthy"), target("unhealthy", Reason="Target.ResponseCodeMismatch", Description="codes: [404]")],
            2, "NG", "1 of 2 targets are not healthy: 10.0.0.7 is unhealthy: codes: [404] (Target.Response",
        ),
        ([target("unused", Reason="Target.NotInUse")], 1, "NG", "10.0.0.7 is unused: Target.NotInUse"),
    ],
)  # fmt: skip
def test_how_targets_are(states: list[dict[str, Any]], desired: int, status: str, words: str) -> None:
    found = health.judge_targets("words:8000", states, desired, "up blue")
    assert (found.status, found.blocks and status == "NG") == (status, False)
    assert words in found.why


@pytest.mark.parametrize(
    ("use", "limit", "status", "blocks"),
    [
        (Use("VPCs", 4, 1), Limit(5), "OK", False),
        (Use("VPCs", 5, 1), Limit(5, raise_it="--quota-code x"), "NG", True),
        (Use("VPCs", 6, 0), Limit(5), "NG", False),  # what is there stays
        (Use("VPCs", 5, 1), Limit(5, is_default=True), "SKIP", False),
        (Use("VPCs", 1, 1), Limit(5, is_default=True), "OK", False),
    ],
)
def test_whether_something_fits_into_its_quota(use: Use, limit: Limit, status: str, blocks: bool) -> None:
    found = quotas.judge(use, limit, "eu-west-1")
    assert (found.status, found.status == "NG" and found.blocks) == (status, blocks)


@pytest.mark.parametrize(
    ("needed", "own", "used", "quota", "status", "blocks"),
    [
        (2, 0, 0, 6, "OK", False),
        (2, 2, 4, 6, "OK", False),  # two of others, four while versions are replaced
        (2, 2, 5, 6, "NG", False),
        (4, 0, None, 6, "NG", False),
        (7, 0, 0, 6, "NG", True),
        (2, 0, 5, 6, "NG", True),
    ],
)
def test_whether_tasks_fit(
    needed: float, own: float, used: float | None, quota: float, status: str, blocks: bool
) -> None:
    found = quotas.judge_vcpus(needed, own, Room(quota, used, "L-1"), "eu-west-1")
    assert (found.status, found.status == "NG" and found.blocks) == (status, blocks)


def service(tmp_path: Path, text: str = "paths: [/, /api]\n", name: str = "words") -> Service:
    (tmp_path / name).mkdir()
    (tmp_path / name / "service.yaml").write_text(text)
    return manifest.load(tmp_path)[0]


def test_what_an_environment_has_that_is_counted(tmp_path: Path) -> None:
    words = service(tmp_path, "paths: [/, /api]\ncpu: 512\nmemory: 1024\nports: {9000: {paths: [/admin]}}\n")
    zones = {"availability_zones": ["a", "b"]}
    found = quotas.wanted(zones, [words])
    assert (found.nat_zones, found.rules, found.target_groups, found.vcpus) == (("a", "b"), 2, 2, 1.0)
    assert quotas.wanted({**zones, "egress": "nat_single"}, [words]).nat_zones == ("a",)
    assert quotas.wanted({**zones, "egress": "endpoints"}, [words]).nat_zones == ()
    assert quotas.wanted({**zones, "counts": {"words": 4}}, [words]).vcpus == 2.0
    assert quotas.wanted({**zones, "capacity_provider": "FARGATE_SPOT"}, [words]).vcpus == 0
    assert quotas.wanted(zones, [replace(words, scaling=Scaling(min=3, max=6, cpu=60))]).vcpus == 1.5
    assert quotas.wanted(zones, [replace(words, capacity=Capacity(kind="ec2"))]).vcpus == 0


def test_what_tasks_need_of_aws(tmp_path: Path) -> None:
    always = ["ecr.api", "ecr.dkr", "s3", "logs", "sts"]
    words = service(tmp_path)
    assert network.needed(words, [words]) == always
    text = (
        "paths: [/more]\nsecrets: {A: /a, B: {secret: b}}\ntable: read-only\n"
        "storage: {uploads: {bucket: {}, access: read-only}}\n"
    )
    (tmp_path / "other").mkdir()
    more = service(tmp_path / "other", text)
    assert network.needed(more, [more], exec_is_on=True) == [
        *always, "dynamodb", "secretsmanager", "ssm", "ssmmessages"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Found(), "OK", "is there"),
        (Missing(), "NG", "there is no SSM parameter"),
        (Found(Key("k", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", state="Disabled")), "NG", "which is disabled"),
        (NotLookedAt("AccessDenied"), "SKIP", "AccessDenied"),
    ],
)
def test_what_is_known_of_a_secret(tmp_path: Path, answer: Any, status: str, words: str) -> None:
    named = replace(service(tmp_path), secrets={"KEY": Secret(parameter="/key")})
    environment = Environment("blue", ACCOUNT, "eu-west-1", "X86_64", tmp_path / "blue.tfvars")
    (use,) = uses([named], environment)
    found = secrets.judge(use, judging.judge([use], {use.place: answer}, ACCOUNT))
    assert found.status == status
    assert words in found.why


def test_the_tree_has_a_line_for_each_check_below_its_group() -> None:
    found = [
        check.ok("a", "one", "well"),
        check.wrong("b", "two", "bad\x1b[31m", "do\nthis"),
        check.skipped("a", "x", "-"),
    ]
    assert list(check.tree(found)) == [
        "a", "  OK    one  well", "  SKIP  x    -", "b", "  NG    two  bad",
        "             -> do",
        "             -> this",
    ]  # fmt: skip
    assert check.counted(found) == "1 OK, 1 NG, 1 SKIP"
    assert [check.describe(item)["blocks"] for item in found] == [False, True, False]


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("prod/db", "prod/db-AbCdEf"), ("prod/db:password::", "prod/db-AbCdEf"), ("prod/db-a1B2c3", "prod/db-a1B2c3"),
        ("prod/db-a1B2c3:password:AWSCURRENT:", "prod/db-a1B2c3"),
    ],
)  # fmt: skip
def test_a_reference_to_a_secret_by_its_name_is_judged_by_an_arn_with_the_characters_behind_it(
    place: str, asked: str
) -> None:
    start = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
    assert roles.secret_asked_for(f"{start}{place}") == f"{start}{asked}"
