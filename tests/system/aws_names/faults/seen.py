"""Faults as AWS gives them, and commands that meet them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.system.aws_names.rehearsal import Rehearsal

Rule = dict[str, Any]
# Until a command has said what is wrong, on a machine that has other things to do. One that tries everything as often
# as Terraform's provider does, or waits for an answer that does not come, takes many minutes.
NAMED_SECONDS = 150
# As each protocol says it: the code, the status.
THROTTLED = {
    "ecs": ("ThrottlingException", 400), "ec2": ("RequestLimitExceeded", 503), "iam": ("Throttling", 400),
    "elasticloadbalancing": ("Throttling", 400), "logs": ("ThrottlingException", 400), "s3": ("SlowDown", 503),
    "dynamodb": ("ThrottlingException", 400), "ecr": ("ThrottlingException", 400), "sts": ("Throttling", 400),
    "kms": ("ThrottlingException", 400),
}  # fmt: skip


def throttling(service: str, **rule: Any) -> Rule:
    """The service is asked too often."""
    code, status = THROTTLED[service]
    return {"service": service, "code": code, "message": "Rate exceeded", "status": status, **rule}


def denied(service: str, action: str, resource: str, by: str = "engineer", **rule: Any) -> Rule:
    """The right is missing, in AWS's words."""
    code, status = ("AccessDeniedException", 400) if service in ("ecs", "ecr", "logs") else ("AccessDenied", 403)
    text = (
        f"User: arn:aws:iam::111111111111:user/{by} is not authorized to perform: {service}:{action} on resource: "
        f"{resource} because no identity-based policy allows the {service}:{action} action"
    )
    return {"service": service, "action": action, "code": code, "message": text, "status": status, **rule}


def expired(**rule: Any) -> Rule:
    """The session of whoever calls is over."""
    return {"code": "ExpiredToken", "message": "The security token included in the request is expired", "status": 403,
            **rule}  # fmt: skip


def passing(principal: str) -> list[Rule]:
    """What an apply in an account meets that has just been made: each passes."""
    once = {"principal": principal, "times": 1}
    return [
        *(throttling(service, **once, after=2) for service in THROTTLED),
        {"service": "iam", "action": "CreateRole", "effect": "cut", **once},
        {"service": "ec2", "action": "CreateFlowLogs", "code": "InvalidParameter", "status": 400,
         "message": "Unable to assume given IAM role", **once},
        {"service": "ecs", "action": "CreateService", "code": "InvalidParameterException", "status": 400, "message":
         "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role "
         "being passed has the proper permissions.", **once},
    ]  # fmt: skip


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    said: str
    seconds: float

    def is_one_message(self, *parts: str, code: int, without: Sequence[str] = ()) -> None:
        """It ended with that exit code and one message that has these parts, and not the others."""
        assert self.code == code, self.said
        assert self.said.count("\nerror: ") + self.said.startswith("error: ") == 1, self.said
        message = self.said[self.said.index("error: ") :]
        for part in (*parts, "next:  "):
            assert part in message, f"{part!r} is not in: {message}"
        for part in (*without, "defect", "Traceback"):
            assert part not in message, f"{part!r} is in: {message}"


def tell(checkout: Rehearsal, *arguments: str, **environment: str) -> Told:
    """Run the command to its end, whatever that is."""
    began = time.monotonic()
    done = checkout.run(*arguments, code=None, **environment)
    return Told(done.returncode, done.stderr, time.monotonic() - began)


def keys(name: str) -> dict[str, str]:
    """The environment variables of a person who is known by that name."""
    return {"AWS_ACCESS_KEY_ID": f"AKIAREHEARSAL{name.upper()}"}
