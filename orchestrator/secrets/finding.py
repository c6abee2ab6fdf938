"""Asks AWS for what is known of a secret without its value: whether it is there, and which key encrypts it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from orchestrator.aws import session
from orchestrator.aws.session import Aws
from orchestrator.secrets.uses import Place

AT_ONCE = 8
CURRENT = "AWSCURRENT"
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@dataclass(frozen=True)
class Key:
    """A KMS key as the parameter or secret names it; `arn` is empty and `why` says the reason where it is not known.

    `is_aws_managed` are the keys that need no right of the reader's own. `state` is KMS's word, such as Enabled.
    """

    named: str
    arn: str = ""
    is_aws_managed: bool = False
    state: str = ""
    why: str = ""


@dataclass(frozen=True)
class Missing:
    """It is not there."""


@dataclass(frozen=True)
class NotLookedAt:
    """AWS did not say; `why` is its reason."""

    why: str


@dataclass(frozen=True)
class Found:
    """It is there. `key` is None where nothing or AWS's own key encrypts it; `deleted_on` is a date, or empty."""

    key: Key | None = None
    has_value: bool = True
    deleted_on: str = ""


Answer = Found | Missing | NotLookedAt


def look(aws: Aws, places: Collection[Place]) -> dict[Place, Answer]:
    """What is known of each of them. Raises nothing that AWS answers: what cannot be looked at is `NotLookedAt`."""
    wanted = list(dict.fromkeys(places))
    if not wanted:
        return {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return dict(zip(wanted, pool.map(lambda place: _look(aws, place), wanted), strict=True))


def _look(aws: Aws, place: Place) -> Answer:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _secret(aws, place) if place.kind == "secret" else _parameter(aws, place)
    except (BotoCoreError, ClientError) as error:
        return NotLookedAt(session.explain(error))


def _secret(aws: Aws, place: Place) -> Answer:
    from botocore.exceptions import ClientError

    try:
        told = aws.client("secretsmanager", place.region).describe_secret(SecretId=place.name)
    except ClientError as error:
        if session.is_code(error, "ResourceNotFoundException"):
            return Missing()
        raise
    deleted = told.get("DeletedDate")
    stages = [stage for found in (told.get("VersionIdsToStages") or {}).values() for stage in found]
    named = str(told.get("KmsKeyId") or "")
    return Found(
        key=_key(aws, place, named) if named else None,
        has_value=CURRENT in stages,
        deleted_on=f"{deleted:%Y-%m-%d}" if deleted else "",
    )


def _parameter(aws: Aws, place: Place) -> Answer:
    name = place.own_name
    # The ARN of /NAME and of NAME is the same one.
    names = [name, f"/{name}"] if place.is_arn and not name.startswith("/") else [name]
    shared = {"Shared": True} if place.account != aws.environment.account_id else {}
    pages = aws.client("ssm", place.region).get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": names}], **shared
    )  # fmt: skip
    told = [item for page in pages for item in page["Parameters"] if not shared or item.get("ARN") == place.name]
    if not told:
        return Missing()
    named = str(told[0].get("KeyId") or "") if told[0].get("Type") == "SecureString" else ""
    return Found(key=_key(aws, place, named) if named else None)


def _key(aws: Aws, place: Place, named: str) -> Key:
    """The key that encrypts what is in the place. It is in the place's account unless its ARN says otherwise."""
    from botocore.exceptions import BotoCoreError, ClientError

    if named.rpartition(":")[2].startswith("alias/aws/"):
        return Key(named, is_aws_managed=True)
    start = f"arn:{aws.partition}:kms:{place.region}:{place.account}"
    asked = named if named.startswith("arn:") else f"{start}:{named if named.startswith('alias/') else f'key/{named}'}"
    try:
        told: Mapping[str, Any] = aws.client("kms", place.region).describe_key(KeyId=asked)["KeyMetadata"]
    except (BotoCoreError, ClientError) as error:
        # An alias does not say which key it is for, and only a key's ARN gives a right.
        arn = asked if ":key/" in asked and session.is_code(error, *_DENIED) else ""
        return Key(named, arn, why=session.explain(error))
    return Key(named, str(told["Arn"]), told.get("KeyManager") == "AWS", str(told.get("KeyState") or ""))
