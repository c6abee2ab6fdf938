"""The values of a container's `secrets`: decrypted, and by a secret's name, key, stage and version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, after which ECS takes :KEY:STAGE:VERSION, each of them optional.
ARN_PARTS = 7


@dataclass(frozen=True)
class Secret:
    """What a `valueFrom` names in Secrets Manager."""

    arn: str
    key: str
    stage: str
    version: str


def parse(value_from: str) -> Secret | None:
    """The secret that is meant, None for a parameter of Systems Manager."""
    parts = value_from.split(":")
    if len(parts) < ARN_PARTS or parts[2] != "secretsmanager":
        return None
    key, stage, version = [*parts[ARN_PARTS:], "", "", ""][:3]
    return Secret(":".join(parts[:ARN_PARTS]), key, stage, version)


def pick(value: str, key: str) -> str:
    """One key of a secret's JSON, the whole text without a key. Raises `ValueError` or `LookupError`."""
    if not key:
        return value
    content = json.loads(value)
    if not isinstance(content, dict):
        raise ValueError("the secret is no JSON object")
    found = content[key]
    return found if isinstance(found, str) else json.dumps(found)


def resolve(definition: Mapping[str, Any]) -> dict[str, str]:
    """Variable => value. Raises the emulator's error for what there is not: the task then fails to start, as on AWS."""
    from ministack.services import ecs

    values: dict[str, str] = {}
    for each in definition.get("secrets") or []:
        name, place = each["name"], each["valueFrom"]
        value = _value(place)
        if value is None:
            raise ecs._SecretResolutionError(f"unable to retrieve secret {place} for environment variable {name}")
        secret = parse(place)
        try:
            values[name] = pick(value, secret.key if secret else "")
        except (ValueError, LookupError) as error:
            raise ecs._SecretResolutionError(
                f"unable to retrieve json key '{secret.key if secret else ''}' from secret {place} for {name}"
            ) from error
    return values


def _value(place: str) -> str | None:
    from ministack.services import secretsmanager, ssm

    secret = parse(place)
    found: Any
    if secret is None:
        found = ssm.resolve_parameter_value(place, decrypt=True)
    else:
        found = secretsmanager.resolve_secret_string(
            secret.arn, version_stage=secret.stage or "AWSCURRENT", version_id=secret.version or None
        )
    return None if found is None else str(found)


def resolved(_original: Callable[..., Any]) -> Callable[..., dict[str, str]]:
    """In the place of the emulator's own, which passes on what Systems Manager keeps encrypted."""
    return resolve
