"""`releases`: what was deployed, proven or failed, and with `--audit` every command that changed the environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, history, releases
from orchestrator.releases.audit import Record
from orchestrator.releases.history import Entry
from orchestrator.review import deploys

# How many of each are read: the releases whose images are kept are among them.
SHOWN = 100
_WHY_LENGTH = 70


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print the releases, or the records of commands. Returns 0, also where there is none."""
    target = places.reach(environment)
    records = audit.read(target.aws, last=SHOWN)
    if arguments.audit:
        if arguments.json:
            console.json({"environment": environment.name, "records": [vars(record) for record in reversed(records)]})
        else:
            console.data("\n".join(audit_table(records)))
        return ExitCode.SUCCESS
    entries = history.entries(releases.history(target.aws, last=SHOWN), records)
    if arguments.json:
        live = next((entry.release.name for entry in entries if entry.is_live and entry.release), None)
        console.json({"environment": environment.name, "live": live, "releases": [as_json(item) for item in entries]})
    else:
        console.data("\n".join(table(entries)))
    return ExitCode.SUCCESS


def as_json(entry: Entry) -> dict[str, Any]:
    """A deploy as `--json` shows it; `name` is null for one that was not proven."""
    release, record = entry.release, entry.record
    deploy = vars(release) if release else (record.deploy if record else {})
    return {
        "name": release.name if release else None,
        "live": entry.is_live,
        "proven": release is not None,
        "outcome": "proven" if release else (record.outcome if record else ""),
        "why": entry.why,
        "reason": record.reason if record and not release else "",
        "at": entry.at,
        "by": release.created_by if release else (record.person if record else ""),
        "identity": record.identity if record else "",
        "host": record.host if record else "",
        "verb": record.verb if record else "",
        "seconds": record.seconds if record else None,
        "commit": deploy.get("commit", ""),
        "images": deploy.get("images", {}),
        "plan": deploy.get("plan", ""),
        "bundle": deploy.get("bundle", ""),
        "rollback_of": deploy.get("rollback_of", ""),
        "promoted_from": deploy.get("promoted_from", {}),
    }


def table(entries: Sequence[Entry]) -> list[str]:
    """The same for a person, a line for each deploy and one below it for its images."""
    if not entries:
        return ["no release yet"]
    lines = [f"{'release':<8} {'when (UTC)':<20} {'who':<14} {'verb':<9} {'commit':<18} {'plan':<12}  outcome"]
    for entry in entries:
        told = as_json(entry)
        lines.append(
            f"{told['name'] or '-':<8} {told['at'].replace('T', ' ').rstrip('Z'):<20} {told['by']:<14.14} "
            f"{told['verb'] or '-':<9} {told['commit'] or '-':<18} {told['plan'][:12] or '-':<12}  {outcome(entry)}"
        )
        if told["images"]:
            images = (f"{name} {deploys.short(uri)}" for name, uri in sorted(told["images"].items()))
            lines.append(f"{'':<8} {', '.join(images)}")
    return lines


def outcome(entry: Entry) -> str:
    """What came of a deploy, in words."""
    if entry.release is None:
        why = entry.why if len(entry.why) <= _WHY_LENGTH else f"{entry.why[: _WHY_LENGTH - 1]}…"
        word = entry.record.outcome if entry.record else ""
        return why if word == audit.BEGUN else f"{word}: {why}"
    release = entry.release
    origin = f", {release.rollback_of} again" if release.rollback_of else ""
    if release.promoted_from:
        origin = f", from {release.promoted_from['release']} of {release.promoted_from['environment']}"
    return f"proven{origin}{' (live)' if entry.is_live else ''}"


def audit_table(records: Sequence[Record]) -> list[str]:
    """The records for a person, the newest first."""
    if not records:
        return ["no record yet"]
    lines = [f"{'began (UTC)':<20} {'who':<14} {'host':<16} {'verb':<10} {'seconds':>8}  outcome"]
    for record in reversed(records):
        seconds = f"{record.seconds:.1f}" if record.seconds is not None else "-"
        arguments = " ".join(f"{name}={value}" for name, value in record.arguments.items() if value)
        told = record.outcome if record.has_ended else "began, and never ended or is still at work"
        told += f" as {record.release}" if record.release else ""
        told += f": {record.error}" if record.error else ""
        lines.append(
            f"{record.began_at.replace('T', ' ').rstrip('Z'):<20} {record.person:<14.14} {record.host:<16.16} "
            f"{record.verb:<10} {seconds:>8}  {told}{f'  ({arguments})' if arguments else ''}"
        )
    return lines
