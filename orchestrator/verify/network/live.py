"""The network of an environment as EC2 describes it: one VPC, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.network.model import (
    Endpoint,
    Entry,
    Group,
    Nat,
    Network,
    Route,
    Rule,
    Subnet,
    Table,
    Vpc,
)

_AT_ONCE = 8
# EC2 goes on listing them for a while.
_GONE = frozenset({"deleting", "deleted"})
Items = Sequence[Mapping[str, Any]]


def read(aws: Aws) -> Network | Unread | Missing:
    """The environment's network; `Missing` where there is none yet."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = pool.submit(vpc, aws).result()
        if not isinstance(found, str):
            return found
        parts = {name: pool.submit(call, aws, found) for name, call in _PARTS.items()}
        answers = {name: part.result() for name, part in parts.items()}
    for answer in answers.values():
        if isinstance(answer, Unread):
            return answer
    return network(
        found, {name: answer for name, answer in answers.items() if not isinstance(answer, Unread | Missing)}
    )


def network(vpc: str, told: Mapping[str, Items]) -> Network:
    """The network as data, of what EC2 has told of each kind of part."""
    acls = {subnet: item["NetworkAclId"] for item in told["acls"] for subnet in _associated(item, "SubnetId")}
    settings = told["settings"][0]
    return Network(
        vpcs={vpc: Vpc(bool(settings["support"]), bool(settings["hostnames"]))},
        subnets={
            item["SubnetId"]: Subnet(item["VpcId"], item["CidrBlock"], acls.get(item["SubnetId"], ""))
            for item in told["subnets"]
        },
        tables={item["RouteTableId"]: _table(item) for item in told["tables"]},
        nats={
            item["NatGatewayId"]: Nat(
                item["SubnetId"], item["State"], item.get("ConnectivityType", "public") == "public"
            )
            for item in told["nats"]
        },
        gateways={
            item["InternetGatewayId"]: frozenset(
                place["VpcId"]
                for place in item.get("Attachments", ())
                if place.get("State") in ("available", "attached")
            )
            for item in told["gateways"]
        },
        endpoints={
            item["VpcEndpointId"]: _endpoint(item, told["tables"])
            for item in told["endpoints"]
            if str(item.get("State", "")).lower() not in _GONE
        },
        groups={
            item["GroupId"]: Group(_rules(item["IpPermissions"]), _rules(item["IpPermissionsEgress"]))
            for item in told["groups"]
        },
        acls={
            item["NetworkAclId"]: tuple(_entry(entry) for entry in item["Entries"] if entry.get("CidrBlock"))
            for item in told["acls"]
        },
    )


def _associated(item: Mapping[str, Any], key: str) -> list[str]:
    return [place[key] for place in item.get("Associations", ()) if place.get(key)]


def _table(item: Mapping[str, Any]) -> Table:
    return Table(
        vpc=item["VpcId"],
        routes=tuple(_route(route) for route in item["Routes"]),
        subnets=frozenset(_associated(item, "SubnetId")),
        is_main=any(place.get("Main") for place in item.get("Associations", ())),
    )


_TARGETS = (
    "NatGatewayId", "GatewayId", "TransitGatewayId", "NetworkInterfaceId", "InstanceId", "VpcPeeringConnectionId",
    "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
)  # fmt: skip


def _route(route: Mapping[str, Any]) -> Route:
    to = (
        route.get("DestinationCidrBlock")
        or route.get("DestinationPrefixListId")
        or route.get("DestinationIpv6CidrBlock")
    )
    via = next((str(route[name]) for name in _TARGETS if route.get(name)), "nothing")
    return Route(str(to), via, route.get("State", "active") != "blackhole")


