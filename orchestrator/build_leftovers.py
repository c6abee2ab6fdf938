"""What a build that did not come to its end has left in the engine.

BuildKit leaves nothing. The classic builder keeps an image without a name for each step that it did, and puts the
label of the command line only on the last one: which images are a build's own is in what it says, step by step.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from orchestrator import process


# The engine gives the process of a step ten seconds to end, then kills it.
STEP_ENDS_SECONDS = 15


def made(lines: Iterable[str]) -> list[str]:
    """The ids of the images that a build made, in order, from what the classic builder says.

    What a step takes from an earlier build, or begins with, is somebody else's.
    """
    found: list[str] = []
    is_ours = False
    for line in lines:
        if step := re.match(r"Step \d+/\d+ : (\S+)", line):
            is_ours = step[1].upper() != "FROM"
        elif line.strip() == "---> Using cache":
            is_ours = False
        elif is_ours and (image := re.fullmatch(r" ---> ([0-9a-f]{12,64})\s*", line)):
            found.append(image[1])
    return found


def remove(lines: Iterable[str], began: datetime) -> None:
    """Remove the images that this build made since `began` and that have no name. Never fails.

    A step can print what it likes: an image that is older, or has a name, is not this build's, whatever was said. One
    that another build goes on from is left to that one: the engine refuses. It also does while the container of an
    interrupted step still ends, which is waited for.
    """
    images = list(dict.fromkeys(reversed(made(lines))))
    if not images:
        return
    asked = ["docker", "image", "inspect", "--format", "{{.Id}} {{.Created}} {{len .RepoTags}}", *images]
    # Spared: the signal that has ended the build must not end what tidies up behind it.
    known = map(str.split, process.run(asked, check_interrupt=False, spared=True).stdout.splitlines())
    ours = [identity for identity, created, names in known if names == "0" and _is_since(created, began)]
    deadline = time.monotonic() + STEP_ENDS_SECONDS
    while ours:
        done = process.run(["docker", "image", "rm", "--no-prune", *ours], check_interrupt=False, spared=True)
        if not re.search(r"is being used by|is using its referenced image", done.stderr) or time.monotonic() > deadline:
            return
        time.sleep(0.3)


def _is_since(created: str, began: datetime) -> bool:
    # The engine writes nanoseconds, which Python does not read before 3.12.
    told = datetime.strptime(created[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return told >= began.replace(microsecond=0)
