"""A network as data: what AWS says of one, or what a plan makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# In a plan, of what is known after the apply alone: it is taken to fit.
UNKNOWN = "?"
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Vpc:
    """A VPC; interface endpoints' private names need both settings of its DNS."""

    dns_support: bool = True
    dns_hostnames: bool = True


@dataclass(frozen=True)
class Subnet:
    """A subnet; `acl` is its network ACL, empty where that is not known."""

    vpc: str
    cidr: str
    acl: str = ""


@dataclass(frozen=True)
class Route:
    """Where addresses (a range or a prefix list) are sent; `active` is False for what AWS calls a black hole."""

    to: str
    via: str
    active: bool = True


@dataclass(frozen=True)
class Table:
    """A route table, with the subnets that name it; `is_main` for those of its VPC that name none."""

    vpc: str
    routes: tuple[Route, ...] = ()
    subnets: frozenset[str] = frozenset()
    is_main: bool = False


@dataclass(frozen=True)
class Nat:
    """A NAT gateway: the subnet that it is in, and AWS's word for its state."""

    subnet: str
    state: str = "available"
    is_public: bool = True


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint of a service, such as `ecr.api`; of a gateway `tables`, of an interface the rest.

    `policy` is its JSON, empty where AWS's own is, which allows everything.
    """

    vpc: str
    service: str
    is_gateway: bool
    state: str = "available"
    private_dns: bool = False
    subnets: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    policy: str = ""
    prefix_list: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of a security group. `protocol` is `tcp`, or `-1` for all of them; ports are from `first` to `last`."""

    protocol: str = "-1"
    first: int = 0
    last: int = 65535
    cidrs: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    prefix_lists: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    """A security group: what it lets in and out."""

    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Entry:
    """An entry of a network ACL. The one with the lowest number that fits decides."""

    number: int
    allow: bool
    egress: bool
    cidr: str = ANYWHERE
    protocol: str = "-1"
    first: int = 0
    last: int = 65535


@dataclass(frozen=True)
class Network:
    """Everything that decides where packets go, each by its id. `gateways` are internet gateways with their VPCs."""

    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    nats: Mapping[str, Nat] = field(default_factory=dict)
    gateways: Mapping[str, frozenset[str]] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    acls: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def table_of(self, subnet: str) -> str | None:
        """The route table that a subnet uses: its own, or its VPC's main one."""
        own = next((name for name, table in self.tables.items() if subnet in table.subnets), None)
        vpc = self.subnets[subnet].vpc
        return own or next((name for name, table in self.tables.items() if table.is_main and table.vpc == vpc), None)


@dataclass(frozen=True)
class Tasks:
    """Where the tasks of a service begin from: each of its `subnets`, with its security groups."""

    service: str
    subnets: tuple[str, ...]
    groups: frozenset[str]
    public_address: bool = False
