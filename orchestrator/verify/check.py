"""What `verify` says of one thing, and how a list of that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from orchestrator.system import plain

Status = Literal["OK", "NG", "SKIP"]
# Why something is not looked at that an apply makes.
NOT_YET = "not created yet; judged from the plan in `up`"
# The words that programs get: those of every check, `doctor`'s too.
_WORDS: dict[Status, str] = {"OK": "ok", "NG": "failed", "SKIP": "skipped"}


@dataclass(frozen=True)
class Check:
    """One thing in a group of them: its status, what was found, and of an NG what to do about it.

    `blocks` says of an NG that a deploy would fail by it. The next apply puts the others right by itself, or a deploy
    does not need them.
    """

    group: str
    name: str
    status: Status
    why: str
    next_step: str = ""
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.group}, {self.name}: {self.why}"


def ok(group: str, name: str, why: str) -> Check:
    """It is as it must be."""
    return Check(group, name, "OK", why)


def skipped(group: str, name: str, why: str) -> Check:
    """It could not be judged."""
    return Check(group, name, "SKIP", why)


def wrong(group: str, name: str, why: str, next_step: str, *, blocks: bool = True) -> Check:
    """It is not as it must be."""
    return Check(group, name, "NG", why, next_step, blocks)


def failed(checks: Sequence[Check]) -> list[Check]:
    """Those that are NG."""
    return [check for check in checks if check.status == "NG"]


def merged(checks: Sequence[Check]) -> Iterator[str]:
    """The checks as lines, one for all of a group that have the same reason."""
    for group, why in dict.fromkeys((check.group, check.why) for check in checks):
        names = [check.name for check in checks if (check.group, check.why) == (group, why)]
        yield f"{group}, {', '.join(names)}: {why}"


def counted(checks: Sequence[Check]) -> str:
    """How many there are of each status."""
    numbers = [(status, sum(item.status == status for item in checks)) for status in ("OK", "NG", "SKIP")]
    return ", ".join(f"{number} {status}" for status, number in numbers if number)


def tree(checks: Sequence[Check]) -> Iterator[str]:
    """The checks as lines, below the name of their group."""
    width = max((len(check.name) for check in checks), default=0)
    for group in dict.fromkeys(check.group for check in checks):
        yield group
        for check in (check for check in checks if check.group == group):
            yield f"  {check.status:<4}  {check.name:<{width}}  {plain.line(check.why)}"
            for step in check.next_step.splitlines():
                yield f"        {'':<{width}}  -> {plain.line(step)}"


def describe(check: Check) -> dict[str, Any]:
    """The check as `--json` shows it, in the form and words of those of `doctor`."""
    return {
        "group": check.group,
        "name": check.name,
        "status": _WORDS[check.status],
        "found": check.why,
        "next_step": check.next_step or None,
        "blocks": check.status == "NG" and check.blocks,
    }
