"""The rights that Terraform gives to a service with table access: enough for the save service, and nothing to spare.

An emulated AWS that keeps to policies is asked with the credentials of roles that have the planned policy, or all of
it but one action. It makes no calls to KMS: what is said of the key in iam.tf is from AWS's documentation.
"""

import copy
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from orchestrator.machine import providers

from .running import REGION, RunningService, make_table
from .stories import STORY, bearer, key, public, walk

pytestmark = pytest.mark.terraform

TERRAFORM = Path(__file__).parents[2] / "terraform"
ACCOUNT = "000000000000"
TABLE = "storyizer-test-stories"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"

VARIABLES = {
    "prefix": "storyizer-test",
    "name": "save",
    "account": {"id": ACCOUNT, "region": REGION, "partition": "aws"},
    "image": "registry/storyizer/save@sha256:" + "1" * 64,
    "repository": "storyizer/save",
    "port": 8000,
    "cpu": 256,
    "memory": 512,
    "desired_count": 2,
    "network": {
        "vpc_id": "vpc-1", "private_subnet_ids": ["subnet-a"], "prefix_list_ids": {}, "internet": True,
        "endpoints": None,
    },
    "load_balancer": {
        "target_group_arn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/save/1",
        "security_group_id": "sg-alb",
    },
    "cluster": {"arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/x", "capacity_provider": "FARGATE"},
    "logs": {"retention_days": 30, "kms_key_arn": KEY_ARN},
    "timing": {
        "stop_timeout_seconds": 60, "health_check_grace_period_seconds": 30, "minimum_healthy_percent": 100,
        "maximum_percent": 200,
    },
}  # fmt: skip

Policy = dict[str, Any]
Credentials = dict[str, str]
Operations = dict[str, int]


