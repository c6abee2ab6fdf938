"""`releases`: what was deployed, proven or failed; one release with its picture; with `--audit` every command that
changed the environment."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator import places
from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.cli.release_table import audit_table, table
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, history, releases
from orchestrator.releases.audit import Record
from orchestrator.releases.history import Entry
from orchestrator.releases.releases import Release
from orchestrator.system import atomic, paths

# How many of each are read: the releases whose images are kept are among them.
SHOWN = 100


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print the releases, one of them, or the records of commands. Returns 0, also where there is none."""
    # What names none is told before AWS is asked.
    number = history.number(arguments.release) if arguments.release is not None else None
    target = places.reach(environment)
    if number is not None:
        return _one(target.aws, number, console, as_json=arguments.json)
    records = audit.read(target.aws, last=SHOWN)
    if arguments.audit:
        if arguments.json:
            console.json({"records": [record_json(record) for record in reversed(records)]})
        else:
            console.table("\n".join(audit_table(records)))
        return ExitCode.SUCCESS
    entries = history.entries(releases.history(target.aws, last=SHOWN), records)
    if arguments.json:
        live = next((entry.release.name for entry in entries if entry.is_live and entry.release), None)
        told = [entry_json(item) for item in entries]
        console.json({"live": live, "releases": told})
    else:
        console.table("\n".join(table(entries)))
    return ExitCode.SUCCESS


def _one(aws: Aws, number: int, console: Console, *, as_json: bool) -> int:
    """Print a release and where its picture is."""
    release = releases.numbered(aws, number)
    if release is None:
        raise history.missing(releases.history(aws), number, aws.environment.name)
    record = state.read_as(aws, audit.key(aws.environment, release.audit), Record) if release.audit else None
    entry = Entry(release, record, release == releases.latest(aws))
    file = draw(aws, release)
    if as_json:
        console.json({"release": entry_json(entry), "picture": str(file) if file else None})
        return ExitCode.SUCCESS
    none = f"none: {release.name} is from before pictures were kept, or its picture could not be kept"
    console.table("\n".join([*table([entry]), "", f"picture  {paths.from_here(file) if file else none}"]))
    return ExitCode.SUCCESS


def draw(aws: Aws, release: Release) -> Path | None:
    """Draw the picture of a release again, from what is kept of it. The file, None if nothing is kept."""
    from orchestrator.picture import kept, page

    found = kept.read(aws, release)
    if found is None:
        return None
    file = aws.environment.work / "releases" / f"{release.name}.html"
    atomic.write(file, page.render(found), mode=0o600)
    return file


def entry_json(entry: Entry) -> dict[str, Any]:
    """A deploy as `--json` shows it: a release, or one that was not proven and has no `name` and no `number`."""
    release, record = entry.release, entry.record
    deploy = vars(release) if release else (record.deploy if record else {})
    return {
        "name": release.name if release else None,
        "number": release.number if release else None,
        "live": entry.is_live,
        "proven": release is not None,
        "outcome": "proven" if release else (record.outcome if record else None),
        "error": _error_json(entry.why, record.reason if record else ""),
        "created_at": entry.at or None,
        "created_by": release.created_by if release else (record.person if record else None),
        "identity": record.identity or None if record else None,
        "host": record.host if record else None,
        "verb": record.verb if record else None,
        "seconds": record.seconds if record else None,
        **_deploy_json(deploy),
    }


def record_json(record: Record) -> dict[str, Any]:
    """The record of a command as `--json` shows it."""
    return {
        "id": record.id,
        "environment": record.environment,
        "verb": record.verb,
        "arguments": record.arguments,
        "created_by": record.person,
        "host": record.host,
        "identity": record.identity or None,
        "began_at": record.began_at,
        "outcome": record.outcome,
        "exit_code": record.exit_code,
        "error": _error_json(record.error, record.reason),
        "seconds": record.seconds,
        "release_name": record.release or None,
        "deploy": _deploy_json(record.deploy) if record.deploy else None,
        "details": record.details,
    }


def _error_json(message: str, reason: str) -> dict[str, Any] | None:
    """What is recorded of a failure, in the form of one that has just happened."""
    return Failure(message, reason=reason).as_json() if message else None


def _deploy_json(deploy: Mapping[str, Any]) -> dict[str, Any]:
    """What was deployed, of a release or of a command's record."""
    return {
        "commit": deploy.get("commit") or None,
        "images": deploy.get("images") or {},
        "plan": deploy.get("plan") or None,
        "bundle": deploy.get("bundle") or None,
        "rollback_of": deploy.get("rollback_of") or None,
        "promoted_from": releases.promoted_json(deploy.get("promoted_from") or {}),
    }
