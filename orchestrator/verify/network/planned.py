"""The network that a plan leaves behind, of `terraform show -json`: what is there already, and what is made.

Ids that are known after the apply alone are replaced by the resources' addresses: an attribute that is not known yet
leads to the resources that its expression names, of the same key where there are several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.verify.network.model import (
    UNKNOWN,
    Endpoint,
    Group,
    Nat,
    Network,
    Route,
    Rule,
    Subnet,
    Table,
    Tasks,
    Vpc,
)

_INDEX = re.compile(r"\[[^\]]*\]$")
_NAMED = re.compile(r"(aws_[a-z0-9_]+\.[A-Za-z0-9_-]+)")
_FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})


@dataclass(frozen=True)
class _Resource:
    """A resource as it will be; `module` is the address of the module instance, `name` is TYPE.NAME."""

    module: str
    name: str
    index: Any
    address: str
    values: Mapping[str, Any]
    expressions: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.values.get("id") or self.address)


class Planned:
    """The resources of a plan, and what is made of them."""

    def __init__(self, shown: Mapping[str, Any]) -> None:
        root = shown.get("planned_values", {}).get("root_module", {})
        configuration = shown.get("configuration", {}).get("root_module", {})
        self._resources = list(_resources(root, configuration))

    def of(self, kind: str) -> list[_Resource]:
        return [item for item in self._resources if item.name.partition(".")[0] == kind]

    def ids(self, item: _Resource, attribute: str) -> list[str]:
        """What an attribute names, one or several: ids, or addresses of what has none yet."""
        value = item.values.get(attribute)
        if value is not None:
            return [str(each) for each in value] if isinstance(value, list) else [str(value)]
        references = _references(item.expressions.get(attribute))
        names = dict.fromkeys(found[1] for text in references if (found := _NAMED.match(text)))
        there = [each for each in self._resources if each.module == item.module and each.name in names]
        return [each.id for each in there] or ([UNKNOWN] if references else [])

    def id(self, item: _Resource, attribute: str) -> str:
        """The one thing that an attribute names, empty if none."""
        value = item.values.get(attribute)
        if value is not None:
            return str(value)
        references = _references(item.expressions.get(attribute))
        names = [found[1] for text in references if (found := _NAMED.match(text))]
        for name in names:
            there = [each for each in self._resources if each.module == item.module and each.name == name]
            same = [each for each in there if each.index == item.index]
            if same or len(there) == 1:
                return (same or there)[0].id
        return UNKNOWN if references else ""


def network(shown: Mapping[str, Any]) -> Network:
    """The network as it will be once the plan is applied. Network ACLs are none of Terraform's, and left out."""
    plan = Planned(shown)
    return Network(
        vpcs={
            item.id: Vpc(
                item.values.get("enable_dns_support", True) is not False,
                item.values.get("enable_dns_hostnames") is not False,
            )
            for item in plan.of("aws_vpc")
        },
        subnets={
            item.id: Subnet(plan.id(item, "vpc_id"), str(item.values.get("cidr_block") or UNKNOWN))
            for item in plan.of("aws_subnet")
        },
        tables=_tables(plan),
        nats={
            item.id: Nat(plan.id(item, "subnet_id"), is_public=item.values.get("connectivity_type") != "private")
            for item in plan.of("aws_nat_gateway")
        },
        gateways={item.id: frozenset([plan.id(item, "vpc_id")]) for item in plan.of("aws_internet_gateway")},
        endpoints={item.id: _endpoint(plan, item) for item in plan.of("aws_vpc_endpoint")},
        groups=_groups(plan),
    )


def tasks(shown: Mapping[str, Any]) -> list[Tasks]:
    """Where the tasks of each service on Fargate begin from. Subnets that are not made yet are the private ones."""
    plan, made = Planned(shown), network(shown)
    private = tuple(name for name in made.subnets if not _leads_out(made, name))
    found = []
    for item in plan.of("aws_ecs_service"):
        providers = {use.get("capacity_provider") for use in item.values.get("capacity_provider_strategy") or ()}
        kind = item.values.get("launch_type")
        placed = (item.values.get("network_configuration") or [{}])[0]
        if not placed or not ((providers and providers <= _FARGATE) or (not providers and kind in (None, "FARGATE"))):
            continue
        own = [each.id for each in plan.of("aws_security_group") if each.module == item.module]
        found.append(
            Tasks(
                str(item.values["name"]),
                tuple(placed.get("subnets") or private),
                frozenset(placed.get("security_groups") or own),
                bool(placed.get("assign_public_ip")),
            )
        )
    return found


