"""A freeze: until it is lifted, nothing is deployed to the environment unless somebody says why it must be.

It is one object beside the states, written only if there is none: of two people who freeze at once one has done it,
and the other is answered whose freeze it is. A deploy that was past its check when the freeze came goes on to its end,
going back included: half of a deploy protects nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

from orchestrator.aws import session, state
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.releases import audit
from orchestrator.system import plain

ATTEMPTS = 5


@dataclass(frozen=True)
class Freeze:
    """Who froze the environment (the machine's or the pipeline's user, and the AWS identity), when (UTC) and why."""

    created_at: str
    created_by: str
    identity: str
    reason: str

    def __str__(self) -> str:
        who = f"{self.created_by} ({self.identity})" if self.identity else self.created_by
        return f"{who} froze it at {self.created_at}: {self.reason}"


class Frozen(Failure):
    """The environment is frozen, and nothing was changed."""

    def __init__(self, environment: str, found: Freeze) -> None:
        super().__init__(
            f"{environment} is frozen; nothing was changed",
            reason=f"{found}.",
            next_step=f"wait until the freeze is lifted (python3 orchestrate.py unfreeze {environment}),\n"
            'or run the same command with  --despite-freeze "WHY IT CANNOT WAIT"',
        )
        self.freeze = found


def current(aws: Aws) -> Freeze | None:
    """The environment's freeze, or None. One that cannot be read holds all the same."""
    found = _stored(aws)
    return found[0] if found else None


def put(aws: Aws, reason: str) -> Freeze:
    """Freeze the environment. Raises `Failure` with whose freeze it is if it is frozen already.

    On AWS it may be one that was never deployed: the bucket is made if it is missing.
    """
    made = Freeze(
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=audit.person(),
        identity=session.check_account(aws),
        reason=reason,
    )
    state.ensure_bucket(aws)
    for _ in range(ATTEMPTS):
        if state.create(aws, _key(aws), asdict(made)):
            return made
        other = current(aws)
        if other is not None:  # else it was lifted between the two looks
            raise Failure(
                f"{aws.environment.name} is frozen already",
                reason=f"{other}.",
                next_step=f"leave it, or lift it first: python3 orchestrate.py unfreeze {aws.environment.name}",
            )
    raise Failure(
        f"{aws.environment.name} could not be frozen",
        reason=f"Others froze it and lifted that {ATTEMPTS} times meanwhile.",
        next_step="run the same command again",
    )


def lift(aws: Aws) -> Freeze | None:
    """Lift the freeze; the one that was lifted, or None if there was none.

    Only the freeze that was read is lifted, never one that somebody has put in its place since. Raises `Failure`.
    """
    from botocore.exceptions import ClientError

    stored = _stored(aws)
    if stored is None:
        return None
    found, etag = stored
    try:
        aws.client("s3").delete_object(Bucket=aws.environment.state_bucket, Key=_key(aws), IfMatch=etag)
    except ClientError as error:
        if session.is_code(error, "NoSuchKey", "404"):
            return None  # somebody else was faster
        if session.is_code(error, "PreconditionFailed", "412", "ConditionalRequestConflict"):
            raise Failure(
                f"the freeze of {aws.environment.name} was replaced meanwhile",
                reason="Somebody else lifted it and froze the environment again.",
                next_step=f"look at it first: python3 orchestrate.py status {aws.environment.name}",
            ) from error
        raise
    return found


def refuse(aws: Aws, despite: str | None = None) -> Freeze | None:
    """Raise `Frozen` if the environment is frozen, unless `despite` says why to go on all the same.

    To be called with the environment's lock held, right before something is changed; costs one S3 request. Returns the
    freeze that is passed over, for the record.
    """
    found = current(aws)
    if found is not None and not despite:
        raise Frozen(aws.environment.name, found)
    return found


def pass_over(aws: Aws, despite: str | None, say: Callable[[str], None]) -> Freeze | None:
    """`refuse`; a freeze that is passed over is named, and is in the record of the command with the reason."""
    found = refuse(aws, despite)
    if found is not None:
        record = audit.current()
        if record is not None:
            record.details["despite_freeze"] = {"reason": despite, "freeze": asdict(found)}
        say(f"warning: {aws.environment.name} is frozen, and this goes on despite that ({despite}). {found}")
    return found


def describe(found: Freeze | None) -> dict[str, str | None] | None:
    """The freeze as `--json` shows it."""
    return None if found is None else asdict(found) | {"identity": found.identity or None}


def _key(aws: Aws) -> str:
    return f"{aws.environment.name}/freeze.json"


def _stored(aws: Aws) -> tuple[Freeze, str] | None:
    """The freeze as it is kept, and the ETag by which exactly that one can be removed."""
    from botocore.exceptions import ClientError

    try:
        answer = aws.client("s3").get_object(Bucket=aws.environment.state_bucket, Key=_key(aws))
    except ClientError as error:
        if session.is_code(error, "NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    return _read(answer["Body"].read()), str(answer["ETag"])


def _read(body: bytes) -> Freeze:
    names = [field.name for field in fields(Freeze)]
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in names):
        return Freeze("an unknown time", "somebody", "", "unknown (its record cannot be read)")
    return Freeze(**{name: " ".join(plain.lines(value[name])) for name in names})