def _endpoint(item: Mapping[str, Any], tables: Items) -> Endpoint:
    key, is_gateway = item["VpcEndpointId"], item["VpcEndpointType"] == "Gateway"
    lists = [
        route["DestinationPrefixListId"] for table in tables for route in table["Routes"]
        if route.get("GatewayId") == key and route.get("DestinationPrefixListId")
    ]  # fmt: skip
    return Endpoint(
        vpc=item["VpcId"],
        # com.amazonaws.REGION.ecr.api; other services have other names, and nobody's tasks ask for them here.
        service=item["ServiceName"].split(".", 3)[-1],
        is_gateway=is_gateway,
        state=item.get("State", "available"),
        private_dns=bool(item.get("PrivateDnsEnabled")),
        subnets=frozenset(item.get("SubnetIds", ())),
        groups=frozenset(group["GroupId"] for group in item.get("Groups", ())),
        tables=frozenset(item.get("RouteTableIds", ())),
        policy=item.get("PolicyDocument") or "",
        prefix_list=lists[0] if lists else "",
    )


def _rules(permissions: Items) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            str(item["IpProtocol"]), item.get("FromPort", 0), item.get("ToPort", 65535),
            frozenset(each["CidrIp"] for each in item.get("IpRanges", ())),
            frozenset(each["GroupId"] for each in item.get("UserIdGroupPairs", ()) if each.get("GroupId")),
            frozenset(each["PrefixListId"] for each in item.get("PrefixListIds", ())),
        )
        for item in permissions
    )  # fmt: skip


def _entry(entry: Mapping[str, Any]) -> Entry:
    ports = entry.get("PortRange") or {}
    return Entry(
        entry["RuleNumber"], entry["RuleAction"] == "allow", bool(entry["Egress"]), entry["CidrBlock"],
        str(entry["Protocol"]), ports.get("From", 0), ports.get("To", 65535),
    )  # fmt: skip


def vpc(aws: Aws) -> str | Unread | Missing:
    """The id of the VPC that has the environment's name."""
    found = _pages(aws, "describe_vpcs", "Vpcs", "the VPC", {"tag:Name": aws.environment.prefix})
    if isinstance(found, Unread | Missing):
        return found
    return str(found[0]["VpcId"]) if found else Missing()


def _pages(aws: Aws, operation: str, key: str, what: str, filters: Mapping[str, str]) -> Items | Unread | Missing:
    given = [{"Name": name, "Values": [value]} for name, value in filters.items()]

    def call() -> Items:
        pages = aws.client("ec2").get_paginator(operation).paginate(Filters=given)
        return [item for page in pages for item in page[key]]

    return ask(what, call)


def _of_vpc(operation: str, key: str, what: str, name: str, aws: Aws, vpc: str) -> Items | Unread | Missing:
    return _pages(aws, operation, key, what, {name: vpc})


def _settings(aws: Aws, vpc: str) -> Items | Unread | Missing:
    def call() -> Items:
        asked = partial(aws.client("ec2").describe_vpc_attribute, VpcId=vpc)
        return [{
            "support": asked(Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"],
            "hostnames": asked(Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"],
        }]  # fmt: skip

    return ask("the VPC's DNS settings", call)


def _nats(aws: Aws, vpc: str) -> Items | Unread | Missing:
    """Its filter has another name than everybody else's."""

    def call() -> Items:
        pages = aws.client("ec2").get_paginator("describe_nat_gateways").paginate(
            Filter=[{"Name": "vpc-id", "Values": [vpc]}]
        )  # fmt: skip
        return [item for page in pages for item in page["NatGateways"]]

    return ask("NAT gateways", call)


_PARTS: Mapping[str, Callable[[Aws, str], Items | Unread | Missing]] = {
    "settings": _settings,
    "nats": _nats,
    "subnets": partial(_of_vpc, "describe_subnets", "Subnets", "subnets", "vpc-id"),
    "tables": partial(_of_vpc, "describe_route_tables", "RouteTables", "route tables", "vpc-id"),
    "gateways": partial(
        _of_vpc, "describe_internet_gateways", "InternetGateways", "internet gateways", "attachment.vpc-id"
    ),
    "endpoints": partial(_of_vpc, "describe_vpc_endpoints", "VpcEndpoints", "VPC endpoints", "vpc-id"),
    "groups": partial(_of_vpc, "describe_security_groups", "SecurityGroups", "security groups", "vpc-id"),
    "acls": partial(_of_vpc, "describe_network_acls", "NetworkAcls", "network ACLs", "vpc-id"),
}
