"""What network ACLs keep from tasks, or tasks from; and the words for it. Decides only."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.verify.network import rules
from orchestrator.verify.network.model import ANYWHERE, Network


@dataclass(frozen=True)
class Way:
    """How something is reached; `reached` is False where it is not, and None where that is not known.

    `restored` says that an apply of the environment's Terraform brings back what is missing.
    """

    reached: bool | None
    why: str
    next_step: str = ""
    restored: bool = False


def no_way(why: str, next_step: str, *, restored: bool = True) -> Way:
    """It is not reached."""
    return Way(False, why, next_step, restored)


def of_tasks(network: Network, name: str, cidr: str) -> Way | None:
    """What keeps packets of tasks from that range, or its answers from the tasks."""
    return _kept_back(network, name, cidr, goes_out=True, answers=rules.OF_TASKS)


def of_the_other_end(network: Network, name: str, cidr: str) -> Way | None:
    """What keeps HTTPS of tasks in that range from coming into a subnet, or its answers from leaving."""
    return _kept_back(network, name, cidr, goes_out=False, answers=rules.OF_TASKS)


def of_a_nat(network: Network, name: str) -> Way | None:
    """What keeps packets of a NAT gateway in that subnet from the internet, or its answers from it."""
    return _kept_back(network, name, ANYWHERE, goes_out=True, answers=rules.OF_NAT)


def _kept_back(network: Network, name: str, cidr: str, *, goes_out: bool, answers: tuple[int, int]) -> Way | None:
    """What a subnet's ACL lets neither through of HTTPS in one direction, nor of its answers in the other."""
    acl = network.subnets[name].acl
    entries = network.acls.get(acl)
    if entries is None:
        return None
    there, back = ("out to", "in from") if goes_out else ("in from", "out to")
    if not rules.passes(entries, egress=goes_out, cidr=cidr):
        return _denied(acl, name, f"HTTPS {there}", cidr)
    if not rules.passes(entries, egress=not goes_out, cidr=cidr, ports=answers):
        return _denied(acl, name, f"answers {back}", cidr)
    return None


def _denied(acl: str, subnet: str, what: str, cidr: str) -> Way:
    return no_way(
        f"the network ACL {acl} of {subnet} does not let {what} {cidr}",
        f"allow it in {acl}: aws ec2 describe-network-acls --network-acl-ids {acl}",
        restored=False,
    )
