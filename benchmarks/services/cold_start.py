"""From the start of a process to its first 200 of /healthz, bytecode compiled, files in the page cache."""

from __future__ import annotations

from . import save, servers
from .machine import Cores, say
from .plan import Plan
from .words import PATH as WORDS_PATH


def measure(cores: Cores, plan: Plan) -> dict[str, list[float]]:
    """Seconds per start of each service, and of the least that Starlette and uvicorn can be. Raises Failure."""
    seconds: dict[str, list[float]] = {}
    with servers.running(save.stub(), cpu=cores.load) as database:
        candidates = {
            "hello": servers.rival("hello"),
            "website": servers.service("website", "/"),
            "words": servers.service("words", WORDS_PATH),
            "save": save.service(database),
        }
        # The first start of each compiles bytecode and fills the page cache.
        for number in range(plan.starts + 1):
            for name, program in candidates.items():
                with servers.running(program, cpu=cores.server) as running:
                    if number:
                        seconds.setdefault(name, []).append(running.started_seconds)
    for name, values in seconds.items():
        say(f"cold start: {name} {min(values):.3f} to {max(values):.3f} s")
    return seconds
