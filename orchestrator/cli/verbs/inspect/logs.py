"""`logs`: what the services' containers wrote."""

from __future__ import annotations

import argparse
import time
from typing import Any

from orchestrator import places
from orchestrator.cli.verbs.inspect import status
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.project.environment import Environment
from orchestrator.proof import evidence
from orchestrator.system import interrupt
from orchestrator.target import Target

_POLL_SECONDS = 2.0
# How far looks overlap: lines arrive late, and clocks differ.
_OVERLAP_MS = 5000


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print log lines of one service, or of all. Returns the exit code."""
    target = places.reach(environment)
    known = sorted(status.read(target))
    names = [arguments.service] if arguments.service else known
    for name in names:
        if name not in known:
            failed = evidence.kept(target, name)
            if failed is not None:
                return _print_failed(console, name, failed, arguments.json)
            raise Failure(
                f"{environment.name} has no service {name!r}",
                reason=f"Its services: {', '.join(known) or 'none'}.",
                next_step=f"python3 orchestrate.py logs {known[0] if known else ''}".rstrip(),
                exit_code=ExitCode.USAGE,
            )
    since = int((time.time() - arguments.since * 60) * 1000)
    seen: set[str] = set()
    while True:
        events = sorted(_events(target, names, since, seen), key=lambda event: event["timestamp"])
        for event in events:
            _print(console, event, arguments.json)
        if not arguments.follow:
            return ExitCode.SUCCESS
        since = following(since, [event["timestamp"] for event in events], int(time.time() * 1000))
        try:
            interrupt.sleep(_POLL_SECONDS)
        except Interrupted:
            return ExitCode.SUCCESS


def following(since: int, seen: list[int], now: int) -> int:
    """From when on the next look asks, in milliseconds since 1970: a little before the newest line seen.

    A clock that was set back writes lines that are older than those before: then it asks from its new time on.
    """
    return min(max(since, *seen), now) - _OVERLAP_MS if seen else min(since, now - _OVERLAP_MS)


def _events(target: Target, names: list[str], since: int, seen: set[str]) -> list[dict[str, Any]]:
    client = target.aws.client("logs")
    found = []
    for name in names:
        group = f"/ecs/{target.environment.prefix}/{name}"
        try:
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
            for page in pages:
                for event in page["events"]:
                    if event["eventId"] not in seen:
                        seen.add(event["eventId"])
                        found.append({**event, "service": name})
        except client.exceptions.ResourceNotFoundException:
            continue  # no task of this service has written anything yet
    return found


def _print_failed(console: Console, service: str, failed: dict[str, Any], as_json: bool) -> int:
    """What a service that going back has removed wrote before it failed."""
    console.say(f"{service} is not there any more. It failed at {failed['at']}: {failed['verdict']}")
    console.say(failed["reason"])
    for line in failed["log"]:
        if as_json:
            console.json_line({"service": service, "task": failed["task"], "message": line})
        else:
            console.data(f"{service} {failed['task']} {line}")
    return ExitCode.SUCCESS


def _print(console: Console, event: dict[str, Any], as_json: bool) -> None:
    task = event.get("logStreamName", "").rpartition("/")[2][:8]
    message = event["message"].rstrip()
    if as_json:
        console.json_line({
            "timestamp": event["timestamp"], "service": event["service"], "task": task, "message": message,
        })  # fmt: skip
        return
    stamp = time.strftime("%H:%M:%S", time.localtime(event["timestamp"] / 1000))
    console.data(f"{stamp} {event['service']} {task} {message}")
