"""Faults in an environment at an emulated AWS: each is found, with a line of its own, and nothing in a healthy one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.verify import check
from orchestrator.verify.check import Check
from orchestrator.verify.names import Resolved
from tests.ci.verify_reads import READS
from tests.orchestrator.verify import account as accounts
from tests.orchestrator.verify import certificates
from tests.orchestrator.verify.account import ANYWHERE, DOMAIN, HTTPS, NAME, Account, Accounts

Deployed = Callable[..., Account]


@dataclass(frozen=True)
class Fault:
    """What is done to a healthy environment, and what is to be said of it: group, name, and words of the reason."""

    plant: Callable[[Account], object]
    group: str
    name: str
    words: str
    blocks: bool
    egress: str = "nat_per_zone"


def nat_gone(account: Account) -> None:
    account.ec2.delete_nat_gateway(NatGatewayId=account.ids["nat-1"])


def route_gone(account: Account) -> None:
    account.ec2.delete_route(RouteTableId=account.ids["table-0"], DestinationCidrBlock="0.0.0.0/0")


def public_route_gone(account: Account) -> None:
    account.ec2.delete_route(RouteTableId=account.ids["public"], DestinationCidrBlock="0.0.0.0/0")


def gateway_detached(account: Account) -> None:
    account.ec2.detach_internet_gateway(InternetGatewayId=account.ids["igw"], VpcId=account.ids["vpc"])


def straight_to_the_internet(account: Account) -> None:
    account.ec2.replace_route(
        RouteTableId=account.ids["table-0"], DestinationCidrBlock="0.0.0.0/0", GatewayId=account.ids["igw"]
    )


def egress_gone(account: Account) -> None:
    account.ec2.revoke_security_group_egress(
        GroupId=account.ids["group"], IpPermissions=[{**HTTPS, "IpRanges": ANYWHERE}]
    )


def acl_denies(account: Account, *, egress: bool, ports: tuple[int, int]) -> None:
    told = account.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [account.ids["vpc"]]}])
    account.ec2.create_network_acl_entry(
        NetworkAclId=told["NetworkAcls"][0]["NetworkAclId"], RuleNumber=50, Protocol="6", RuleAction="deny",
        Egress=egress, CidrBlock="0.0.0.0/0", PortRange={"From": ports[0], "To": ports[1]},
    )  # fmt: skip


def endpoint_without_private_dns(account: Account) -> None:
    ids = account.ids
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[ids["ecr.dkr"]])
    account.ec2.create_vpc_endpoint(
        VpcId=ids["vpc"], ServiceName=f"com.amazonaws.{accounts.REGION}.ecr.dkr", VpcEndpointType="Interface",
        PrivateDnsEnabled=False, SubnetIds=[ids["private-0"]], SecurityGroupIds=[ids["endpoints"]],
    )  # fmt: skip


def endpoint_gone(account: Account) -> None:
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[account.ids["logs"]])


def dns_names_off(account: Account) -> None:
    account.ec2.modify_vpc_attribute(VpcId=account.ids["vpc"], EnableDnsHostnames={"Value": False})


def endpoint_lets_nobody_in(account: Account) -> None:
    pair = {**HTTPS, "UserIdGroupPairs": [{"GroupId": account.ids["group"]}]}
    account.ec2.revoke_security_group_ingress(GroupId=account.ids["endpoints"], IpPermissions=[pair])


def gateway_of_s3_in_no_table(account: Account) -> None:
    ids = account.ids
    account.ec2.modify_vpc_endpoint(VpcEndpointId=ids["s3"], RemoveRouteTableIds=[ids["table-0"], ids["table-1"]])


def pending_certificate(account: Account) -> None:
    told = account.client("acm").request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")
    account.ids["certificate"] = told["CertificateArn"]
    account.settings()


def imported_certificate(account: Account, name: str = DOMAIN, days: int = 90) -> None:
    body, key = certificates.made(account.folder / "certificate", name, days)
    told = account.client("acm").import_certificate(Certificate=body, PrivateKey=key)
    account.ids["certificate"] = told["CertificateArn"]
    account.settings()


def certificate_of_another_region(account: Account) -> None:
    number = account.aws.environment.account_id
    account.settings(certificate_arn=f'"arn:aws:acm:us-east-1:{number}:certificate/0"')


def name_leads_elsewhere(account: Account) -> None:
    account.addresses[DOMAIN] = Resolved(frozenset({"198.51.100.1"}), frozenset({"old.example.net"}))


def name_is_not_found(account: Account) -> None:
    del account.addresses[DOMAIN]


def role_for_another_service(account: Account) -> None:
    policy = accounts.trust(account.aws.environment.account_id, principal="ec2.amazonaws.com")
    account.client("iam").update_assume_role_policy(RoleName=f"{NAME}-words-execution", PolicyDocument=policy)


def role_for_another_account(account: Account) -> None:
    policy = accounts.trust("111111111111")
    account.client("iam").update_assume_role_policy(RoleName=f"{NAME}-words-task", PolicyDocument=policy)


def rights_gone(account: Account) -> None:
    account.client("iam").delete_role_policy(RoleName=f"{NAME}-words-execution", PolicyName="secrets")


def parameter_gone(account: Account) -> None:
    account.client("ssm").delete_parameter(Name="/storyizer/api-key")


def secret_is_being_deleted(account: Account) -> None:
    account.client("secretsmanager").delete_secret(SecretId="prod/db", RecoveryWindowInDays=7)


def key_disabled(account: Account) -> None:
    account.client("kms").disable_key(KeyId=account.ids["key"])


def log_group_gone(account: Account) -> None:
    account.client("logs").delete_log_group(logGroupName=f"/ecs/{NAME}/words")


def another_health_path(account: Account) -> None:
    account.client("elbv2").modify_target_group(TargetGroupArn=account.ids["targets"], HealthCheckPath="/ready")


def no_target(account: Account) -> None:
    account.client("elbv2").deregister_targets(
        TargetGroupArn=account.ids["targets"], Targets=[{"Id": "10.0.0.7", "Port": 8000}]
    )


def another_architecture(account: Account) -> None:
    account.client("ecs").update_service(
        cluster=NAME, service="words", taskDefinition=accounts.definition(account, secrets={}, architecture="ARM64")
    )


FAULTS = {
    "a NAT gateway is deleted": Fault(nat_gone, "network", "words to ecr.api", "nat-", False),
    "the route is deleted": Fault(route_gone, "network", "words to logs", "no route to the internet", False),
    "the NAT gateways' way out is deleted": Fault(
        public_route_gone, "network", "words to ecr.dkr", "does not lead to an internet gateway", False
    ),
    "the internet gateway is detached": Fault(gateway_detached, "network", "words to logs", "not attached to", False),
    "private tasks are led to the internet gateway": Fault(
        straight_to_the_internet, "network", "words to ecr.api", "no public addresses", False
    ),
    "the egress rule is removed": Fault(egress_gone, "network", "words to s3", "lets no HTTPS out", False),
    "a network ACL denies HTTPS": Fault(
        lambda account: acl_denies(account, egress=True, ports=(443, 443)),
        "network", "words to ecr.api", "does not let HTTPS out", True,
    ),
    "a network ACL denies the answers": Fault(
        lambda account: acl_denies(account, egress=False, ports=(1024, 65535)),
        "network", "words to s3", "does not let answers in", True,
    ),
    "an endpoint has its private DNS name off": Fault(
        endpoint_without_private_dns, "network", "words to ecr.dkr", "has its private DNS name off", False, "endpoints"
    ),
    "an endpoint is deleted": Fault(
        endpoint_gone, "network", "words to logs", "no route to the internet", False, "endpoints"
    ),
    "the VPC's DNS names are off": Fault(
        dns_names_off, "network", "words to secretsmanager", "DNS names are off", False, "endpoints"
    ),
    "endpoints let nobody in": Fault(
        endpoint_lets_nobody_in, "network", "words to ssm", "lets no HTTPS in", False, "endpoints"
    ),
    "S3's gateway is in no route table": Fault(
        gateway_of_s3_in_no_table, "network", "words to s3", "is not in rtb-", False, "endpoints"
    ),
    "the certificate is pending": Fault(pending_certificate, "certificate", "usable", "waits for its validation", True),
    "the certificate is for another name": Fault(
        lambda account: imported_certificate(account, "other.example.com"),
        "certificate", f"for {DOMAIN}", "is for other.example.com", True,
    ),
    "the certificate expires soon": Fault(
        lambda account: imported_certificate(account, days=5), "certificate", "usable", "expires on", False
    ),
    "the certificate is in another region": Fault(
        certificate_of_another_region, "certificate", "usable", "is not a certificate of account", True
    ),
    "the name leads elsewhere": Fault(
        name_leads_elsewhere, "name", f"{DOMAIN} to the balancer", "leads to old.example.net", False
    ),
    "the name is not found": Fault(name_is_not_found, "name", f"{DOMAIN} to the balancer", "is not found", False),
    "a role trusts another service": Fault(
        role_for_another_service, "roles", "execution role of words", "does not let ecs-tasks.amazonaws.com", False
    ),
    "a role trusts another account's tasks": Fault(
        role_for_another_account, "roles", "task role of words", "for tasks of this account", False
    ),
    "the execution role may not read a secret": Fault(
        rights_gone, "secrets", "DB_PASSWORD by the execution role of words", "secretsmanager:GetSecretValue", False
    ),
    "a parameter is missing": Fault(parameter_gone, "secrets", "API_KEY of words", "there is no SSM parameter", True),
    "a secret is being deleted": Fault(
        secret_is_being_deleted, "secrets", "DB_PASSWORD of words", "is being deleted", True
    ),
    "a key is disabled": Fault(key_disabled, "secrets", "DB_PASSWORD of words", "which is disabled", True),
    "a log group is missing": Fault(log_group_gone, "logs", f"/ecs/{NAME}/words", "there is no log group", False),
    "the health path is another one": Fault(
        another_health_path, "health", "path of words:8000", "checks /ready, and the manifest says /healthz", False
    ),
    "no target is registered": Fault(no_target, "health", "targets of words:8000", "no target is registered", False),
    "the task definition is for other processors": Fault(
        another_architecture, "images", "processors of words", "asks for ARM64", False
    ),
}  # fmt: skip


def wrong(account: Account) -> list[Check]:
    return check.failed(account.checks())


@pytest.mark.parametrize("egress", ["nat_per_zone", "endpoints"])
def test_nothing_is_wrong_with_a_healthy_environment(deployed: Deployed, egress: str) -> None:
    account = deployed(egress)
    imported_certificate(account)
    account.settings(egress=f'"{egress}"')
    found = account.checks()
    assert check.failed(found) == []
    groups = {item.group for item in found if item.status == "OK"}
    assert groups == {"roles", "secrets", "logs", "certificate", "name", "network", "health", "quotas"}
    assert {item.name for item in found if item.group == "network" and item.status == "OK"} >= {
        f"words to {service}" for service in ("ecr.api", "ecr.dkr", "s3", "logs", "ssm", "secretsmanager")
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_with_its_own_line(deployed: Deployed, name: str) -> None:
    fault = FAULTS[name]
    account = deployed(fault.egress)
    fault.plant(account)
    found = wrong(account)
    (line,) = [item for item in found if (item.group, item.name) == (fault.group, fault.name)]
    assert fault.words in line.why
    assert line.next_step
    assert line.blocks is fault.blocks
    assert {item.group for item in found} == {fault.group}


def test_it_reads_what_the_pipeline_s_roles_may_read_and_changes_nothing(
    deployed: Deployed, every_account: Accounts
) -> None:
    account = deployed()
    imported_certificate(account)
    every_account.calls.clear()
    account.checks()
    assert every_account.calls == set(READS)


def test_of_an_empty_account_what_is_not_made_yet_is_not_judged(empty: Account) -> None:
    (empty.folder / "services" / "words" / "service.yaml").write_text("paths: [/api/words]\n")
    found = empty.checks()
    assert check.failed(found) == []
    waiting = {item.group for item in found if item.why == check.NOT_YET}
    assert waiting == {"images", "roles", "logs", "name", "network", "health"}


def test_an_account_that_is_full_is_found_before_anything_is_made(empty: Account) -> None:
    (empty.folder / "services" / "words" / "service.yaml").write_text("paths: [/api/words]\n")
    for number in range(4):  # and the one that every account has
        empty.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    (line,) = wrong(empty)
    assert (line.group, line.name, line.blocks) == ("quotas", "VPCs", True)
    assert line.why == f"5 there, 1 more are needed, and the quota in {accounts.REGION} is 5"
    assert "--quota-code L-F678F1CE --desired-value 6" in line.next_step


def test_an_environment_that_has_its_vpc_needs_no_room_for_one(deployed: Deployed) -> None:
    account = deployed()
    for number in range(4):
        account.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    (line,) = wrong(account)
    assert (line.group, line.name, line.blocks) == ("quotas", "VPCs", False)


def test_a_certificate_that_is_not_there_is_found(deployed: Deployed, tmp_path: Path) -> None:
    account = deployed()
    number = account.aws.environment.account_id
    arn = f"arn:aws:acm:{accounts.REGION}:{number}:certificate/00000000-0000-0000-0000-000000000000"
    account.settings(certificate_arn=f'"{arn}"')
    (line,) = wrong(account)
    assert line.why == f"there is no certificate {arn}"