def _leads_out(made: Network, subnet: str) -> bool:
    table = made.table_of(subnet)
    return table is not None and any(route.via in made.gateways for route in made.tables[table].routes)


_ROUTE_TARGETS = (
    "nat_gateway_id", "gateway_id", "transit_gateway_id", "network_interface_id", "vpc_peering_connection_id",
    "local_gateway_id", "vpc_endpoint_id", "carrier_gateway_id", "core_network_arn",
)  # fmt: skip


def _tables(plan: Planned) -> dict[str, Table]:
    routes: dict[str, list[Route]] = {}
    for item in plan.of("aws_route"):
        to = item.values.get("destination_cidr_block") or item.values.get("destination_prefix_list_id")
        via = next((found for name in _ROUTE_TARGETS if (found := plan.id(item, name))), UNKNOWN)
        routes.setdefault(plan.id(item, "route_table_id"), []).append(Route(str(to), via))
    subnets: dict[str, set[str]] = {}
    for item in plan.of("aws_route_table_association"):
        subnets.setdefault(plan.id(item, "route_table_id"), set()).add(plan.id(item, "subnet_id"))
    return {
        item.id: Table(plan.id(item, "vpc_id"), tuple(routes.get(item.id, ())), frozenset(subnets.get(item.id, ())))
        for item in plan.of("aws_route_table")
    }


def _endpoint(plan: Planned, item: _Resource) -> Endpoint:
    return Endpoint(
        vpc=plan.id(item, "vpc_id"),
        service=str(item.values["service_name"]).split(".", 3)[-1],
        is_gateway=item.values.get("vpc_endpoint_type", "Gateway") == "Gateway",
        private_dns=bool(item.values.get("private_dns_enabled")),
        subnets=frozenset(plan.ids(item, "subnet_ids")),
        groups=frozenset(plan.ids(item, "security_group_ids")),
        tables=frozenset(plan.ids(item, "route_table_ids")),
        policy=str(item.values.get("policy") or ""),
        prefix_list=str(item.values.get("prefix_list_id") or ""),
    )


def _groups(plan: Planned) -> dict[str, Group]:
    ways: dict[str, dict[str, list[Rule]]] = {
        item.id: {way: [_inline(rule) for rule in item.values.get(way) or ()] for way in ("ingress", "egress")}
        for item in plan.of("aws_security_group")
    }
    for way in ("ingress", "egress"):
        for item in plan.of(f"aws_vpc_security_group_{way}_rule"):
            group = plan.id(item, "security_group_id")
            # A group that another module hands on is not known before it is made: the rule may be anybody's.
            for each in [group] if group in ways else ways if group == UNKNOWN else ():
                ways[each][way].append(_rule(plan, item))
    return {key: Group(tuple(item["ingress"]), tuple(item["egress"])) for key, item in ways.items()}


def _rule(plan: Planned, item: _Resource) -> Rule:
    ends = {
        name: frozenset([found] if (found := plan.id(item, attribute)) else ())
        for name, attribute in (
            ("cidrs", "cidr_ipv4"), ("groups", "referenced_security_group_id"), ("prefix_lists", "prefix_list_id"),
        )
    }  # fmt: skip
    first, last = item.values.get("from_port"), item.values.get("to_port")
    return Rule(
        str(item.values.get("ip_protocol")),
        0 if first is None else int(first),
        65535 if last is None else int(last),
        **ends,
    )


def _inline(rule: Mapping[str, Any]) -> Rule:
    return Rule(
        str(rule.get("protocol")), int(rule.get("from_port") or 0), int(rule.get("to_port") or 65535),
        frozenset(rule.get("cidr_blocks") or ()), frozenset(rule.get("security_groups") or ()),
        frozenset(rule.get("prefix_list_ids") or ()),
    )  # fmt: skip


def _resources(module: Mapping[str, Any], configuration: Mapping[str, Any], address: str = "") -> Iterator[_Resource]:
    known = {item["address"]: item.get("expressions", {}) for item in configuration.get("resources", ())}
    for item in module.get("resources", ()):
        if item.get("mode") == "managed":
            name = f"{item['type']}.{item['name']}"
            yield _Resource(address, name, item.get("index"), item["address"], item["values"], known.get(name, {}))
    calls = configuration.get("module_calls", {})
    for child in module.get("child_modules", ()):
        own = child["address"].removeprefix(f"{address}." if address else "")
        name = _INDEX.sub("", own).removeprefix("module.")
        yield from _resources(child, calls.get(name, {}).get("module", {}), child["address"])


def _references(expression: Any) -> Sequence[str]:
    """What an expression names; a constant names nothing."""
    return expression.get("references", ()) if isinstance(expression, Mapping) else ()
