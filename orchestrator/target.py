"""Where a deploy goes: an environment with its AWS, emulated or real, and the address people reach it at."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from orchestrator.aws import session as aws_module
from orchestrator.aws.session import Aws
from orchestrator.project.environment import Environment

# What a command of Terraform (`plan`) gets in its environment beside its own, given the plan files that it reads.
Attached = Callable[[str, Sequence[Path]], Mapping[str, str]]


class Reloadable(Protocol):
    """Services whose tasks `up --watch` copies files to: per service those that differ from its release."""

    def services(self) -> Mapping[str, Sequence[str]]:
        """What is noted now."""

    def put(self, services: Mapping[str, Sequence[str]]) -> None:
        """Note that it is these, from the next start of a task on."""

    def left(self) -> bool:
        """True if tasks may run that were started while there were such services."""

    def forget(self) -> None:
        """Note that no such task runs."""


@dataclass(frozen=True)
class Target:
    """An environment and its AWS. `fixed_url` is set where the load balancer has an address on this machine.

    `containers` gives the ids of the containers that run here, None where tasks run elsewhere and cannot be reached.
    `why_not_started` gives this machine's engine's words for a stopped task's reason, where it knows better.
    `revision` names what is configured there now, None where the place does not say that. `spreading_seconds` is how
    long a changed listener rule may take until every node of the load balancer has it. `attached` gives the way to a
    provider that runs already, for a state's key, a root module, its data folder and its environment variables; None
    where Terraform starts its own. `reloadable` are the services that may run the checkout's files in the place of
    their release's, None where none can.
    """

    environment: Environment
    aws: Aws
    fixed_url: str | None = None
    containers: Callable[[], Collection[str]] | None = None
    why_not_started: Callable[[str], str] | None = None
    revision: Callable[[], str] | None = None
    spreading_seconds: float = 10.0
    attached: Callable[[str, Path, Path, Mapping[str, str]], Attached] | None = None
    reloadable: Reloadable | None = None

    def address(self) -> Address | None:
        """Where people reach the load balancer, or None if there is none yet."""
        from botocore.exceptions import ClientError

        client = self.aws.client("elbv2")
        try:
            found = client.describe_load_balancers(Names=[self.environment.prefix])["LoadBalancers"]
        except ClientError as error:
            if aws_module.is_code(error, "LoadBalancerNotFound"):
                return None
            raise
        if not found:
            return None
        balancer = str(found[0]["DNSName"])
        if self.fixed_url:
            return Address(self.fixed_url, balancer)
        listeners = client.describe_listeners(LoadBalancerArn=found[0]["LoadBalancerArn"])["Listeners"]
        if any(listener.get("Protocol") == "HTTPS" for listener in listeners):
            # The certificate is for this name; the load balancer's own would fail its check.
            return Address(f"https://{self.environment.domain_name or balancer}/", balancer)
        return Address(f"http://{balancer}/", balancer)

    def url(self) -> str | None:
        """The load balancer's address with a final slash, or None if there is no load balancer yet."""
        address = self.address()
        return address.url if address else None


@dataclass(frozen=True)
class Address:
    """A load balancer's URL (with a final slash) and its own DNS name, which resolves before a domain's does."""

    url: str
    balancer: str

    @property
    def host(self) -> str:
        """The URL's host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def resolves(self) -> bool:
        """True if this machine can resolve the URL's host name."""
        try:
            socket.getaddrinfo(self.host, None)
        except OSError:
            return False
        return True
