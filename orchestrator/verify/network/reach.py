"""Whether tasks reach a service of AWS: the way that their packets take, and where it ends. Decides only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.verify.network import acls, rules
from orchestrator.verify.network.acls import Way, no_way
from orchestrator.verify.network.model import ANYWHERE, UNKNOWN, Endpoint, Nat, Network, Rule, Subnet, Tasks

GATEWAYS = frozenset({"s3", "dynamodb"})
_HALVES = frozenset({"0.0.0.0/1", "128.0.0.0/1"})


@dataclass(frozen=True)
class _From:
    """Tasks in one of their subnets."""

    network: Network
    name: str
    subnet: Subnet
    tasks: Tasks

    @property
    def egress(self) -> list[Rule]:
        return [rule for name in self.tasks.groups for rule in self.network.groups[name].egress]

    @property
    def groups(self) -> str:
        return " and ".join(sorted(self.tasks.groups))


def way(network: Network, tasks: Tasks, service: str) -> Way:
    """How tasks reach the service (`ecr.api`, `s3`, ...) from all of their subnets, or the first trouble."""
    ways = [_from_subnet(network, tasks, name, service) for name in tasks.subnets]
    if not ways:
        return Way(None, "no subnet of its tasks is known")
    trouble = next((found for found in ways if found.reached is False), None)
    return trouble or next((found for found in ways if found.reached is None), ways[0])


def _from_subnet(network: Network, tasks: Tasks, name: str, service: str) -> Way:
    gone = [group for group in tasks.groups if group not in network.groups]
    if name not in network.subnets or gone:
        what = f"subnet {name}" if name not in network.subnets else f"security group {gone[0]}"
        return no_way(f"{what} of its tasks is not there", "make it again: an apply does")
    here = _From(network, name, network.subnets[name], tasks)
    if not rules.https_rules(here.egress):
        return no_way(
            f"{here.groups} lets no HTTPS out: there is no egress rule for port 443",
            f"add an egress rule for TCP 443 to {here.groups}",
        )
    endpoints = {
        key: item for key, item in network.endpoints.items() if item.vpc == here.subnet.vpc and item.service == service
    }
    passed_by = ""
    for key, endpoint in endpoints.items():
        if endpoint.is_gateway != (service in GATEWAYS):
            continue
        passed_by = _unused(here, key, endpoint)
        if not passed_by:
            return _by_gateway(here, key, endpoint) if endpoint.is_gateway else _by_interface(here, key, endpoint)
    found = _by_route(here)
    if found.reached is not False or not passed_by:
        return found
    return replace(found, why=f"{passed_by}, and {found.why}")


def _unused(here: _From, key: str, endpoint: Endpoint) -> str:
    """Why packets do not take the endpoint; empty if they do."""
    if endpoint.is_gateway:
        table = here.network.table_of(here.name)
        return (
            ""
            if table in endpoint.tables
            else f"{key} for {endpoint.service} is not in {table}, the route table of {here.name}"
        )
    vpc = here.network.vpcs.get(here.subnet.vpc)
    if not endpoint.private_dns:
        return f"{key} for {endpoint.service} has its private DNS name off"
    if vpc is not None and not (vpc.dns_support and vpc.dns_hostnames):
        return f"{key} has no private DNS name, as DNS names are off in {here.subnet.vpc}"
    return ""


def _policy(key: str, endpoint: Endpoint) -> Way | None:
    if endpoint.state.lower() != "available":
        return no_way(
            f"{key} for {endpoint.service} is {endpoint.state}",
            f"look at it: aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {key}",
            restored=False,
        )
    allowed = rules.policy_allows(endpoint.policy, endpoint.service)
    if allowed is False:
        return no_way(
            f"the policy of {key} allows no call to {endpoint.service}", f"correct the policy of {key}", restored=False
        )
    return None if allowed else Way(None, f"the policy of {key} cannot be read")


def _by_gateway(here: _From, key: str, endpoint: Endpoint) -> Way:
    trouble = _policy(key, endpoint)
    if trouble is not None:
        return trouble
    table = here.network.tables[str(here.network.table_of(here.name))]
    if any(route.via == key and not route.active for route in table.routes):
        return no_way(f"the route of {key} in {here.network.table_of(here.name)} is a black hole", f"make {key} again")
    # Where it has no known list of addresses, any list that is let out is taken to be it.
    lists = (
        [endpoint.prefix_list] if endpoint.prefix_list else {each for rule in here.egress for each in rule.prefix_lists}
    )
    if not rules.admits(here.egress, cidr=ANYWHERE, prefix_lists=lists):
        return no_way(
            f"{here.groups} lets no HTTPS out to {endpoint.service}",
            f"add an egress rule for TCP 443 to {here.groups}, to the prefix list of {endpoint.service}",
        )
    return acls.of_tasks(here.network, here.name, ANYWHERE) or Way(True, f"through {key}")


def _by_interface(here: _From, key: str, endpoint: Endpoint) -> Way:
    trouble = _policy(key, endpoint)
    if trouble is not None:
        return trouble
    network, there = here.network, [name for name in sorted(endpoint.subnets) if name in here.network.subnets]
    if not there and UNKNOWN not in endpoint.subnets:
        return no_way(f"{key} for {endpoint.service} is in no subnet", f"add the tasks' subnets to {key}")
    for name in there:
        cidr = network.subnets[name].cidr
        if not rules.admits(here.egress, cidr=cidr, groups=endpoint.groups):
            return no_way(
                f"{here.groups} lets no HTTPS out to {key}", f"add an egress rule for TCP 443 to {here.groups}"
            )
        ingress = [
            rule for group in endpoint.groups if group in network.groups for rule in network.groups[group].ingress
        ]
        if UNKNOWN not in endpoint.groups and not rules.admits(
            ingress, cidr=here.subnet.cidr, groups=here.tasks.groups
        ):
            which = " and ".join(sorted(endpoint.groups))
            return no_way(
                f"{which} of {key} for {endpoint.service} lets no HTTPS in from {here.groups}",
                f"add an ingress rule for TCP 443 from {here.groups} to {which}",
            )
        if name != here.name:
            stopped = acls.of_tasks(here.network, here.name, cidr) or acls.of_the_other_end(
                network, name, here.subnet.cidr
            )
            if stopped is not None:
                return stopped
    return Way(True, f"through {key}")


def _by_route(here: _From) -> Way:
    network, key = here.network, here.network.table_of(here.name)
    if key is None:
        return Way(None, f"the route table of {here.name} is not known")
    routes = network.tables[key].routes
    default = [route for route in routes if route.to == ANYWHERE] or (
        [route for route in routes if route.to in _HALVES] if {route.to for route in routes} >= _HALVES else []
    )
    if not default:
        return no_way(
            f"{key}, the route table of {here.name}, has no route to the internet",
            f"add a route 0.0.0.0/0 to a NAT gateway to {key}",
        )
    if not rules.admits(here.egress, cidr=ANYWHERE):
        return Way(
            None, f"{here.groups} lets HTTPS out to some addresses only: whether AWS's are among them is not known"
        )
    for route in default:
        if not route.active:
            return no_way(
                f"the route {route.to} of {key} is a black hole: {route.via} is gone",
                f"let {key} lead {route.to} to a NAT gateway that is available",
            )
        found = _by_target(here, key, route.via)
        if found.reached is not True:
            return found
    return found


def _by_target(here: _From, table: str, via: str) -> Way:
    network = here.network
    if via in network.gateways or via.startswith("igw-"):
        return _attached(here.network, via, here.subnet.vpc, table) or _with_public_address(here, table, via)
    if via in network.nats or via.startswith("nat-"):
        nat = network.nats.get(via)
        if nat is None or nat.state in ("deleted", "deleting"):
            return no_way(
                f"{table}, the route table of {here.name}, leads to {via}, which is not there",
                f"let {table} lead 0.0.0.0/0 to a NAT gateway that is available",
            )
        return _by_nat(here, via, nat)
    if via == UNKNOWN:
        return Way(None, f"where {table} leads is known after the apply alone")
    return Way(None, f"{table} leads to {via}, which is not followed from here")


def _with_public_address(here: _From, table: str, via: str) -> Way:
    if not here.tasks.public_address:
        return no_way(
            f"{table}, the route table of {here.name}, leads to {via}, and the tasks have no public addresses",
            "put the tasks into private subnets, or give them public addresses (assignPublicIp)",
        )
    return acls.of_tasks(here.network, here.name, ANYWHERE) or Way(True, f"through {via}")


def _by_nat(here: _From, via: str, nat: Nat) -> Way:
    network = here.network
    if nat.state.lower() != "available":
        return no_way(
            f"{via}, the way of {here.name} to AWS, is {nat.state}",
            f"make {via} again: terraform apply -replace, or delete it and run `up`",
            restored=False,
        )
    if not nat.is_public:
        return Way(None, f"{via} is a private NAT gateway, and where it leads is not followed from here")
    outside = network.subnets.get(nat.subnet)
    if outside is None:
        return (
            Way(True, f"through {via}")
            if nat.subnet == UNKNOWN
            else no_way(f"{nat.subnet}, the subnet of {via}, is not there", "make it again: an apply does")
        )
    table = network.table_of(nat.subnet)
    default = next((route for route in network.tables[table].routes if route.to == ANYWHERE), None) if table else None
    if default is not None and default.via == UNKNOWN:
        return Way(None, f"where {table} leads is known after the apply alone")
    if default is None or not default.active or not (default.via in network.gateways or default.via.startswith("igw-")):
        return no_way(
            f"{via} is in {nat.subnet}, whose route table {table} does not lead to an internet gateway",
            f"add a route 0.0.0.0/0 to the internet gateway to {table}",
        )
    unattached = _attached(network, default.via, outside.vpc, str(table))
    if unattached is not None:
        return unattached
    if nat.subnet == here.name:
        return acls.of_tasks(here.network, here.name, ANYWHERE) or Way(True, f"through {via}")
    stopped = (
        acls.of_tasks(here.network, here.name, ANYWHERE)
        or acls.of_the_other_end(network, nat.subnet, here.subnet.cidr)
        or acls.of_a_nat(network, nat.subnet)
    )
    return stopped or Way(True, f"through {via}")


def _attached(network: Network, gateway: str, vpc: str, table: str) -> Way | None:
    attached = network.gateways.get(gateway)
    if attached is None:
        return no_way(
            f"{table} leads to {gateway}, which is not attached to {vpc}",
            f"aws ec2 attach-internet-gateway --internet-gateway-id {gateway} --vpc-id {vpc}",
        )
    if vpc not in attached and UNKNOWN not in attached:
        return no_way(
            f"{gateway} is not attached to {vpc}",
            f"aws ec2 attach-internet-gateway --internet-gateway-id {gateway} --vpc-id {vpc}",
        )
    return None
