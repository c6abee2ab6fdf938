"""The images that this copy left in the container engine."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.system import process

LABEL = "com.storyizer.copy"


def remove(copy: str, say: Callable[[str], None]) -> int:
    """Remove the service images that the copy of that id built. Returns how many; none where no engine answers.

    `say` is told what is waited for.
    """
    if process.which("docker") is None:
        return 0
    listed = process.run(["docker", "image", "ls", "--quiet", "--no-trunc", "--filter", f"label={LABEL}={copy}"])
    found = sorted(set(listed.stdout.split())) if listed.ok else []
    if found:
        say(f"waiting for the engine to remove the images that were built here ({len(found)})")
        process.run(["docker", "image", "rm", "--force", *found])
    return len(found)
