"""An account at an emulator, with an environment in it as terraform/environment makes one, by boto3 in a second."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.verify import verify
from orchestrator.verify.check import Check
from orchestrator.verify.names import Resolved

REGION, ZONES = "eu-north-1", ("eu-north-1a", "eu-north-1b")
NAME, DOMAIN = "storyizer-blue", "shop.example.com"
ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
MANIFEST = """
paths: [/api/words]
health: /healthz
secrets:
  API_KEY: /storyizer/api-key
  DB_PASSWORD: {secret: prod/db}
"""


@dataclass
class Account:
    """What there is, by the names that tests know it by. `addresses` are what names lead to."""

    aws: Aws
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, Resolved] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    @property
    def ec2(self) -> Any:
        return self.aws.client("ec2")

    def services(self) -> list[Service]:
        return manifest.load(self.folder / "services", environment="blue")

    def checks(self) -> list[Check]:
        """Everything that `verify` says."""
        return verify.checks(self.aws, self.services(), look_up=self.look_up)

    def look_up(self, name: str) -> Resolved:
        """What a name leads to."""
        return self.addresses.get(name, Resolved())

    def settings(self, **more: str) -> None:
        """Write the environment's file."""
        lines = {
            "environment": '"blue"', "account_id": f'"{self.aws.environment.account_id}"', "region": f'"{REGION}"',
            "availability_zones": json.dumps(ZONES), "domain_name": f'"{DOMAIN}"',
            "certificate_arn": f'"{self.ids.get("certificate", "")}"', **more,
        }  # fmt: skip
        self.aws.environment.file.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))


