"""What is sent: one event as one JSON document."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# Raised when a receiver that reads documents of the version before would misread this one.
VERSION = 1


class Event(StrEnum):
    """What has happened to the environment."""

    SUCCESS = "success"
    """A new version is live."""
    FAILURE = "failure"
    """A deploy failed after it had begun to change the environment."""
    ROLLBACK = "rollback"
    """The new version failed, and the previous one serves."""
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    DRIFT = "drift"
    """A plan found changes that were made outside of Terraform."""


@dataclass(frozen=True)
class Notice:
    """An event with what is known of it: a sentence for people, who did it, and why it happened or failed.

    `release` is the one that is live or frozen, `commits` are per service the lines of the log that the deploy brings,
    `drift` the addresses of the resources that were changed outside, `url` where the environment is reached.
    """

    event: Event
    environment: str
    text: str
    who: str
    reason: str = ""
    release: str = ""
    url: str = ""
    commits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drift: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The JSON document. Every key is always there."""
        return {
            "version": VERSION,
            "event": self.event.value,
            "environment": self.environment,
            "text": self.text,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "who": self.who,
            "reason": self.reason,
            "release": self.release or None,
            "url": self.url or None,
            "report": report_link(os.environ) or None,
            "commits": {service: list(lines) for service, lines in self.commits.items()},
            "drift": list(self.drift),
        }


def report_link(shell: Mapping[str, str]) -> str:
    """Where the pipeline's run is looked at, empty outside of one."""
    parts = [shell.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    if all(parts):
        return "{}/{}/actions/runs/{}".format(*parts)
    return shell.get("CI_JOB_URL", "")
