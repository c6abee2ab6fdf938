"""What keeps a deploy from beginning, and what is only said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.console import Console
from orchestrator.deploy import planning
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode, PrerequisiteMissing
from orchestrator.images.image import Image
from orchestrator.project.environment import NO_ACCOUNT
from orchestrator.review.model import Counts, Plan, Review, Verdict
from orchestrator.verify import gate
from tests.orchestrator.verify.account import Account

Deployed = Callable[..., Account]


def before_build(account: Account) -> Console:
    console = Console(live=False)
    gate.before_build(account.aws, account.services(), console, look_up=account.look_up)
    return console


def test_a_healthy_environment_is_one_line(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    before_build(deployed())
    said = capsys.readouterr().err
    assert "verify: " in said and "NG" not in said


def test_what_a_deploy_would_fail_by_stops_it_with_every_line(deployed: Deployed) -> None:
    account = deployed()
    number = account.aws.environment.account_id
    account.settings(certificate_arn=f'"arn:aws:acm:us-east-1:{number}:certificate/0"')
    acl = account.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [account.ids["vpc"]]}])
    account.ec2.create_network_acl_entry(
        NetworkAclId=acl["NetworkAcls"][0]["NetworkAclId"], RuleNumber=50, Protocol="-1", RuleAction="deny",
        Egress=True, CidrBlock="0.0.0.0/0",
    )  # fmt: skip
    with pytest.raises(PrerequisiteMissing) as caught:
        before_build(account)
    failure = caught.value
    assert failure.exit_code == ExitCode.PREREQUISITE_MISSING
    assert failure.message == "blue is not ready for a deploy: 7 checks failed, and nothing was changed"
    ways = ("ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager", "ssm")
    assert [line.partition(": ")[0] for line in failure.reason.splitlines()] == [
        "NG  certificate, usable", *(f"NG  network, words to {what}" for what in ways)
    ]  # fmt: skip
    assert "aws acm list-certificates" in failure.next_step


def test_what_the_apply_restores_is_said_and_stops_nothing(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    account = deployed()
    account.ec2.delete_nat_gateway(NatGatewayId=account.ids["nat-0"])
    account.addresses.clear()
    before_build(account)
    said = capsys.readouterr().err
    ways = ", ".join(f"words to {what}" for what in ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"))
    assert f"NG, which does not stop the deploy: network, {ways}: rtb-" in said


def test_secrets_are_left_to_the_preparation(deployed: Deployed) -> None:
    account = deployed()
    account.client("ssm").delete_parameter(Name="/storyizer/api-key")
    before_build(account)


def test_the_emulated_aws_is_not_asked(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    account = deployed()
    account.aws.environment = replace(account.aws.environment, account_id=NO_ACCOUNT)
    before_build(account)
    gate.before_apply(account.aws, account.services(), [], {}, Console(live=False))
    assert capsys.readouterr().err == ""


NO_WAY = {
    "planned_values": {"root_module": {"resources": [
        {"address": "aws_vpc.a", "mode": "managed", "type": "aws_vpc", "name": "a", "values": {"id": "vpc"}},
        {
            "address": "aws_subnet.a", "mode": "managed", "type": "aws_subnet", "name": "a",
            "values": {"id": "subnet", "vpc_id": "vpc", "cidr_block": "10.0.0.0/20"},
        },
        {
            "address": "aws_security_group.a", "mode": "managed", "type": "aws_security_group", "name": "a",
            "values": {"id": "sg", "egress": [
                {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}
            ]},
        },
        {
            "address": "aws_route_table.a", "mode": "managed", "type": "aws_route_table", "name": "a",
            "values": {"id": "rtb", "vpc_id": "vpc"},
        },
        {
            "address": "aws_route_table_association.a", "mode": "managed", "type": "aws_route_table_association",
            "name": "a", "values": {"route_table_id": "rtb", "subnet_id": "subnet"},
        },
        {
            "address": "aws_ecs_service.a", "mode": "managed", "type": "aws_ecs_service", "name": "a",
            "values": {"name": "words", "network_configuration": [{"subnets": ["subnet"], "security_groups": ["sg"]}]},
        },
    ]}},
}  # fmt: skip


def test_a_plan_that_leaves_tasks_without_a_way_is_not_applied(deployed: Deployed, tmp_path: Path) -> None:
    account = deployed()
    file = tmp_path / "environment.tfplan"
    file.touch()
    planned = Planned(file, Review(Plan(), Verdict.SAFE, "", Counts()), shown=NO_WAY)
    with pytest.raises(PrerequisiteMissing, match="is not ready for a deploy") as caught, \
            planning.discarded_if_it_fails(planned):  # fmt: skip
        gate.before_apply(account.aws, account.services(), [], planned.shown, Console(live=False))
    assert "NG  network, words to ecr.api: rtb, the route table of subnet, has no route to the internet" in str(
        caught.value.reason
    )
    assert not file.exists()


def test_an_image_that_the_registry_does_not_hold_is_not_deployed(deployed: Deployed) -> None:
    account = deployed()
    image = Image("words", "tag", f"{account.aws.registry_host}/storyizer/words@sha256:{'0' * 64}")
    with pytest.raises(PrerequisiteMissing) as caught:
        gate.before_apply(account.aws, account.services(), [image], {}, Console(live=False))
    assert caught.value.reason == f"NG  images, platform of words: the registry does not hold {image.uri}"
