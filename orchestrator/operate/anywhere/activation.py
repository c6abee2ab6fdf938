"""The activation by which machines register: what Terraform's state has of it, what AWS says of it, what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orchestrator.aws import refusals, state
from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment
from orchestrator.target import Target

OUTPUT = "activation"  # terraform/environment/outputs.tf


@dataclass(frozen=True)
class Activation:
    """What a machine registers with. The code is a secret: it is in no text of this object."""

    region: str
    cluster: str
    id: str
    code: str = field(repr=False)


@dataclass(frozen=True)
class Use:
    """What AWS says of an activation: until when it holds, for how many machines, and how many have registered."""

    expires_at: datetime
    limit: int
    used: int
    expired: bool = False

    @property
    def left(self) -> int:
        """The number of machines that can still register."""
        return max(self.limit - self.used, 0)

    def has_expired(self, now: datetime) -> bool:
        """True if no machine can register any more, whatever is left."""
        return self.expired or self.expires_at <= now


@dataclass(frozen=True)
class Usable:
    """An activation with which a machine can register now."""

    activation: Activation
    use: Use

    def describe(self, environment: str) -> str:
        """Which it is, until when it holds and for how many machines; without the code."""
        return (
            f"activation {self.activation.id} of {environment} expires at {written(self.use.expires_at)}; "
            f"{self.use.left} of {self.use.limit} registrations are left"
        )


def refuse_without(environment: Environment) -> None:
    """Raise `Failure` for an environment in which no machine can register, as its file has it."""
    if environment.place.runs_tasks_here:
        raise Failure(
            f"no machine registers with {environment.name}",
            reason="It is in the emulated AWS, where tasks with the capacity external run on this machine.",
            next_step="name an environment on AWS: python3 orchestrate.py anywhere register staging",
            exit_code=ExitCode.USAGE,
        )
    if "external" not in environments.capacities(environment):
        where = environments.where(environment, "external")
        raise Failure(
            f"{environment.name} has no capacity outside AWS",
            reason=f"{where}: there is no  external = {{...}}.",
            next_step="write there, with a time at most 30 days ahead,\n"
            'external = { machines = 1, expires_at = "2027-01-31T12:00:00Z" }   and deploy it:\n'
            f"python3 orchestrate.py up {environment.name}",
            exit_code=ExitCode.USAGE,
        )


def usable(target: Target, now: datetime | None = None) -> Usable:
    """The environment's activation. Raises `Failure` where none was made, or it lets no machine in any more."""
    environment = target.environment
    with refusals.explained(
        f"the activation of {environment.name} could not be read",
        next_step="check that your role allows s3:GetObject on the state bucket and ssm:DescribeActivations "
        "(docs/capacity.md), and try it again",
    ):
        found = _read(state.output(target.aws, environment.name, OUTPUT))
        if found is None:
            raise _not_deployed(environment)
        use = ask(target, found.id)
    settings = environments.settings(environment).get("external")
    refused = refusal(environment.name, environments.where(environment, "external"), settings, use, now or _now())
    if use is None or refused is not None:
        raise refused or _not_deployed(environment)
    return Usable(found, use)


def ask(target: Target, identity: str) -> Use | None:
    """What AWS says of the activation, None if it does not know it."""
    wanted = [{"FilterKey": "ActivationIds", "FilterValues": [identity]}]
    listed = target.aws.client("ssm").describe_activations(Filters=wanted)["ActivationList"]
    found = next((item for item in listed if item.get("ActivationId") == identity), None)
    return None if found is None else read_use(found)


def read_use(item: Mapping[str, Any]) -> Use:
    """An activation as Systems Manager describes it. Decides only."""
    return Use(
        item["ExpirationDate"].astimezone(UTC),
        int(item.get("RegistrationLimit", 1)),
        int(item.get("RegistrationsCount", 0)),
        bool(item.get("Expired", False)),
    )


def refusal(environment: str, where: str, settings: Any, use: Use | None, now: datetime) -> Failure | None:
    """The failure for an activation that lets no machine in, with how it is renewed. Decides only.

    `settings` are those of `external` in the environment's file as it is now, at `where`.
    """
    if use is None:
        return Failure(
            f"AWS does not have the activation of {environment} any more",
            reason="It is in Terraform's state, and was deleted outside of it.",
            next_step=f"the next deploy makes another: python3 orchestrate.py up {environment}",
        )
    if use.has_expired(now):
        return Failure(
            f"the activation of {environment} has expired",
            reason=f"It held until {written(use.expires_at)}. Machines that are registered stay.",
            next_step=_renewal(environment, where, settings, use),
        )
    if not use.left:
        return Failure(
            f"no registration is left of the activation of {environment}",
            reason=f"{use.used} of {use.limit} machines have registered with it. They stay.",
            next_step=_renewal(environment, where, settings, use),
        )
    return None


def written(moment: datetime) -> str:
    """A time as the environment's file has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _renewal(environment: str, where: str, settings: Any, use: Use) -> str:
    deploy = f"python3 orchestrate.py up {environment}   (makes a new code)"
    again = f"python3 orchestrate.py anywhere register {environment}"
    given = settings.get("expires_at") if isinstance(settings, dict) else None
    if isinstance(given, str) and given != written(use.expires_at):
        return f"{where} has another expires_at, {given}, which was not deployed yet:\n{deploy}\n{again}"
    return f"set a new expires_at at {where}, at most 30 days ahead, and machines for how many, then\n{deploy}\n{again}"


def _read(value: Any) -> Activation | None:
    if not isinstance(value, dict) or not all(value.get(key) for key in ("region", "cluster", "id", "code")):
        return None
    return Activation(str(value["region"]), str(value["cluster"]), str(value["id"]), str(value["code"]))


def _not_deployed(environment: Environment) -> Failure:
    return Failure(
        f"{environment.name} has no activation yet",
        reason=f"{environments.where(environment, 'external')}: external is there, and was not deployed.",
        next_step=f"python3 orchestrate.py up {environment.name}",
    )


def _now() -> datetime:
    return datetime.now(UTC)
