"""The audit: a record beside the releases of every command that changes an environment, who ran it and how it ended.

    with audit.recorded(environment, console, verb="scale", arguments={"service": "words"}, aws=aws) as record:
        ...
        record.details["tasks"] = 3

The record is written when the command begins and again when it ends, so that one of a killed command says that it began
and never ended; that of a bundle's deploy also before anything is changed, so that a later run knows that it was begun.
A record that cannot be written is a warning: what was done is done. It waits on this machine then, and the next command
that reaches the environment writes it.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.aws import session, state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.system import atomic

_READERS = 16
_LOOKED_AT = 100
BEGUN, SUCCEEDED, FAILED = "begun", "succeeded", "failed"
ROLLED_BACK, STOPPED, INTERRUPTED = "rolled back", "stopped by review", "interrupted"
_OUTCOMES = {
    ExitCode.SUCCESS: SUCCEEDED,
    ExitCode.ROLLED_BACK: ROLLED_BACK,
    ExitCode.STOPPED_BY_REVIEW: STOPPED,
    ExitCode.INTERRUPTED: INTERRUPTED,
}


@dataclass
class Record:
    """One command: `verb` with its `arguments`, who ran it where, and how it ended.

    `identity` is the caller's ARN as AWS tells it, `person` and `host` the CI system's or the machine's user and the
    machine. `outcome` is `begun` until it has ended. `release` is the release that it made or left live, `deploy` what
    it deployed (commit, images, plan), where it is a deploy. `details` are the verb's own.
    """

    id: str
    environment: str
    verb: str
    arguments: dict[str, Any]
    person: str
    host: str
    began_at: str
    identity: str = ""
    outcome: str = BEGUN
    exit_code: int | None = None
    seconds: float | None = None
    error: str = ""
    reason: str = ""
    release: str = ""
    deploy: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """False for one that is still at work, or was killed."""
        return self.outcome != BEGUN


class Recording:
    """A command that is being recorded: writes its record once its AWS is reached."""

    def __init__(self, environment: Environment, console: Console, record: Record) -> None:
        self.environment, self.console, self.record = environment, console, record
        self._aws: Aws | None = None
        self._stopped = False
        self._began = time.monotonic()

    def reached(self, aws: Aws) -> None:
        """Write that it has begun, and what earlier commands could not write. To be called once the bucket is there."""
        if self._aws is not None:
            return
        self._aws = aws
        self.record.identity = _identity(aws)
        if self._write():
            _write_kept(aws, self.console)

    def deploys(self, what: dict[str, Any]) -> None:
        """What it deploys is known, and nothing has been changed yet."""
        self.record.deploy = what
        if what.get("bundle"):
            self._write()

    def left(self) -> None:
        """Its AWS is being stopped: how it ends is kept on this machine until the next command writes it."""
        self._stopped = self._aws is not None

    def end(self, error: BaseException | None) -> None:
        """Write how it has ended."""
        record = self.record
        record.seconds = round(time.monotonic() - self._began, 2)
        if error is not None:
            record.exit_code, record.error, record.reason = _told(error)
        elif record.exit_code is None:
            record.exit_code = int(ExitCode.SUCCESS)
        record.outcome = outcome(record.exit_code)
        if self._aws is not None:
            self._write()

    def _write(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        if self._aws is None:
            return False
        kept = kept_file(self.environment, self.record.id)
        try:
            if not self._stopped:
                state.write(self._aws, key(self.environment, self.record.id), asdict(self.record))
                kept.unlink(missing_ok=True)
                return True
            why = ""
        except (BotoCoreError, ClientError, OSError) as error:
            why = session.explain(error)
        try:
            atomic.write(kept, json.dumps(asdict(self.record), default=str), mode=0o600)
            until = f"it is kept in {kept} until the next command writes it"
        except OSError as error:
            why, until = why or "its AWS is stopped", f"nor can it be kept in {error.filename}: {error.strerror}"
        if why:
            self.console.say(f"warning: the record of this {self.record.verb} could not be written ({why}); {until}")
        return False


_running: ContextVar[Recording | None] = ContextVar("the command that is being recorded", default=None)


@contextmanager
def recorded(
    environment: Environment,
    console: Console,
    *,
    verb: str,
    arguments: Mapping[str, Any] | None = None,
    aws: Aws | None = None,
) -> Iterator[Record]:
    """Record what is done inside as a command that changes the environment.

    `arguments` are stored in clear: no secret belongs there. Without `aws` nothing is written before `reached` is
    called. Inside of another command this is a part of it, and that one's record is given.
    """
    around = _running.get()
    if around is not None:
        if aws is not None:
            around.reached(aws)
        yield around.record
        return
    recording = Recording(environment, console, _begin(environment, verb, arguments or {}))
    token = _running.set(recording)
    try:
        if aws is not None:
            recording.reached(aws)
        yield recording.record
    except BaseException as error:
        recording.end(error)
        raise
    else:
        recording.end(None)
    finally:
        _running.reset(token)


def reached(aws: Aws) -> None:
    """The command that is being recorded, if one is, has reached its AWS, and the state bucket is there."""
    recording = _running.get()
    if recording is not None:
        recording.reached(aws)


def released(name: str) -> None:
    """The command that is being recorded has made or left live that release."""
    recording = _running.get()
    if recording is not None:
        recording.record.release = name


def deploys(what: dict[str, Any]) -> None:
    """The command that is being recorded is about to deploy this: commit, bundle, images, plan."""
    recording = _running.get()
    if recording is not None:
        recording.deploys(what)


def has_begun(aws: Aws, bundle: str) -> bool:
    """True if one of the last commands has begun to deploy the bundle of that hash."""
    return any(record.deploy.get("bundle") == bundle for record in read(aws, last=_LOOKED_AT))


def left() -> None:
    """The AWS of the command that is being recorded is being stopped."""
    recording = _running.get()
    if recording is not None:
        recording.left()


def current() -> Record | None:
    """The record of the command that runs, or None where it changes nothing."""
    recording = _running.get()
    return recording.record if recording is not None else None


def outcome(exit_code: int) -> str:
    """The word for an exit code."""
    return _OUTCOMES.get(ExitCode(exit_code), FAILED) if exit_code in set(ExitCode) else FAILED


def key(environment: Environment, record_id: str) -> str:
    """Where a record is kept in the state bucket."""
    return f"{environment.name}/audit/{record_id}.json"


def read(aws: Aws, last: int | None = None) -> list[Record]:
    """The environment's records, the oldest first; only the `last` ones if that is given. Raises `Broken`."""
    names = state.keys(aws, f"{aws.environment.name}/audit/")
    if last is not None:
        names = names[-last:]
    with ThreadPoolExecutor(max_workers=_READERS) as pool:
        found = list(pool.map(lambda name: state.read_as(aws, name, Record), names))
    return [record for record in found if record is not None]


