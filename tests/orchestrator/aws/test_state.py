"""The state bucket: made, found again, finished where it was left half made, and never anybody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.images import delivery
from orchestrator.project.environment import Environment
from orchestrator.releases import releases


def assert_safe(aws: Aws) -> None:
    """Private, encrypted, TLS only, versioned."""
    s3, bucket = aws.client("s3"), aws.environment.state_bucket
    private = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(private) == 4 and all(private.values())
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_bucket_is_made_once_and_found_again(emulated: Callable[..., Aws], region: str) -> None:
    aws = emulated(region=region)
    assert state.ensure_bucket(aws) is True
    assert_safe(aws)
    assert state.ensure_bucket(aws) is False


def test_what_is_kept_in_it_has_versions_and_is_encrypted(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    for value in (1, 2):
        state.write(aws, "a.json", value)
    s3, bucket = aws.client("s3"), aws.environment.state_bucket
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 2
    assert state.read(aws, "a.json") == 2
    assert s3.get_object(Bucket=bucket, Key="a.json")["ServerSideEncryption"] == "aws:kms"


def test_a_bucket_that_was_left_half_made_is_finished(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    aws.client("s3").create_bucket(Bucket=aws.environment.state_bucket)
    assert state.ensure_bucket(aws) is False
    assert_safe(aws)


def test_versioning_comes_last_because_it_marks_a_finished_bucket(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    s3, bucket = aws.client("s3"), aws.environment.state_bucket
    s3.meta.events.register("before-call.s3.PutBucketPolicy", break_off)
    with pytest.raises(ConnectionAbortedError):
        state.ensure_bucket(aws)
    assert s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled"
    s3.meta.events.unregister("before-call.s3.PutBucketPolicy", break_off)
    state.ensure_bucket(aws)
    assert_safe(aws)


def break_off(**_: object) -> None:
    """As if the machine went down at this call."""
    raise ConnectionAbortedError


def test_a_bucket_that_another_run_has_just_made_counts_as_made(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    s3 = aws.client("s3")
    refusal = {"service_error_code": "BucketAlreadyOwnedByYou", "http_status_code": 409}
    with Stubber(s3) as answers:
        answers.add_client_error("head_bucket", "404", http_status_code=404)
        answers.add_response("list_buckets", {"Buckets": []})
        answers.add_client_error("create_bucket", **refusal)
        answers.add_response("get_bucket_versioning", {"Status": "Enabled"})
        assert state.ensure_bucket(aws) is True


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("403", 403, "is not accessible"),
        ("301", 301, "is not in us-east-1"),
        ("500", 500, "cannot be made ready"),
        ("400", 400, "cannot be made ready"),
    ],
)
def test_only_a_bucket_that_is_missing_is_made(emulated: Callable[..., Aws], code: str, status: int, told: str) -> None:
    aws = emulated()
    with Stubber(aws.client("s3")) as answers:
        answers.add_client_error("head_bucket", code, http_status_code=status)
        with pytest.raises(Failure, match=told) as caught:
            state.ensure_bucket(aws)
        answers.assert_no_pending_responses()
    assert caught.value.reason and caught.value.next_step


def test_a_bucket_of_another_region_is_told(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    found = {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}}
    with Stubber(aws.client("s3")) as answers:
        answers.add_response("head_bucket", found)
        with pytest.raises(Failure, match="is not in us-east-1") as caught:
            state.ensure_bucket(aws)
    assert "eu-west-1" in caught.value.reason


def test_settings_that_are_refused_are_told_with_the_reason(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    with Stubber(aws.client("s3")) as answers:
        answers.add_response("head_bucket", {"ResponseMetadata": {"HTTPHeaders": {}}})
        answers.add_client_error("get_bucket_versioning", "AccessDenied", "not you", 403)
        with pytest.raises(Failure) as caught:
            state.ensure_bucket(aws)
    assert caught.value.reason == "AccessDenied: not you (s3:GetBucketVersioning)"


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")]
)
def test_arns_are_of_the_region_s_partition(tmp_path: Path, region: str, partition: str) -> None:
    environment = Environment("blue", "123456789012", region, "X86_64", tmp_path / "blue.tfvars")
    assert Aws(environment, None, {}).partition == partition


def test_an_object_is_created_once(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    assert state.create(aws, "a.json", "first") is True
    assert state.create(aws, "a.json", "second") is False
    assert state.read(aws, "a.json") == "first"


def test_creating_an_object_is_refused_without_a_bucket(emulated: Callable[..., Aws]) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        state.create(emulated(), "a.json", 1)


def test_a_state_is_known_by_lineage_and_serial(emulated: Callable[..., Aws]) -> None:
    aws = emulated("blue")
    assert state.identity(aws, "blue") == ("", 0), "no bucket"
    state.ensure_bucket(aws)
    assert state.identity(aws, "blue") == ("", 0), "no state"
    state.write(aws, "blue/terraform.tfstate", {"version": 4, "lineage": "abc", "serial": 7, "resources": []})
    assert state.identity(aws, "blue") == ("abc", 7)


WHOLE = {
    "number": 1, "created_at": "2026-11-22T10:00:00Z", "created_by": "kim", "commit": "", "images": {}, "tags": {},
    "manifests": {},
}  # fmt: skip


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_release_that_is_cut_off_is_told_with_its_key_and_what_to_do(
    emulated: Callable[..., Aws], share: float
) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    whole = json.dumps(WHOLE)
    put(aws, "blue/releases/000001.json", whole)
    found = releases.latest(aws)
    assert found is not None and found.name == "r1"
    put(aws, "blue/releases/000001.json", whole[: int(len(whole) * share)])
    with pytest.raises(state.Broken) as caught:
        releases.latest(aws)
    assert caught.value.message == f"s3://{aws.environment.state_bucket}/blue/releases/000001.json is broken"
    assert "the release before it is the last" in caught.value.next_step
    assert "list-object-versions" in caught.value.next_step


def test_a_release_of_a_later_version_of_this_program_is_read(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    put(aws, "blue/releases/000001.json", json.dumps(WHOLE | {"more": 1}))
    found = releases.latest(aws)
    assert found is not None
    assert found.number == 1


@pytest.mark.parametrize("other", ["[]", "5", '"x"', "{}"])
def test_a_release_of_another_shape_is_told_too(emulated: Callable[..., Aws], other: str) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    put(aws, "blue/releases/000001.json", other)
    with pytest.raises(state.Broken, match=r"000001\.json is broken"):
        releases.latest(aws)


@pytest.mark.parametrize("content", ["", "{", '{"serial": 3}', "[]", '{"serial": "x", "lineage": "y"}'])
def test_a_broken_terraform_state_is_told_as_that(emulated: Callable[..., Aws], content: str) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    put(aws, "blue/terraform.tfstate", content)
    with pytest.raises(state.Broken) as caught:
        state.identity(aws, "blue")
    assert caught.value.next_step.startswith("it is Terraform's state: take back its last version")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\ufffe"])
def test_what_is_made_again_where_it_is_missing_is_made_again_where_it_is_broken(
    emulated: Callable[..., Aws], content: str
) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    put(aws, "built/words/tag.json", content)
    assert state.read_made_again(aws, "built/words/tag.json") == {}
    staging = Aws(replace(aws.environment, name="staging"), aws.endpoint, aws._variables)
    assert delivery.find(staging, "words", "tag", proposed=False) is None


def put(aws: Aws, key: str, content: str) -> None:
    aws.client("s3").put_object(Bucket=aws.environment.state_bucket, Key=key, Body=content.encode())
