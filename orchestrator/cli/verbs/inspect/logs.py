"""`logs`: what the services' containers wrote."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.project.environment import Environment
from orchestrator.proof import stops
from orchestrator.running import jobs, log_line, log_reading, log_since, services
from orchestrator.running.log_line import Event, Layout
from orchestrator.running.log_reading import Reader
from orchestrator.system import interrupt, plain
from orchestrator.target import Target

_POLL_SECONDS = 2.0
# How far looks overlap: lines arrive late, and clocks differ.
_OVERLAP_MS = 5000


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print log lines of one service, or of all. Returns the exit code."""
    target = places.reach(environment)
    if arguments.failed:
        return _failed(target, arguments.service, console, arguments.json)
    known = sorted([*services.names(target), *jobs.all_of(target)])
    if arguments.service and arguments.service not in known:
        return _of_a_service_that_is_gone(target, arguments.service, known, console, arguments.json)
    names = [arguments.service] if arguments.service else known
    back = log_since.seconds(log_since.DEFAULT) if arguments.since is None else arguments.since
    now = _now()
    since = log_since.milliseconds(back, now)
    layout = _layout(names, log_line.needs_dates(since, now))
    reader = Reader(target)
    while True:
        events = reader.new(names, since)
        _print(console, events, layout, arguments.json)
        if not arguments.follow:
            return ExitCode.SUCCESS
        since = log_since.following(since, [event.timestamp for event in events], _now(), _OVERLAP_MS)
        try:
            interrupt.sleep(_POLL_SECONDS)
        except Interrupted:
            return ExitCode.SUCCESS


def _now() -> int:
    return int(time.time() * 1000)


def _layout(names: Sequence[str], dates: bool) -> Layout:
    return Layout(tuple(names), dates, plain.colour_wanted(sys.stdout))


def _print(console: Console, events: Sequence[Event], layout: Layout, as_json: bool) -> None:
    for event in events:
        if as_json:
            console.json_line(event.as_json())
        else:
            for line in layout.lines(event):
                console.data(line)


def _failed(target: Target, service: str | None, console: Console, as_json: bool) -> int:
    """What the tasks of the last failed deploy wrote. Going back has taken the tasks themselves away."""
    kept = log_reading.failures(target)
    found = log_reading.last(kept, service)
    if found is not None:
        return _print_failed(target, *found, console, as_json)
    if service is not None and service not in services.names(target):
        raise _no_such_service(target, service, sorted({*services.names(target), *kept}))
    console.say(f"no failed deploy of {service or target.environment.name} is on record")
    return ExitCode.SUCCESS


def _print_failed(target: Target, service: str, failed: dict[str, Any], console: Console, as_json: bool) -> int:
    console.say(f"{service} failed at {failed.get('at', 'an unknown time')}: {failed.get('verdict', '')}")
    console.say(str(failed.get("reason", "")))
    task = str(failed.get("task", ""))
    events = Reader(target).of_tasks(service, [item for item in failed.get("tasks") or [task] if item])
    if events:
        oldest = min(event.timestamp for event in events)
        _print(console, events, _layout([service], log_line.needs_dates(oldest, _now())), as_json)
        return ExitCode.SUCCESS
    # The service is gone and its log with it: the last lines were kept.
    for line in failed.get("log", ()):
        if as_json:
            console.json_line({"at": None, "service": service, "task": task or None, "message": line})
        else:
            found = log_line.said(line)
            for text in found.lines if found else ():
                console.data(f"{service}  {stops.short(task)}  {found.level if found else '':<8}  {text}")
    return ExitCode.SUCCESS


def _of_a_service_that_is_gone(
    target: Target, service: str, known: Sequence[str], console: Console, as_json: bool
) -> int:
    failed = log_reading.failures(target).get(service)
    if failed is None:
        raise _no_such_service(target, service, known)
    console.say(f"{service} is not there any more")
    return _print_failed(target, service, failed, console, as_json)


def _no_such_service(target: Target, service: str, known: Sequence[str]) -> Failure:
    return Failure(
        f"{target.environment.name} has no service {service!r}",
        reason=f"Its services: {', '.join(known) or 'none'}.",
        next_step=f"python3 orchestrate.py logs {known[0] if known else ''}".rstrip(),
        exit_code=ExitCode.USAGE,
    )
