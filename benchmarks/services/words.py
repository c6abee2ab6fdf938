"""The words service against the same endpoint in Express and in raw ASGI, each alone on the same core."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from orchestrator.errors import Failure

from . import servers, wrk
from .machine import Cores, say
from .node import express
from .plan import Plan
from .servers import Program

PATH: Final = "/api/words"
TARGET: Final = f"{PATH}?kind=noun&count=3"
_WORDS_ASKED: Final = 30


def measure(cores: Cores, plan: Plan, folder: Path) -> dict[str, list[float]]:
    """Requests per second of each candidate, one figure per round. Raises Failure."""
    rates: dict[str, list[float]] = {}
    for number in range(plan.rounds):
        candidates = list(_candidates(cores, folder).items())
        first = number % len(candidates)
        for name, program in candidates[first:] + candidates[:first]:
            rate = _rate(program, cores, plan, new_seeds=name == "service_seeds")
            rates.setdefault(name, []).append(rate)
            say(f"words, round {number + 1} of {plan.rounds}: {name} {rate:,.0f} requests/s")
    return rates


def _candidates(cores: Cores, folder: Path) -> dict[str, Program]:
    service = servers.service("words", PATH)
    words = folder / "nouns.json"
    if not words.exists():
        words.write_text(json.dumps(_nouns(service, cores)))
    return {
        "service": service,
        # What has been read from a query is remembered, and a benchmark asks the same again and again: so also without.
        "service_seeds": service,
        "express": express(WORDS=str(words)),
        "raw_words": servers.rival("raw_words", WORDS=str(words)),
        "raw_bytes": servers.rival("raw_bytes"),
    }


def _nouns(service: Program, cores: Cores) -> list[str]:
    """Nouns of the service's own, so that all candidates choose from the same ones."""
    found: set[str] = set()
    with servers.running(service, cpu=cores.server) as running:
        for _ in range(_WORDS_ASKED):
            found.update(json.loads(servers.get(running.port, f"{PATH}?kind=noun&count=100"))["words"])
    return sorted(found)


def _rate(program: Program, cores: Cores, plan: Plan, *, new_seeds: bool) -> float:
    with servers.running(program, cpu=cores.server) as running:
        answer = json.loads(servers.get(running.port, TARGET))
        if answer["kind"] != "noun" or len(set(answer["words"])) != 3:
            raise Failure(f"{TARGET} was answered {answer}")
        url, connections = running.url(TARGET), plan.words_connections
        wrk.requests_per_second(url, connections=connections, seconds=plan.warm_seconds, new_seeds=new_seeds)
        return wrk.requests_per_second(url, connections=connections, seconds=plan.words_seconds, new_seeds=new_seeds)
