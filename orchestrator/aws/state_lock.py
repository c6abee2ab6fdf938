"""Terraform's lock of a state: released where it is certain that the Terraform that took it is dead.

A lock file tells who took it (user and machine), when, and no process. So each Terraform that a run starts is written
down, and a lock that only that one can have taken is free when its process is no more.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.aws import session as aws_errors
from orchestrator.aws.session import Aws
from orchestrator.system import atomic, processes
from orchestrator.system.processes import Identity

# A Terraform takes its lock within seconds of its start; where nobody saw its end, a later lock is not taken for its.
TAKES_SECONDS = 120.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Started:
    """A Terraform that was started on this machine: its process, and when by the clock (seconds since 1970)."""

    pid: int
    began: int
    boot: str
    at: float
    ended: float | None = None

    @property
    def is_alive(self) -> bool:
        """True while it runs."""
        return self.boot == _boot() and processes.is_alive(Identity(self.pid, self.began))

    def took(self, created: float) -> bool:
        """True if a lock of that time fits: taken after the start, and before the end if somebody saw it."""
        latest = self.ended if self.ended is not None else self.at + TAKES_SECONDS
        return self.at <= created <= latest


@dataclass(frozen=True)
class Lock:
    """The lock of one state in the bucket."""

    aws: Aws
    key: str

    def __str__(self) -> str:
        return f"s3://{self._place['Bucket']}/{self._place['Key']}"

    @property
    def _place(self) -> dict[str, str]:
        return {"Bucket": self.aws.environment.state_bucket, "Key": f"{self.key}.tflock"}

    def release(self, holder: Mapping[str, str], last: Started | None) -> bool:
        """Release the lock of `holder` (as Terraform tells it) if its Terraform is certainly dead. True if it is free.

        `last` is the Terraform that this copy started last on the state. Deleted is exactly the lock that was judged: a
        new one, taken meanwhile, has another ETag.
        """
        from botocore.exceptions import ClientError

        s3 = self.aws.client("s3")
        try:
            found = s3.get_object(**self._place)
            told = parse(found["Body"].read())
            if told.get("ID") != holder.get("ID"):
                return True  # the one that was met is gone; whether there is a new one, the next attempt tells
            if not is_abandoned(told, me(), last, emulated=self.aws.endpoint is not None, living=self._living()):
                return False
            s3.delete_object(**self._place, IfMatch=found["ETag"])
        except ClientError as error:
            # Somebody else was faster; or else the credentials may not do it, and nobody did.
            return aws_errors.is_code(error, "NoSuchKey", "404", "PreconditionFailed", "412")
        return True

    def _living(self) -> bool:
        """True if a Terraform runs on this machine that may be at work on this state."""
        pids = processes.named("terraform")
        if self.aws.endpoint is None:
            return bool(pids)
        return any(self._may_be_here(pid) for pid in pids)

    def _may_be_here(self, pid: int) -> bool:
        variables = processes.environment(pid)
        if variables is None:
            return processes.identity(pid) is not None  # another user's; else it has ended meanwhile
        return variables.get("AWS_ENDPOINT_URL") == self.aws.endpoint


def is_abandoned(lock: Mapping[str, Any], who: str, last: Started | None, *, emulated: bool, living: bool) -> bool:
    """True if the Terraform that took the lock is certainly dead.

    Never of another machine or user, never while a Terraform lives here that may hold it. An emulated AWS is used from
    this machine alone, so there that is all. On AWS another machine may have the same name: the lock must also be of
    the very time in which a Terraform of this copy ran that is dead now.
    """
    if living or (lock and lock.get("Who") != who):
        return False
    if emulated:
        return True  # also one that cannot be read
    created = seconds(str(lock.get("Created", "")))
    return last is not None and not last.is_alive and created is not None and last.took(created)


def parse(body: bytes) -> dict[str, Any]:
    """The lock file's content, empty if it is broken."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def seconds(created: str) -> float | None:
    """Seconds since 1970 of the time as Terraform writes it, with nanoseconds; None for anything else."""
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", created)).timestamp()
    except ValueError:
        return None


def me() -> str:
    """This user on this machine, as Terraform names them in a lock."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = ""  # Terraform cannot name one either
    return f"{user}@{socket.gethostname()}"


def started(file: Path, pid: int, at: float) -> None:
    """Write down in `file` that a Terraform has been started. `at` is a time before it was: its lock is later."""
    identity = processes.identity(pid)
    if identity is not None:
        atomic.write(file, json.dumps(asdict(Started(pid, identity.began, _boot(), at))))


def ended(file: Path, *, left_lock: bool) -> None:
    """Its end: one that was killed, or that could not give its lock back, is kept in mind."""
    last = recorded(file)
    if left_lock and last is not None:
        atomic.write(file, json.dumps(asdict(replace(last, ended=time.time()))))
    else:
        file.unlink(missing_ok=True)


def keep(file: Path, last: Started | None) -> None:
    """Put back what was written down before a Terraform that could not have the lock."""
    if last is None:
        file.unlink(missing_ok=True)
    else:
        atomic.write(file, json.dumps(asdict(last)))


def recorded(file: Path) -> Started | None:
    """The Terraform that was written down last, unless it is known to have ended by itself."""
    try:
        value = json.loads(file.read_text())
        return Started(int(value["pid"]), int(value["began"]), str(value["boot"]), float(value["at"]),
                       None if value["ended"] is None else float(value["ended"]))  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