def client(endpoint: str, service: str, credentials: Credentials | None = None) -> Any:
    """A client with a role's credentials, or with those of the account itself."""
    held = credentials or {"AccessKeyId": ACCOUNT, "SecretAccessKey": "test"}
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id=held["AccessKeyId"],
        aws_secret_access_key=held["SecretAccessKey"], aws_session_token=held.get("SessionToken"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def planned(strict_aws: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Policy]:
    """The task role's policy for each kind of access, in a plan of the module by the real provider."""
    folder = tmp_path_factory.mktemp("rights")
    shutil.copytree(TERRAFORM / "modules" / "ecs_service", folder / "ecs_service")
    shutil.copy(TERRAFORM / "environment" / ".terraform.lock.hcl", folder)
    table = {
        "arn": TABLE_ARN,
        "index_arns": [f"{TABLE_ARN}/index/latest"],
        "kms_key_arn": KEY_ARN,
        "access": "${each.key}",
    }
    module = {"source": "./ecs_service", "for_each": '${toset(["read-only", "read-write"])}', "table": table}
    (folder / "main.tf.json").write_text(json.dumps({"module": {"service": VARIABLES | module}}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    environment = {
        **kept, **providers.terraform_env(), "AWS_ENDPOINT_URL": strict_aws, "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
    }  # fmt: skip

    def terraform(*arguments: str) -> str:
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    terraform("init", "-input=false", "-no-color")
    terraform("plan", "-input=false", "-no-color", "-lock=false", "-out=saved")
    return {
        change["module_address"].split('"')[1]: json.loads(change["change"]["after"]["policy"])
        for change in json.loads(terraform("show", "-json", "saved"))["resource_changes"]
        if change["type"] == "aws_iam_role_policy" and change["name"] == "table"
    }


@pytest.fixture(scope="module")
def read_write(planned: dict[str, Policy]) -> Policy:
    """What the save service has."""
    return planned["read-write"]


@pytest.fixture(scope="module")
def take_role(strict_aws: str) -> Callable[[str, Policy], Credentials]:
    """The credentials of a new role that has a policy and nothing else."""
    iam, sts = client(strict_aws, "iam"), client(strict_aws, "sts")

    def take(name: str, policy: Policy) -> Credentials:
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="table", PolicyDocument=json.dumps(policy))
        taken: Credentials = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
        return taken

    return take


@pytest.fixture(scope="module")
def stories_table(strict_aws: str) -> str:
    """The table, and another one beside it."""
    for name in (TABLE, "storyizer-test-others"):
        make_table(client(strict_aws, "dynamodb"), name)
    return TABLE


@pytest.fixture(scope="module")
def start_as(
    start_save: Callable[..., RunningService], strict_aws: str, stories_table: str
) -> Callable[[Credentials], RunningService]:
    """Starts the save service with a role's credentials."""

    def start(credentials: Credentials) -> RunningService:
        return start_save(
            strict_aws,
            stories_table,
            AWS_ACCESS_KEY_ID=credentials["AccessKeyId"],
            AWS_SECRET_ACCESS_KEY=credentials["SecretAccessKey"],
            AWS_SESSION_TOKEN=credentials["SessionToken"],
        )

    return start


@pytest.fixture(scope="module")
def save(
    start_as: Callable[[Credentials], RunningService],
    take_role: Callable[[str, Policy], Credentials],
    read_write: Policy,
) -> RunningService:
    """The service with exactly the planned rights, on a table without its secret."""
    return start_as(take_role("whole", read_write))


@pytest.fixture(scope="module")
def kept(save: RunningService) -> tuple[dict[str, Any], dict[str, str]]:
    """A story in the table, and the key that it came with."""
    sent_with = key()
    return save.client.post("/api/stories", json=STORY, headers=sent_with).raise_for_status().json(), sent_with


def without(policy: Policy, index: int, action: str) -> Policy:
    """The policy with one action less in one statement."""
    changed = copy.deepcopy(policy)
    statement = changed["Statement"][index]
    left = [one for one in as_list(statement["Action"]) if one != action]
    statement["Action"] = left
    if not left:
        del changed["Statement"][index]
    return changed


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_with_the_planned_rights_every_operation_works(
    save: RunningService, kept: tuple[dict[str, Any], dict[str, str]], strict_aws: str
) -> None:
    assert save.client.get("/readyz").status_code == 200
    story, sent_with = kept
    replayed = save.client.post("/api/stories", json=STORY, headers=sent_with)
    assert (replayed.status_code, replayed.json()) == (201, story)
    assert replayed.headers["idempotency-replayed"] == "true"
    other = save.client.post("/api/stories", json=STORY | {"text": "another"}, headers=sent_with)
    assert other.status_code == 422
    for _ in range(4):
        assert save.client.post("/api/stories", json=STORY).status_code == 201
    assert len(walk(save, 2)) == 5
    assert save.client.get(f"/api/stories/{story['id']}").json() == public(story)
    unlisted = save.client.post("/api/stories", json=STORY | {"listed": False}, headers=(again := key())).json()
    # Past its time, it is gone, and its key is free again.
    client(strict_aws, "dynamodb").update_item(
        TableName=TABLE, Key={"id": {"S": unlisted["id"]}}, UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 10)}},
    )  # fmt: skip
    assert save.client.get(f"/api/stories/{unlisted['id']}").status_code == 404
    anew = save.client.post("/api/stories", json=STORY | {"listed": False}, headers=again)
    assert (anew.status_code, anew.json()["id"]) == (201, unlisted["id"])
    assert "idempotency-replayed" not in anew.headers
    for _ in range(2):
        gone = save.client.delete(f"/api/stories/{unlisted['id']}", headers=bearer(unlisted))
        assert gone.status_code == 204
    assert save.client.get(f"/api/stories/{unlisted['id']}").status_code == 404
    assert not [line for line in save.lines() if line["level"] in ("error", "critical", "warning")]


def operations(service: RunningService, kept: tuple[dict[str, Any], dict[str, str]]) -> Operations:
    """The status of each kind of request."""
    story, sent_with = kept
    ask = service.client
    return {
        "ready": ask.get("/readyz").status_code,
        "create": ask.post("/api/stories", json=STORY).status_code,
        "repeat": ask.post("/api/stories", json=STORY, headers=sent_with).status_code,
        "list": ask.get("/api/stories").status_code,
        "read": ask.get(f"/api/stories/{story['id']}").status_code,
        "delete": ask.delete(f"/api/stories/{story['id']}", headers=bearer(story)).status_code,
    }


@pytest.mark.parametrize("number", range(4))
def test_no_action_can_be_left_out(
    number: int,
    read_write: Policy,
    take_role: Callable[[str, Policy], Credentials],
    start_as: Callable[[Credentials], RunningService],
    save: RunningService,
    kept: tuple[dict[str, Any], dict[str, str]],
) -> None:
    of_table = [
        (index, action)
        for index, statement in enumerate(read_write["Statement"])
        for action in as_list(statement["Action"])
        if action.startswith("dynamodb:")
    ]
    assert len(of_table) == 4, "one more case is needed for each action"
    index, action = of_table[number]
    found = operations(start_as(take_role(f"less-{number}", without(read_write, index, action))), kept)
    assert 503 in found.values(), f"{action} can be left out: {found}"
    if action != "dynamodb:GetItem":  # without that, there is no secret, and nothing works
        assert list(found.values()).count(503) <= 2, found


