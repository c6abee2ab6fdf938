"""Which secrets the manifests name, where each of them is, and where the manifest says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Secret

Kind = Literal["SSM parameter", "secret"]


@dataclass(frozen=True)
class Place:
    """An SSM parameter or a secret of Secrets Manager; `name` as the manifest has it: a name or an ARN."""

    kind: Kind
    name: str
    account: str
    region: str

    @property
    def is_arn(self) -> bool:
        """True if the manifest has its ARN."""
        return self.name.startswith("arn:")

    @property
    def own_name(self) -> str:
        """Its name. Of a secret's ARN the six characters at the end are left out that AWS adds."""
        if not self.is_arn:
            return self.name
        last = self.name.split(":", 6 if self.kind == "secret" else 5)[-1]
        if self.kind == "secret":
            before, _, suffix = last.rpartition("-")
            return before if before and len(suffix) == 6 and suffix.isalnum() else last
        path = last.removeprefix("parameter/")
        return f"/{path}" if "/" in path else path

    def __str__(self) -> str:
        return f"the {self.kind} {self.name}"


@dataclass(frozen=True)
class Use:
    """A variable of a service that is set to a secret; `line` is file and line of the manifest."""

    service: str
    variable: str
    place: Place
    line: str
    key: str | None = None
    kms_key: str | None = None

    def __str__(self) -> str:
        return f"{self.line}: {self.variable} of {self.service}"


def uses(services: Iterable[Service], environment: Environment) -> list[Use]:
    """Every secret of the services, as they are in that environment."""
    return [
        Use(
            service.name, variable, place(secret, environment),
            manifest.where(service, ("secrets", variable), environment.name), secret.key, secret.kms_key,
        )
        for service in services
        for variable, secret in service.secrets.items()
    ]  # fmt: skip


def place(secret: Secret, environment: Environment) -> Place:
    """Where a secret is kept that a manifest of the environment names."""
    name = secret.parameter or secret.secret or ""
    region, account = name.split(":")[3:5] if name.startswith("arn:") else (environment.region, environment.account_id)
    return Place("SSM parameter" if secret.parameter else "secret", name, account, region)