class Accounts:
    """Accounts at an emulator. It takes an account's number from a header, so one set of clients serves all."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint, self._number = endpoint, ""
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self.calls: set[str] = set()

    def empty(self, number: int, folder: Path) -> Account:
        """The account of that number, from now on the one that calls go to."""
        self._number = f"{number:012d}"
        environment = Environment("blue", self._number, REGION, "X86_64", folder / "blue.tfvars", DOMAIN)
        aws = Aws(environment, self._endpoint, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
        if self._session is None:
            self._session = aws._session()
            self._session.events.register("before-sign", self._with_number)
            self._session.events.register("before-call", self._note)
        aws._made, aws._clients = self._session, self._clients
        made = Account(aws, folder)
        (folder / "services" / "words").mkdir(parents=True)
        (folder / "services" / "words" / "service.yaml").write_text(MANIFEST)
        made.settings()
        return made

    def _note(self, model: Any, **_: Any) -> None:
        self.calls.add(f"{model.service_model.service_id}.{model.name}")

    def _with_number(self, request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = self._number


def with_network(account: Account, *, egress: str = "nat_per_zone") -> Account:
    """The same with a VPC that has everything."""
    ec2, ids = account.ec2, account.ids
    ids["vpc"] = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=_named("vpc", NAME))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=ids["vpc"], EnableDnsHostnames={"Value": True})
    ids["igw"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=ids["igw"], VpcId=ids["vpc"])
    ids["public"] = _table(account, [_subnet(account, f"public-{at}", 240 + at, 24) for at in (0, 1)])
    ec2.create_route(RouteTableId=ids["public"], DestinationCidrBlock="0.0.0.0/0", GatewayId=ids["igw"])
    for at in (0, 1):
        ids[f"table-{at}"] = _table(account, [_subnet(account, f"private-{at}", at * 16, 20)])
        if egress == "nat_per_zone":
            address = ec2.allocate_address(Domain="vpc")["AllocationId"]
            made = ec2.create_nat_gateway(SubnetId=ids[f"public-{at}"], AllocationId=address)["NatGateway"]
            ids[f"nat-{at}"] = made["NatGatewayId"]
            ec2.create_route(
                RouteTableId=ids[f"table-{at}"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ids[f"nat-{at}"]
            )
    ids["group"] = _group(account, "words")
    ids["s3"] = _endpoint(
        account, "s3", VpcEndpointType="Gateway", RouteTableIds=[ids["table-0"], ids["table-1"]]
    )  # fmt: skip
    if egress == "endpoints":
        ids["endpoints"] = _group(account, "endpoints")
        pair = {**HTTPS, "UserIdGroupPairs": [{"GroupId": ids["group"]}]}
        ec2.authorize_security_group_ingress(GroupId=ids["endpoints"], IpPermissions=[pair])
        for service in ("ecr.api", "ecr.dkr", "logs", "ssm", "secretsmanager"):
            ids[service] = _endpoint(
                account, service, VpcEndpointType="Interface", PrivateDnsEnabled=True,
                SubnetIds=[ids["private-0"], ids["private-1"]], SecurityGroupIds=[ids["endpoints"]],
            )  # fmt: skip
        account.settings(egress='"endpoints"')
    return account


def with_everything(account: Account, *, egress: str = "nat_per_zone") -> Account:
    """The same with a service that runs behind a load balancer with a certificate, and all that it needs."""
    with_network(account, egress=egress)
    ids, name = account.ids, f"{NAME}-words"
    number = account.aws.environment.account_id
    key = account.client("kms").create_key()["KeyMetadata"]
    ids["key"] = key["KeyId"]
    account.client("ssm").put_parameter(
        Name="/storyizer/api-key", Value="x", Type="SecureString", KeyId=key["Arn"]
    )  # fmt: skip
    secret = account.client("secretsmanager").create_secret(Name="prod/db", SecretString="x", KmsKeyId=key["Arn"])
    ids["secret"] = secret["ARN"]
    parameter = f"arn:aws:ssm:{REGION}:{number}:parameter/storyizer/api-key"
    iam = account.client("iam")
    for what in ("execution", "task"):
        ids[what] = iam.create_role(RoleName=f"{name}-{what}", AssumeRolePolicyDocument=trust(number))["Role"]["Arn"]
    iam.put_role_policy(RoleName=f"{name}-execution", PolicyName="secrets", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": [parameter]},
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [ids["secret"]]},
        ],
    }))  # fmt: skip
    account.client("logs").create_log_group(logGroupName=f"/ecs/{NAME}/words")
    _balancer(account)
    _service(account, {"API_KEY": parameter, "DB_PASSWORD": ids["secret"]})
    account.settings(**({"egress": '"endpoints"'} if egress == "endpoints" else {}))
    return account


def trust(number: str, principal: str = "ecs-tasks.amazonaws.com", region: str = REGION) -> str:
    """The trust policy of terraform/modules/ecs_service."""
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": principal},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": number},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{region}:{number}:*"},
            },
        }],
    })  # fmt: skip


def definition(
    account: Account, *, group: str = f"/ecs/{NAME}/words", secrets: Mapping[str, str], architecture: str = "X86_64"
) -> str:
    """A revision of the task definition of words."""
    environment = account.aws.environment
    image = f"{environment.account_id}.dkr.ecr.{REGION}.amazonaws.com/storyizer/words@sha256:{'0' * 64}"
    told = account.client("ecs").register_task_definition(
        family=f"{NAME}-words", networkMode="awsvpc", cpu="256", memory="512", requiresCompatibilities=["FARGATE"],
        executionRoleArn=account.ids["execution"], taskRoleArn=account.ids["task"],
        runtimePlatform={"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"},
        containerDefinitions=[{
            "name": "words", "image": image, "memory": 512,
            "portMappings": [{"containerPort": 8000}],
            "secrets": [{"name": name, "valueFrom": place} for name, place in secrets.items()],
            "logConfiguration": {
                "logDriver": "awslogs", "options": {"awslogs-group": group, "awslogs-region": REGION}
            },
        }],
    )  # fmt: skip
    return str(told["taskDefinition"]["taskDefinitionArn"])


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _subnet(account: Account, name: str, third: int, size: int) -> str:
    told = account.ec2.create_subnet(
        VpcId=account.ids["vpc"], CidrBlock=f"10.0.{third}.0/{size}", AvailabilityZone=ZONES[int(name[-1])]
    )
    account.ids[name] = told["Subnet"]["SubnetId"]
    return account.ids[name]


def _table(account: Account, subnets: list[str]) -> str:
    table = str(account.ec2.create_route_table(VpcId=account.ids["vpc"])["RouteTable"]["RouteTableId"])
    for subnet in subnets:
        account.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def _group(account: Account, name: str) -> str:
    """A security group that lets HTTPS out to everywhere, and nothing else."""
    ec2 = account.ec2
    group = str(ec2.create_security_group(GroupName=name, Description=name, VpcId=account.ids["vpc"])["GroupId"])
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": ANYWHERE}])
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": ANYWHERE}])
    return group


def _endpoint(account: Account, service: str, **more: Any) -> str:
    told = account.ec2.create_vpc_endpoint(
        VpcId=account.ids["vpc"], ServiceName=f"com.amazonaws.{REGION}.{service}", **more
    )
    return str(told["VpcEndpoint"]["VpcEndpointId"])


def _balancer(account: Account) -> None:
    client, ids = account.client("elbv2"), account.ids
    made = client.create_load_balancer(Name=NAME, Subnets=[ids["public-0"], ids["public-1"]])["LoadBalancers"][0]
    ids["balancer"], ids["balancer-name"] = made["LoadBalancerArn"], made["DNSName"]
    group = client.create_target_group(
        Name="words", Protocol="HTTP", Port=8000, VpcId=ids["vpc"], TargetType="ip", HealthCheckPath="/healthz"
    )["TargetGroups"][0]
    ids["targets"] = group["TargetGroupArn"]
    client.register_targets(TargetGroupArn=ids["targets"], Targets=[{"Id": "10.0.0.7", "Port": 8000}])
    client.create_listener(
        LoadBalancerArn=ids["balancer"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ids["targets"]}],
    )  # fmt: skip
    of_balancer = Resolved(frozenset({"203.0.113.7", "203.0.113.8"}))
    account.addresses |= {ids["balancer-name"]: of_balancer, DOMAIN: Resolved(frozenset({"203.0.113.8"}))}


def _service(account: Account, secrets: Mapping[str, str]) -> None:
    client, ids = account.client("ecs"), account.ids
    client.create_cluster(clusterName=NAME)
    client.create_service(
        cluster=NAME, serviceName="words", taskDefinition=definition(account, secrets=secrets), desiredCount=2,
        launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": ids["targets"], "containerName": "words", "containerPort": 8000}],
        networkConfiguration={"awsvpcConfiguration": {
            "subnets": [ids["private-0"], ids["private-1"]], "securityGroups": [ids["group"]],
            "assignPublicIp": "DISABLED",
        }},
    )  # fmt: skip