DENIED: dict[str, Callable[[Any], object]] = {
    "Scan": lambda db: db.scan(TableName=TABLE),
    "Scan of the index": lambda db: db.scan(TableName=TABLE, IndexName="latest"),
    "Query": lambda db: db.query(
        TableName=TABLE, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": "a"}}
    ),
    "BatchGetItem": lambda db: db.batch_get_item(RequestItems={TABLE: {"Keys": [{"id": {"S": "a"}}]}}),
    "BatchWriteItem": lambda db: db.batch_write_item(
        RequestItems={TABLE: [{"PutRequest": {"Item": {"id": {"S": "a"}}}}]}
    ),
    "DeleteItem": lambda db: db.delete_item(TableName=TABLE, Key={"id": {"S": "a"}}),
    "TransactWriteItems": lambda db: db.transact_write_items(
        TransactItems=[
            {"ConditionCheck": {
                "TableName": TABLE, "Key": {"id": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(id)",
            }}
        ]
    ),
    "DescribeTable": lambda db: db.describe_table(TableName=TABLE),
    "UpdateTable": lambda db: db.update_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST"),
    "UpdateTimeToLive": lambda db: db.update_time_to_live(
        TableName=TABLE, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
    ),
    "DeleteTable": lambda db: db.delete_table(TableName=TABLE),
    "CreateTable": lambda db: db.create_table(
        TableName="more", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    ),
    "ListTables": lambda db: db.list_tables(),
    "ExecuteStatement": lambda db: db.execute_statement(Statement=f'SELECT * FROM "{TABLE}"'),
    "GetItem of another table": lambda db: db.get_item(TableName="storyizer-test-others", Key={"id": {"S": "a"}}),
    "PutItem of another table": lambda db: db.put_item(TableName="storyizer-test-others", Item={"id": {"S": "a"}}),
}  # fmt: skip


def refused(call: Callable[[], object]) -> bool:
    """Whether the call is refused for want of rights; that it fails otherwise is no refusal."""
    try:
        call()
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "AccessDeniedException")
    return False


READ: dict[str, Callable[[Any], object]] = {
    "GetItem": lambda db: db.get_item(TableName=TABLE, Key={"id": {"S": "a"}}, ConsistentRead=True),
    "Query of the index": lambda db: db.query(
        TableName=TABLE, IndexName="latest", KeyConditionExpression="shard = :shard",
        ExpressionAttributeValues={":shard": {"S": "0"}}, ScanIndexForward=False, Limit=1,
    ),
}  # fmt: skip
WRITE: dict[str, Callable[[Any], object]] = {
    "PutItem": lambda db: db.put_item(
        TableName=TABLE, Item={"id": {"S": "written"}}, ConditionExpression="attribute_not_exists(id)"
    ),
    "UpdateItem": lambda db: db.update_item(
        TableName=TABLE, Key={"id": {"S": "written"}}, UpdateExpression="SET deleted = :true",
        ExpressionAttributeValues={":true": {"BOOL": True}},
    ),
}  # fmt: skip


def test_read_write_refuses_everything_else(
    strict_aws: str, stories_table: str, take_role: Callable[[str, Policy], Credentials], read_write: Policy
) -> None:
    db = client(strict_aws, "dynamodb", take_role("writer", read_write))
    for name, call in (READ | WRITE).items():
        assert not refused(partial(call, db)), name
    allowed = [name for name, call in DENIED.items() if not refused(partial(call, db))]
    assert not allowed


def test_read_only_reads_items_and_the_index_and_refuses_everything_else(
    strict_aws: str, stories_table: str, take_role: Callable[[str, Policy], Credentials], planned: dict[str, Policy]
) -> None:
    db = client(strict_aws, "dynamodb", take_role("reader", planned["read-only"]))
    for name, call in READ.items():
        assert not refused(partial(call, db)), name
    allowed = [name for name, call in (DENIED | WRITE).items() if not refused(partial(call, db))]
    assert not allowed


@pytest.mark.parametrize("access", ["read-only", "read-write"])
def test_the_key_can_only_decrypt_and_only_through_dynamodb(planned: dict[str, Policy], access: str) -> None:
    (statement,) = (it for it in planned[access]["Statement"] if it["Resource"] == KEY_ARN)
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}}