def person() -> str:
    """Who runs this: the CI system's user or the machine's."""
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _begin(environment: Environment, verb: str, arguments: Mapping[str, Any]) -> Record:
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    now = time.gmtime(seconds)
    # Ids sort by time, also within a second; the last digits tell apart what begins at the same moment.
    record_id = f"{time.strftime('%Y%m%dT%H%M%SZ', now)}-{microseconds:05x}{secrets.randbelow(16**3):03x}"
    began_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", now)
    return Record(record_id, environment.name, verb, dict(arguments), person(), socket.gethostname(), began_at)


def _told(error: BaseException) -> tuple[int, str, str]:
    if isinstance(error, Failure):
        return int(error.exit_code), error.message, error.reason
    if isinstance(error, KeyboardInterrupt):
        return int(ExitCode.INTERRUPTED), "interrupted", ""
    return int(ExitCode.FAILURE), type(error).__name__, session.explain(error) if isinstance(error, Exception) else ""


def _identity(aws: Aws) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(aws.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return ""


def kept_file(environment: Environment, record_id: str) -> Path:
    """Where a record that could not be written waits on this machine."""
    return environment.work / "audit" / f"{record_id}.json"


def _write_kept(aws: Aws, console: Console) -> None:
    """Write the records that earlier commands had to leave on this machine."""
    from botocore.exceptions import BotoCoreError, ClientError

    for file in sorted((aws.environment.work / "audit").glob("*.json")):
        try:
            state.write(aws, key(aws.environment, file.stem), json.loads(file.read_text(encoding="utf-8")))
            file.unlink()
        except (OSError, ValueError, BotoCoreError, ClientError) as error:
            console.say(f"warning: the record in {file} could not be written: {error}")
            return
