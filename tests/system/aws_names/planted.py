"""Faults of an environment, planted side by side in what is live, and the line by which `verify` finds each.

Each is of another service or zone than the others, so that each has a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.system.aws_names.world import ACCOUNT, REGIONS

# Whoever breaks things is nobody whose calls the documentation lists.
SABOTEUR = {"AWS_ACCESS_KEY_ID": "AKIAREHEARSALSABOTEUR"}
NAME = "storyizer-production"
_PRELUDE = f"""
import boto3, json
NAME = {NAME!r}
ec2, iam, logs, elb, ssm, ecs = (
    boto3.client(name, region_name={REGIONS[0]!r}) for name in ("ec2", "iam", "logs", "elbv2", "ssm", "ecs")
)
def trust(role, **statement):
    statements = [{{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}}]
    document = {{"Version": "2012-10-17", "Statement": statements}}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
def targets(service):
    (found,) = ecs.describe_services(cluster=NAME, services=[service])["services"]
    return found["loadBalancers"][0]["targetGroupArn"]
vpc = next(item["VpcId"] for item in ec2.describe_vpcs()["Vpcs"] if item["CidrBlock"] and not item["IsDefault"]
           and NAME in json.dumps(item.get("Tags", [])))
of = [{{"Name": "vpc-id", "Values": [vpc]}}]
tables = [table for table in ec2.describe_route_tables(Filters=of)["RouteTables"]
          if any(route.get("NatGatewayId") for route in table["Routes"])]
nat = lambda table: next(route["NatGatewayId"] for route in table["Routes"] if route.get("NatGatewayId"))
groups = ec2.describe_security_groups(Filters=of)["SecurityGroups"]
group = lambda name: next(item for item in groups if item["GroupName"].startswith(f"{{NAME}}-{{name}}"))
"""


@dataclass(frozen=True)
class Planted:
    """What is done, and what is to be said: the group, the beginning of the check's name, and words of the reason."""

    script: str
    group: str
    name: str
    words: str


PLANTED: Mapping[str, Planted] = {
    "a NAT gateway is deleted": Planted("ec2.delete_nat_gateway(NatGatewayId=nat(tables[0]))", "network", "", "nat-"),
    "an execution role is deleted": Planted(
        'role = f"{NAME}-pricing-execution"\n'
        'for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:\n'
        "    iam.delete_role_policy(RoleName=role, PolicyName=policy)\n"
        "iam.delete_role(RoleName=role)",
        "roles",
        "execution role of pricing",
        "there is no role",
    ),
    "tasks may send nothing": Planted(
        'found = group("words")\n'
        'ec2.revoke_security_group_egress(GroupId=found["GroupId"], IpPermissions=found["IpPermissionsEgress"])',
        "network",
        "words to",
        "lets no HTTPS out",
    ),
    "an execution role trusts another service": Planted(
        'trust(f"{NAME}-website-execution", Principal={"Service": "ec2.amazonaws.com"})',
        "roles",
        "execution role of website",
        "does not let ecs-tasks.amazonaws.com",
    ),
    "a task role trusts another account's tasks": Planted(
        'trust(f"{NAME}-save-task", Principal={"Service": "ecs-tasks.amazonaws.com"},\n'
        '      Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}})',
        "roles",
        "task role of save",
        "for tasks of this account",
    ),
    "a log group is deleted": Planted(
        'logs.delete_log_group(logGroupName=f"/ecs/{NAME}/website")', "logs", "", "there is no log group"
    ),
    "a health path is another one": Planted(
        'elb.modify_target_group(TargetGroupArn=targets("save"), HealthCheckPath="/ready")',
        "health",
        "path of save",
        "checks /ready, and the manifest says /healthz",
    ),
    "a parameter is deleted": Planted(
        'ssm.delete_parameter(Name="/shop/parameter")', "secrets", "PARAMETER of shop", "there is no SSM parameter"
    ),
    "an execution role may read no secret": Planted(
        'role = f"{NAME}-shop-execution"\n'
        'for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:\n'
        "    iam.delete_role_policy(RoleName=role, PolicyName=policy)",
        "secrets",
        "API_KEY by the execution role of shop",
        "secretsmanager:GetSecretValue",
    ),
    "tasks are for other processors": Planted(
        '(found,) = ecs.describe_services(cluster=NAME, services=["pricing"])["services"]\n'
        'old = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]\n'
        'kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "cpu", "memory",\n'
        '        "requiresCompatibilities", "volumes")\n'
        "new = ecs.register_task_definition(**{name: old[name] for name in kept if name in old},\n"
        '    runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"})["taskDefinition"]\n'
        'ecs.update_service(cluster=NAME, service="pricing", taskDefinition=new["taskDefinitionArn"])',
        "images",
        "processors of pricing",
        "asks for ARM64",
    ),
    "no target is registered": Planted(
        'arn = targets("website")\n'
        'found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]\n'
        'elb.deregister_targets(TargetGroupArn=arn, Targets=[item["Target"] for item in found])',
        "health",
        "targets of website",
        "no target is registered",
    ),
}
# In the settings instead of in AWS: a certificate that is not there.
CERTIFICATE = f"arn:aws:acm:{REGIONS[0]}:{ACCOUNT}:certificate/00000000-0000-0000-0000-00000000dead"
NO_CERTIFICATE = Planted("", "certificate", "", "there is no certificate")


def script() -> str:
    """All of them, for the saboteur to run inside."""
    return "\n".join([_PRELUDE, *(item.script for item in PLANTED.values())])


def unfound(checks: Iterable[Mapping[str, str]]) -> list[str]:
    """The faults for which no line is NG with their words."""
    failed = [item for item in checks if item["status"] == "failed"]
    everything = {**PLANTED, "the certificate is not there": NO_CERTIFICATE}
    return [
        name
        for name, fault in everything.items()
        if not any(
            item["group"] == fault.group and item["name"].startswith(fault.name) and fault.words in item["found"]
            for item in failed
        )
    ]
