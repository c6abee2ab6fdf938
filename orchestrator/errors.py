"""One way to fail: a `Failure` says what failed, why, and what to do next, and carries the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the process returns. People's scripts rely on these."""

    SUCCESS = 0
    FAILURE = 1
    PLAN_HAS_CHANGES = 2
    STOPPED_BY_REVIEW = 3
    ROLLED_BACK = 4
    PREREQUISITE_MISSING = 5
    USAGE = 64
    INTERRUPTED = 130


class Failure(Exception):
    """An expected way to fail.

    `message` names what failed, `reason` says why, `next_step` is a command or an action, `details` are lines of
    evidence (a build's last lines, a task's log) printed between them.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        next_step: str = "",
        details: Sequence[str] = (),
        exit_code: ExitCode = ExitCode.FAILURE,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.next_step = next_step
        self.details = tuple(details)
        self.exit_code = exit_code
        # Where it is not rendered (a test's report, a debugger) the evidence is there all the same.
        for line in (reason, *self.details):
            if line:
                self.add_note(line)

    def render(self) -> str:
        """The whole failure as the person reads it, without colour, several lines."""
        lines = [f"error: {self.message}"]
        lines += [f"  {line}" for line in self.reason.splitlines()]
        lines += [f"  | {line}" for line in self.details]
        if self.next_step:
            first, *rest = self.next_step.splitlines()
            lines.append(f"next:  {first}")
            lines += [f"       {line}" for line in rest]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The failure as the `error` of every command's `--json`."""
        return {
            "message": self.message,
            "reason": self.reason or None,
            "details": list(self.details),
            "next_step": self.next_step or None,
        }


class Interrupted(Failure):
    """Ctrl-C or SIGTERM, after everything that was running has been given the time to end properly."""

    def __init__(self, during: str = "") -> None:
        super().__init__(
            f"interrupted{f' during {during}' if during else ''}",
            reason="What was running has been given the time to end properly; what had been finished stays.",
            next_step="run the same command again: it continues from here",
            exit_code=ExitCode.INTERRUPTED,
        )


class PrerequisiteMissing(Failure):
    """Something that the machine must have is not there; `next_step` says how to get it."""

    def __init__(self, message: str, *, reason: str = "", next_step: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(
            message,
            reason=reason,
            next_step=next_step,
            details=details,
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )
