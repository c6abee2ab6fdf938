"""`down` of an environment on AWS, as far as it goes without Terraform, against the emulator's S3 and DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.aws import session, stored
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.deploy import destroy
from orchestrator.errors import Failure
from orchestrator.project import environment
from orchestrator.target import Target

NO_CHANGES = {"add": 0, "change": 0, "replace": 0, "destroy": 0}


@pytest.fixture
def staging(emulated_aws: str) -> Target:
    """Staging, in an account of the emulator: it takes an access key of twelve digits for the account's number."""
    return at(emulated_aws, "staging")


def at(endpoint: str, name: str) -> Target:
    there = environment.load(name)
    keys = {"AWS_ACCESS_KEY_ID": there.account_id, "AWS_SECRET_ACCESS_KEY": "test"}
    target = Target(there, Aws(there, endpoint, keys))
    session.check_account(target.aws)
    return target


@pytest.fixture
def table(staging: Target) -> Iterator[str]:
    """Staging's table with three stories in it."""
    client, name = staging.aws.client("dynamodb"), "storyizer-staging-stories"
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    for number in range(3):
        client.put_item(TableName=name, Item={"id": {"S": str(number)}})
    yield name
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.delete_table(TableName=name)


@pytest.fixture
def state(staging: Target) -> Iterator[str]:
    """Staging's state object, as Terraform leaves it."""
    s3, bucket, key = staging.aws.client("s3"), staging.environment.state_bucket, "staging/terraform.tfstate"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    yield key
    s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)


def test_before_the_first_up_there_is_nothing_to_destroy_and_no_question(
    staging: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    result = destroy.remove_from_aws(staging, Console(live=False), assume_yes=False)
    assert result == {"lost": [], "held": [], "changes": NO_CHANGES}
    told = capsys.readouterr().err
    assert "nothing to destroy in staging" in told
    assert "gone" not in told


def test_another_environment_in_the_account_does_not_make_this_one_exist(
    staging: Target, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    s3, bucket = staging.aws.client("s3"), staging.environment.state_bucket
    s3.delete_object(Bucket=bucket, Key=state)
    s3.put_object(Bucket=bucket, Key="other/terraform.tfstate", Body=b"{}")
    try:
        assert destroy.remove_from_aws(staging, Console(live=False), assume_yes=True)["changes"] == NO_CHANGES
    finally:
        s3.delete_object(Bucket=bucket, Key="other/terraform.tfstate")
    assert "nothing to destroy in staging" in capsys.readouterr().err


def test_what_is_protected_is_refused_before_anything_is_said_or_asked(
    staging: Target, table: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    staging.aws.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=True)
    with pytest.raises(Failure) as caught:
        destroy.remove_from_aws(staging, Console(live=False), assume_yes=True)
    assert caught.value.message == "staging is protected against deletion"
    assert "deletion_protection = false in terraform/environments/staging.tfvars" in caught.value.next_step
    assert capsys.readouterr().err == ""


def test_without_an_answer_nothing_is_destroyed_and_what_would_be_lost_was_told(
    staging: Target, table: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = staging.aws.client("dynamodb")
    with pytest.raises(Failure) as caught:
        destroy.remove_from_aws(staging, Console(live=False), assume_yes=False)
    assert caught.value.message == "nothing was destroyed in staging"
    told = capsys.readouterr().err
    assert (
        "This destroys staging in account 111111111111: the items in storyizer-staging-stories (3), no release" in told
    )
    assert client.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE"
    assert destroy._has_state(staging)


def test_on_one_machine_the_stories_are_counted(emulated_aws: str, staging: Target, table: str) -> None:
    local = at(emulated_aws, "local")
    name = "storyizer-local-stories"
    description = staging.aws.client("dynamodb").describe_table(TableName=table)["Table"]
    local.aws.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=description["KeySchema"],
        AttributeDefinitions=[*description["AttributeDefinitions"], {"AttributeName": "shard", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "latest", "KeySchema": [{"AttributeName": "shard", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}},
        ],
        Tags=[{"Key": "Holds", "Value": "stories"}, {"Key": "CountedBy", "Value": "latest"}],
    )  # fmt: skip
    local.aws.client("dynamodb").put_item(TableName=name, Item={"id": {"S": "one"}, "shard": {"S": "0"}})
    local.aws.client("dynamodb").put_item(TableName=name, Item={"id": {"S": "unlisted"}})
    (held,) = stored.of(local.aws)
    assert held.words == "the stories in storyizer-local-stories (1)"
    assert destroy.losses(local, [held])[0] == held.words


def test_a_broken_release_does_not_hinder_down(staging: Target, state: str) -> None:
    """What it says is lost with the rest; that it cannot be read is told."""
    s3, place = staging.aws.client("s3"), {"Bucket": staging.environment.state_bucket}
    key = "staging/releases/000001.json"
    s3.put_object(**place, Key=key, Body=b"{")
    try:
        assert f"the releases (s3://{place['Bucket']}/{key} is broken)" in destroy.losses(staging, [])
    finally:
        s3.delete_object(**place, Key=key)


def test_what_is_kept_of_an_environment_goes_with_it_and_its_record_stays(staging: Target, state: str) -> None:
    s3, place = staging.aws.client("s3"), {"Bucket": staging.environment.state_bucket}
    kept = ("releases/000001.json", "pictures/000001.json", "failures/words.json", "counts.json")
    gone = tuple(f"staging/{name}" for name in kept)
    stays = ("staging/audit/one.json", "production/counts.json")
    for key in (*gone, *stays):
        s3.put_object(**place, Key=key, Body=b"{}")
    destroy.forget(staging)
    left = {item["Key"] for item in s3.list_objects_v2(**place)["Contents"]}
    for key in stays:
        s3.delete_object(**place, Key=key)
    assert (left & set(gone), left & set(stays)) == (set(), set(stays))
