"""What an environment holds is counted and named before it is lost, in an emulated AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.aws import stored
from orchestrator.aws.session import Aws
from orchestrator.aws.stored import Stored
from orchestrator.project import environment

BUCKET, QUEUE = "storyizer-staging-outbox-111111111111", "storyizer-staging-mailer"
NOT_YOURS = "AccessDenied: not yours"
DEAD, RUNS = f"{QUEUE}-dead-letters", "storyizer-staging-nightly-not-started"


@pytest.fixture
def staging(storage_aws: str) -> Iterator[Aws]:
    """Staging with a table, a bucket with versions, a worker's queue, and what another environment has beside them."""
    there = environment.load("staging")
    keys = {"AWS_ACCESS_KEY_ID": there.account_id, "AWS_SECRET_ACCESS_KEY": "test"}
    aws = Aws(there, storage_aws, keys)
    dynamodb, s3, sqs = (aws.client(name) for name in ("dynamodb", "s3", "sqs"))
    own, others = {"Environment": "staging", "Holds": "parcels"}, {"Environment": "staging-two"}
    for name, tags in (("storyizer-staging-parcels", own), ("storyizer-staging-two-parcels", others)):
        dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], Tags=listed(tags),
        )  # fmt: skip
    dynamodb.put_item(TableName="storyizer-staging-parcels", Item={"id": {"S": "1"}})
    for name, tags in ((BUCKET, own), ("storyizer-staging-two-outbox", others), ("storyizer-staging-untagged", {})):
        s3.create_bucket(Bucket=name)
        if tags:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": listed(tags)})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "a", "b", "c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    s3.delete_object(Bucket=BUCKET, Key="c")
    for name, messages in ((QUEUE, 3), (DEAD, 1), (RUNS, 0), ("storyizer-staging-two-mailer", 1)):
        tags = others if "two" in name else own
        url = sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"]
        for number in range(messages):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
    # In work for as long as any test takes.
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)["Messages"]
    yield Aws(there, storage_aws, keys)
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)
    for bucket in s3.list_buckets()["Buckets"]:
        found = s3.list_object_versions(Bucket=bucket["Name"])
        for item in (*found.get("Versions", []), *found.get("DeleteMarkers", [])):
            s3.delete_object(Bucket=bucket["Name"], Key=item["Key"], VersionId=item["VersionId"])
        s3.delete_bucket(Bucket=bucket["Name"])
    for url in sqs.list_queues()["QueueUrls"]:
        sqs.delete_queue(QueueUrl=url)


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def words(aws: Aws) -> list[str]:
    return [item.words for item in stored.of(aws)]


def refuse(aws: Aws, service: str, call: str) -> None:
    def refused(**event: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not yours"}}, call)

    aws.client(service).meta.events.register(f"before-call.{service}.{call}", refused)


def test_all_that_the_environment_holds_is_counted_and_nothing_of_another(staging: Aws) -> None:
    assert words(staging) == [
        "the parcels in storyizer-staging-parcels (1)",
        f"the parcels in {BUCKET} (2 objects, 3 former versions)",
        "the objects in storyizer-staging-untagged (0 objects)",
        f"the messages in {QUEUE} (about 2 waiting, 1 in work)",
        f"the dead letters in {DEAD} (about 1 waiting)",
        f"the runs that were not started in {RUNS} (about 0 waiting)",
    ]
    found = {item.name: item.json() for item in stored.of(staging)}
    assert found[BUCKET] == {
        "kind": "bucket", "name": BUCKET, "holds": "parcels", "counts": {"objects": 2, "former_versions": 3},
        "about": None, "unknown": None,
    }  # fmt: skip
    assert found[QUEUE]["counts"] == {"waiting": 2, "in_work": 1, "delayed": 0}


@pytest.mark.parametrize(
    ("service", "call", "told"),
    [
        ("s3", "ListBuckets", f"what its buckets hold (which there are is not known: {NOT_YOURS} (ListBuckets))"),
        (
            "s3",
            "ListObjectVersions",
            f"the parcels in {BUCKET} (how many is not known: {NOT_YOURS} (ListObjectVersions))",
        ),
        ("s3", "GetBucketTagging", f"the objects in {BUCKET} (2 objects, 3 former versions)"),
        ("sqs", "ListQueues", f"what its queues hold (which there are is not known: {NOT_YOURS} (ListQueues))"),
        (
            "sqs",
            "GetQueueAttributes",
            f"the dead letters in {DEAD} (how many is not known: {NOT_YOURS} (GetQueueAttributes))",
        ),
        ("dynamodb", "ListTables", f"what its tables hold (which there are is not known: {NOT_YOURS} (ListTables))"),
        ("dynamodb", "DescribeTable", "the items in storyizer-staging-parcels (1)"),
        ("dynamodb", "Scan", "the parcels in storyizer-staging-parcels (about 1)"),
    ],
)
def test_what_cannot_be_read_is_said(staging: Aws, service: str, call: str, told: str) -> None:
    refuse(staging, service, call)
    assert told in words(staging)


def test_a_large_table_is_not_read_to_its_end(staging: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "COUNTED", 2)
    monkeypatch.setattr(stored, "_PAGE", 2)
    for number in range(5):
        staging.client("dynamodb").put_item(TableName="storyizer-staging-parcels", Item={"id": {"S": f"more {number}"}})
    asked = []
    staging.client("dynamodb").meta.events.register("before-call.dynamodb.Scan", lambda **event: asked.append(event))
    # What stands for AWS counts at once.
    assert "the parcels in storyizer-staging-parcels (about 6)" in words(staging)
    assert len(asked) == 1


def test_a_large_bucket_is_not_read_to_its_end(staging: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "COUNTED", 2)
    monkeypatch.setattr(stored, "_PAGE", 2)
    (found,) = (item for item in stored.of(staging) if item.name == BUCKET)
    assert found.words.startswith(f"the parcels in {BUCKET} (more than ")
    assert sum(found.counts.values()) < 5


def test_one_is_one() -> None:
    bucket = Stored("bucket", "b", "parcels", {"objects": 1, "former_versions": 1})
    assert bucket.words == "the parcels in b (1 object, 1 former version)"


def test_one_is_counted_by_its_name_alone(staging: Aws) -> None:
    """Whoever plans may not list what the account has."""

    def counts(kind: str, name: str) -> int:
        return sum(stored.held(staging, kind, name).counts.values())

    assert (counts("bucket", BUCKET), counts("queue", QUEUE), counts("queue", RUNS)) == (5, 3, 0)
    missing = stored.held(staging, "table", "storyizer-staging-none")
    assert not missing.counts and "ResourceNotFoundException" in missing.unknown
