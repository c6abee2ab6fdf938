"""What to tell the person when a run of Terraform has failed: from its diagnostics, or from what it wrote."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from orchestrator.aws import state_lock, told
from orchestrator.errors import Failure
from orchestrator.system import plain

Event = dict[str, Any]
AGAIN = "correct what it names and run the same command again"

_EXISTS = re.compile(r"AlreadyExists|AlreadyOwnedByYou|Duplicate|already exists|not idempotent")
# By what Terraform imports a resource: its name, which the provider's error has in brackets, or what is made of it.
_BY_NAME = frozenset((
    "aws_autoscaling_group", "aws_cloudwatch_log_group", "aws_dynamodb_table", "aws_ecr_repository", "aws_ecs_cluster",
    "aws_iam_instance_profile", "aws_iam_role", "aws_kms_alias", "aws_s3_bucket",
))  # fmt: skip
_ELB = "$(aws elbv2 describe-{kind} --region {region} --names {name} --query '{member}' --output text)"
_IDS = {
    "aws_ecs_service": "{cluster}/{name}",
    "aws_lb": _ELB.replace("{kind}", "load-balancers").replace("{member}", "LoadBalancers[0].LoadBalancerArn"),
    "aws_lb_target_group": _ELB.replace("{kind}", "target-groups").replace(
        "{member}", "TargetGroups[0].TargetGroupArn"
    ),
    "aws_sfn_state_machine": "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
}


class Place(Protocol):
    """What is said of a root module: `runner.Root` is one."""

    folder: Path
    data: Path
    variables: Mapping[str, str]
    var_files: Sequence[Path]
    rest: str

    @property
    def name(self) -> str:
        """The root module's name."""

    @property
    def lock(self) -> state_lock.Lock | None:
        """The lock of its state."""


def explain(command: str, root: Place, errors: Sequence[Event], stderr: str) -> Failure:
    """What to tell the person when a Terraform run failed, from its error diagnostics."""
    for error in errors:
        holder = lock_holder(error)
        if holder:
            return locked(root, holder)
    # That a lock could not be given back is seldom the cause: what failed before it is told first.
    ordered = sorted(errors, key=lambda error: str(error.get("summary", "")).startswith("Error releasing"))
    texts = [describe(error) for error in ordered] or [plain_error(stderr)]
    return Failure(
        f"terraform {command} failed in terraform/{root.name}",
        reason="\n".join(dict.fromkeys(texts)),
        next_step=_hint(command, root, errors, texts),
    )


def _what(error: Event, lock: state_lock.Lock | None) -> str:
    """The arguments of `terraform import` for what an error says exists already."""
    address = str(error.get("address") or "ADDRESS")
    kind = re.sub(r"^.*?([a-z0-9_]+)\.[^.]+$", r"\1", re.sub(r"\[[^\]]*\]", "", address))
    named = re.search(r"\(([^()]+)\)", str(error.get("summary", "")))
    pattern = "{name}" if kind in _BY_NAME else _IDS.get(kind)
    if named is None or pattern is None or lock is None:
        return f"{shlex.quote(address)} ID"
    place = lock.aws.environment
    known = {"cluster": place.prefix, "region": place.region, "account": place.account_id}
    return f"{shlex.quote(address)} " + pattern.format(
        name=shlex.quote(named[1]), partition=lock.aws.partition, **known
    )


def _hint(command: str, root: Place, errors: Sequence[Event], texts: Sequence[str]) -> str:
    rest = root.rest if command == "apply" else ""
    there = [error for error in errors if _EXISTS.search(f"{error.get('summary', '')} {error.get('detail', '')}")]
    if command == "apply" and there:
        files = "".join(f"{shlex.quote(f'-var-file={file}')} " for file in root.var_files)
        return "\n".join([
            "what exists already is not in the state: an apply was cut short while making it, or somebody made it.",
            "Take it over in a shell, and run the same command again; or delete it, if it is nobody's:"
            if not rest else "Take it over in a shell; or delete it, if it is nobody's:",
            f'take_over() {{ {in_shell(root)} import {files}"$@"; }}',
            *dict.fromkeys(f"take_over {_what(error, root.lock)}" for error in there),
            *([f"Then {rest}"] if rest else []),
        ])  # fmt: skip
    unreadable = any(re.match(r"Error acquiring the state lock.*PreconditionFailed", text) for text in texts)
    if unreadable and root.lock is not None:
        return f"the lock cannot be read. Only if no Terraform is at work on it anywhere: delete {root.lock}"
    helps = advice(root, texts)
    if root.variables.get("AWS_ENDPOINT_URL") and any("connection refused" in text for text in texts):
        again = rest or "run `up` again: it starts it and goes on from what was written"
        return f"the emulated AWS has ended meanwhile; {again}"
    if rest:
        return f"{helps};\nthen {rest}" if helps else rest
    if any(text.startswith("It was ended from outside") for text in texts):
        return "run `up` again: it releases the lock that is left, and continues from the state that was written"
    if command == "apply":
        before = f"{helps};\nthen" if helps else "fix the cause and"
        return f"{before} run `up` again: it continues from the state that was written"
    return f"{helps};\nthen run the same command again" if helps else AGAIN


