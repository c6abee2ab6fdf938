"""Modules that an environment need not use, applied to an emulated AWS: what is made, and an empty second plan."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.terraform.plans import Terraform

TERRAFORM = Path(__file__).parents[2] / "terraform"
REGION = "us-east-1"
ACCOUNT = {"id": "000000000000", "region": REGION, "partition": "aws"}
KEY = {"resource": {"aws_kms_key": {"this": {"description": "Test"}}}}
PREFIX = "storyizer-test"

STORAGE: dict[str, Any] = {
    "source": "./modules/storage",
    "prefix": PREFIX,
    "account": ACCOUNT,
    "kms_key_arn": "${aws_kms_key.this.arn}",
    "deletion_protection": False,
    "items": {
        "stories": {
            "table": {
                "key": {"partition": {"name": "id"}},
                "indexes": {"latest": {"partition": {"name": "shard"}, "sort": {"name": "created_at"}}},
                "counted_by": "latest",
                "expires": "expires_at",
            }
        },
    },
}
TASK = f"arn:aws:iam::000000000000:role/{PREFIX}-report"
JOB: dict[str, Any] = {
    "source": "./modules/job",
    "prefix": PREFIX,
    "name": "report",
    "account": ACCOUNT,
    "schedule": "cron(0 3 * * ? *)",
    "time_zone": "Europe/Berlin",
    "task": {
        "definition_arn": f"arn:aws:ecs:{REGION}:000000000000:task-definition/{PREFIX}-report:1",
        "family": f"{PREFIX}-report",
        "execution_role_arn": f"{TASK}-execution",
        "task_role_arn": f"{TASK}-task",
    },
    "cluster": {
        "arn": f"arn:aws:ecs:{REGION}:000000000000:cluster/{PREFIX}",
        "name": PREFIX,
        "capacity": [{"capacity_provider": "FARGATE"}],
    },
    "network": {"subnet_ids": ["subnet-a"], "security_group_ids": ["sg-a"]},
    "kms_key_arn": "${aws_kms_key.this.arn}",
}

Root = Callable[..., Terraform]


def client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture
def root(tmp_path: Path, terraform_env: dict[str, str]) -> Iterator[Root]:
    """`root(endpoint, ...)` is Terraform in a root module with those blocks. What it applied is destroyed."""
    (tmp_path / "modules").symlink_to(TERRAFORM / "modules")
    shutil.copy(TERRAFORM / "environment" / ".terraform.lock.hcl", tmp_path)
    shutil.copy(TERRAFORM / "modules" / "table" / "versions.tf", tmp_path)
    made = []

    def write(endpoint: str, **blocks: Any) -> Terraform:
        (tmp_path / "main.tf.json").write_text(json.dumps(blocks))
        aws = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
        }
        here = Terraform(tmp_path, {**terraform_env, **aws})
        here.must("init", "-input=false", "-no-color")
        made.append(here)
        return here

    yield write
    made[-1].must("destroy", "-auto-approve", "-input=false", "-no-color")


def changes(here: Terraform) -> dict[str, dict[str, Any]]:
    """What a plan would change, by address: every resource whose action is not no-op, or that moves."""
    here.must("plan", "-input=false", "-no-color", "-out=saved")
    plan = json.loads(here.must("show", "-json", "saved"))
    return {
        item["address"]: item
        for item in plan["resource_changes"]
        if item["mode"] == "managed" and (item["change"]["actions"] != ["no-op"] or "previous_address" in item)
    }


def apply(here: Terraform) -> None:
    here.must("apply", "-auto-approve", "-input=false", "-no-color")


def test_storage_and_a_job_are_there_after_one_apply(root: Root, storage_aws: str) -> None:
    items = {
        **STORAGE["items"],
        "uploads": {"bucket": {"expire_days": 30}},
        "jobs": {"queue": {"attempts": 1}},
        "orders": {"queue": {"fifo": True}},
    }
    here = root(storage_aws, **KEY, module={"storage": {**STORAGE, "items": items}, "job": JOB})
    apply(here)
    assert changes(here) == {}

    table = client(storage_aws, "dynamodb").describe_table(TableName=f"{PREFIX}-stories")["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["latest"]
    rules = client(storage_aws, "s3").get_bucket_lifecycle_configuration(Bucket=f"{PREFIX}-uploads-000000000000")
    assert {rule["ID"] for rule in rules["Rules"]} == {"incomplete-uploads", "former-versions", "expired"}
    definition = json.loads(
        client(storage_aws, "stepfunctions").describe_state_machine(
            stateMachineArn=f"arn:aws:states:{REGION}:000000000000:stateMachine:{PREFIX}-report"
        )["definition"]
    )
    assert definition["States"]["Run"]["Parameters"]["TaskDefinition"].endswith(f"{PREFIX}-report:1")
    schedule = client(storage_aws, "scheduler").get_schedule(Name=f"{PREFIX}-report", GroupName=f"{PREFIX}-report")
    assert (schedule["ScheduleExpressionTimezone"], schedule["State"]) == ("Europe/Berlin", "ENABLED")

    sqs = client(storage_aws, "sqs")
    url = sqs.get_queue_url(QueueName=f"{PREFIX}-jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="never processed")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)["Messages"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)
    dead = sqs.get_queue_url(QueueName=f"{PREFIX}-jobs-dead-letters")["QueueUrl"]
    (found,) = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert found["Body"] == "never processed"
    assert sqs.get_queue_url(QueueName=f"{PREFIX}-orders.fifo")["QueueUrl"].endswith(".fifo")


@pytest.mark.long
def test_a_table_of_the_former_module_moves_and_keeps_its_items(root: Root, storage_aws: str) -> None:
    (moved,) = re.findall(
        r"^moved \{\s+from = (\S+)\s+to   = (\S+)\s+\}",
        (TERRAFORM / "environment" / "storage.tf").read_text(),
        re.MULTILINE,
    )
    former = {
        **STORAGE["items"]["stories"]["table"],
        "source": "./modules/table",
        "name": f"{PREFIX}-stories",
        "holds": "stories",
        **{name: STORAGE[name] for name in ("account", "kms_key_arn", "deletion_protection")},
    }
    apply(root(storage_aws, **KEY, module={"table": former}))
    table = client(storage_aws, "dynamodb")
    table.put_item(TableName=f"{PREFIX}-stories", Item={"id": {"S": "a"}})

    here = root(storage_aws, **KEY, module={"storage": STORAGE}, moved={"from": moved[0], "to": moved[1]})
    (change,) = changes(here).values()
    assert (change["previous_address"], change["address"]) == moved
    assert change["change"]["actions"] == ["no-op"]
    apply(here)
    assert changes(here) == {}
    assert table.get_item(TableName=f"{PREFIX}-stories", Key={"id": {"S": "a"}})["Item"] == {"id": {"S": "a"}}


@pytest.mark.long
def test_instances_of_ones_own_serve_a_cluster(root: Root, moto: str) -> None:
    """moto gives a launch template's own tags back as tags of what is made by it, and knows no instance refresh."""
    subnets = {"us-east-1a": "10.0.0.0/20", "us-east-1b": "10.0.16.0/20"}
    capacity = {
        "source": "./modules/capacity",
        "name": PREFIX,
        "account": ACCOUNT,
        "cluster_name": "${module.cluster.name}",
        "network": {
            "vpc_id": "${aws_vpc.this.id}",
            "private_subnet_ids": "${[for subnet in aws_subnet.this : subnet.id]}",
            "prefix_list_ids": {},
            "internet": True,
        },
        "instance_types": ["m5.large", "m5.xlarge"],
        "largest_task": {"cpu": 1024, "memory": 2048},
    }
    blocks: dict[str, Any] = {
        "resource": {
            "aws_vpc": {"this": {"cidr_block": "10.0.0.0/16"}},
            "aws_subnet": {
                "this": {
                    "for_each": subnets,
                    "vpc_id": "${aws_vpc.this.id}",
                    "availability_zone": "${each.key}",
                    "cidr_block": "${each.value}",
                }
            },
        },
        "module": {
            "capacity": capacity,
            "cluster": {
                "source": "./modules/ecs_cluster",
                "name": PREFIX,
                "own_capacity_providers": ["${module.capacity.capacity_provider}"],
                "capacity_provider": "${module.capacity.capacity_provider}",
            },
        },
    }
    # An instance type that is too small is refused before anything is made.
    small = {**blocks["module"], "capacity": {**capacity, "instance_types": ["t2.nano"]}}
    refused = root(moto, **{**blocks, "module": small})("plan", "-input=false", "-no-color")
    said = " ".join(re.sub(r"[│╷╵]", "", refused.stderr).split())
    assert refused.returncode == 1
    assert "a task needs 2048 MiB and 1024 CPU units, and would wait for ever for a place on t2.nano (512 MiB" in said

    here = root(moto, **blocks)
    apply(here)
    (group,) = client(moto, "autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (group["MinSize"], group["MaxSize"], group["NewInstancesProtectedFromScaleIn"]) == (0, 4, True)
    (cluster,) = client(moto, "ecs").describe_clusters(clusters=[PREFIX])["clusters"]
    assert set(cluster["capacityProviders"]) == {"FARGATE", "FARGATE_SPOT", PREFIX}
    assert cluster["defaultCapacityProviderStrategy"][0]["capacityProvider"] == PREFIX

    again = changes(here)
    assert again.keys() <= {
        "module.capacity.aws_launch_template.this",
        "module.capacity.aws_autoscaling_group.this",
    }
    if again:
        template = again["module.capacity.aws_launch_template.this"]["change"]
        own = [tag for tag in template["before"]["tag_specifications"] if tag["resource_type"] == "launch-template"]
        assert own
        template["before"]["tag_specifications"] = [
            tag for tag in template["before"]["tag_specifications"] if tag not in own
        ]
        versions = ("default_version", "latest_version")
        assert {name: value for name, value in template["before"].items() if name not in versions} == template["after"]
