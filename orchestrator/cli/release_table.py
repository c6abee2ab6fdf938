"""What `releases` shows a person, in lines that a terminal of 80 columns has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestrator.releases.audit import BEGUN, Record
from orchestrator.releases.history import Entry
from orchestrator.review.references import short
from orchestrator.system import plain


def table(entries: Sequence[Entry]) -> list[str]:
    """The deploys: when and how each ended; below it who deployed what, and its images."""
    if not entries:
        return ["no release yet"]
    lines = [f"{'release':<8} {'when (UTC)':<19}  outcome"]
    for entry in entries:
        name = entry.release.name if entry.release else "-"
        lines.append(f"{name:<8} {_time(entry.at)}  {outcome(entry)}")
        lines += [f"{'':<8} {line}" for line in _below(entry)]
    return lines


def outcome(entry: Entry) -> str:
    """What came of a deploy, in words."""
    if entry.release is None:
        word = entry.record.outcome if entry.record else ""
        return entry.why if word == BEGUN else f"{word}: {entry.why}"
    release = entry.release
    origin = f", {release.rollback_of} again" if release.rollback_of else ""
    if release.promoted_from:
        origin = f", from {release.promoted_from['release']} of {release.promoted_from['environment']}"
    return f"proven{origin}{' (live)' if entry.is_live else ''}"


def audit_table(records: Sequence[Record]) -> list[str]:
    """The records of commands, the newest first."""
    if not records:
        return ["no record yet"]
    lines = [f"{'began (UTC)':<19}  {'verb':<8} {'seconds':>7}  outcome"]
    for record in reversed(records):
        seconds = f"{record.seconds:.1f}" if record.seconds is not None else "-"
        arguments = " ".join(f"{name}={value}" for name, value in record.arguments.items() if value)
        told = record.outcome if record.has_ended else "began, and never ended or is still at work"
        told += f" as {record.release}" if record.release else ""
        told += f", by {record.person} on {record.host}"
        told += f": {record.error}" if record.error else ""
        told += f"  ({arguments})" if arguments else ""
        lines.append(f"{_time(record.began_at)}  {record.verb:<8} {seconds:>7}  {told}")
    return lines


def _below(entry: Entry) -> Iterator[str]:
    release, record = entry.release, entry.record
    deploy = vars(release) if release else (record.deploy if record else {})
    person = release.created_by if release else (record.person if record else "")
    told = [
        f"{record.verb if record else ''} by {person}".lstrip() if person else "",
        f"commit {plain.commit(deploy['commit'])}" if deploy.get("commit") else "",
        f"plan {deploy['plan'][:12]}" if deploy.get("plan") else "",
    ]
    if any(told):
        yield ", ".join(filter(None, told))
    if deploy.get("images"):
        yield ", ".join(f"{name} {short(uri)}" for name, uri in sorted(deploy["images"].items()))


def _time(at: str) -> str:
    return f"{at.replace('T', ' ').rstrip('Z'):<19}"