def advice(root: Place, texts: Sequence[str]) -> str:
    """What helps against a cause that lies between here and AWS, or in the credentials; "" if it is none of these."""
    if root.variables.get("AWS_ENDPOINT_URL"):
        return ""
    found = map(told.cause, texts)
    return next((cause.remedy for cause in found if cause is not None and cause.remedy), "")


def is_locked(error: Event) -> bool:
    """True if there is a lock already, whether it can be read or not."""
    summary, detail = str(error.get("summary", "")), str(error.get("detail", ""))
    return bool(lock_holder(error)) or (
        summary.startswith("Error acquiring the state lock") and "PreconditionFailed" in summary + detail
    )


def leaves_lock(error: Event) -> bool:
    """True if Terraform could not give its lock back: credentials that expire end so."""
    return str(error.get("summary", "")).startswith("Error releasing the state lock")


def lock_holder(error: Event) -> dict[str, str]:
    """Who holds the lock that could not be had; empty if it is another error, such as one of access."""
    if not str(error.get("summary", "")).startswith("Error acquiring the state lock"):
        return {}
    lines = re.findall(r"^\s*(ID|Who|Operation|Created):[ \t]*(\S.*?)\s*$", error.get("detail", ""), flags=re.MULTILINE)
    info = dict(lines)
    return info if "ID" in info else {}


def locked(root: Place, holder: Mapping[str, str]) -> Failure:
    """The failure for a state that another run has locked: who, since when, how to release it."""
    release = f"{in_shell(root)} force-unlock {shlex.quote(holder['ID'])}"
    return Failure(
        f"the state of terraform/{root.name} is locked by {holder.get('Who', 'another run')}",
        reason=f"Since {holder.get('Created', 'an unknown time')}, "
        f"for {holder.get('Operation', 'an unknown operation')}. "
        "It is free again when that run ends; a Terraform that was killed leaves its lock behind.",
        next_step=f"wait for that run and try again. Only if it is dead for certain:\n{release}",
    )


def in_shell(root: Place) -> str:
    """How a command on the root module's state begins, for a shell in any folder."""
    variables = {"TF_DATA_DIR": str(root.data)}
    if root.variables.get("AWS_ENDPOINT_URL"):
        # The emulator's address and its dummy credentials; those of AWS are the shell's own.
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
        variables |= {name: root.variables[name] for name in names if name in root.variables}
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    return f"{settings} terraform -chdir={shlex.quote(str(root.folder))}"


def describe(diagnostic: Event) -> str:
    """One of Terraform's errors or warnings in one line: address, summary, place, detail."""
    place = diagnostic.get("range", {})
    where = f" ({place['filename']}:{place['start']['line']})" if place.get("filename") else ""
    address = f"{diagnostic['address']}: " if diagnostic.get("address") else ""
    detail = " ".join(str(diagnostic.get("detail", "")).split())
    return f"{address}{diagnostic.get('summary', 'unknown error')}{where}" + (f": {detail}" if detail else "")


def ended_by(code: int) -> str:
    """Why a run ended that could not tell it itself: a signal from outside. Empty if it was none."""
    return f"It was ended from outside, by {signal.Signals(-code).name}." if code < 0 else ""


def from_text(stderr: str) -> list[Event]:
    """The errors that a command wrote which has no events."""
    lines = _unframed(stderr)
    starts = [index for index, line in enumerate(lines) if line.startswith("Error: ")]
    return [
        {
            "severity": "error",
            "summary": lines[start].removeprefix("Error: "),
            "detail": "\n".join(lines[start + 1 : end]),
        }
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=False)
    ]


def plain_error(stderr: str) -> str:
    lines = [line for line in _unframed(stderr) if line]
    start = next((index for index, line in enumerate(lines) if line.startswith("Error:")), 0)
    return "\n".join(lines[start : start + 12]) or "it gave no reason"


def _unframed(stderr: str) -> list[str]:
    """The lines without the frame that Terraform draws around an error, and without its colours."""
    return [re.sub(r"^[│╷╵\s]+", "", plain.line(line)) for line in stderr.split("\n")]
