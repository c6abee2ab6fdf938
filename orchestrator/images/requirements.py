"""What a service asks for (requirements.in) against what its image gets (requirements.txt): told before any build.

Only the lock file is installed. A package that it lacks is missed at the first import, in a container.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from orchestrator.errors import Failure
from orchestrator.images import build_context
from orchestrator.project.manifest import Service

ASKED, LOCKED = "requirements.in", "requirements.txt"


@dataclass(frozen=True)
class Line:
    """A logical line of a requirements file: comments, continuations and options of its own taken off."""

    file: Path
    number: int
    text: str
    hashes: int = 0

    def __str__(self) -> str:
        return f"{build_context.shown(self.file)}:{self.number}"


@dataclass(frozen=True)
class Pin:
    """A package that the lock file names, its exact version (None for an address), and where."""

    line: Line
    name: str
    version: Version | None


def check(services: Sequence[Service], environment: Mapping[str, str]) -> None:
    """Raise `Failure` with every disagreement of every service; `environment` is what markers are read for."""
    told: dict[str, list[str]] = {}
    for service in services:
        locked = service.folder / LOCKED
        # What a Dockerfile with a context of its own installs from is its author's: only a lock is held to its source.
        own = service.image or (service.build is not None and not (service.folder / ASKED).is_file())
        if not own and locked.is_file() and (problems := list(_problems(service.folder, environment))):
            told[service.name] = problems
    if told:
        raise Failure(
            f"{LOCKED} of {', '.join(told)} is not what {ASKED} asks for",
            reason="\n".join(problem for problems in told.values() for problem in problems),
            next_step="\n".join(f"python3 orchestrate.py lock {name}" for name in told),
        )


def _problems(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    pins: dict[str, list[Pin]] = {}
    bare: list[Line] = []
    for line in filter(_is_judged, lines(folder / LOCKED)):
        try:
            pin = _pin(line, environment)
        except ValueError as error:
            yield f"{line}: {error}"
            continue
        if not line.hashes:
            bare.append(line)
        if pin is not None:
            pins.setdefault(pin.name, []).append(pin)
    if bare:
        more = f", nor have {len(bare) - 1} more lines" if len(bare) > 1 else ""
        yield f"{bare[0]}: {bare[0].text} has no --hash{more}: only packages with a hash are installed"
    if (folder / ASKED).is_file():
        for line, is_constraint in asked(folder / ASKED):
            yield from _unmet(line, is_constraint, pins, environment)


def _unmet(
    line: Line, is_constraint: bool, pins: Mapping[str, Sequence[Pin]], environment: Mapping[str, str]
) -> Iterator[str]:
    if not _is_judged(line):
        return
    try:
        wanted = _requirement(line.text)
    except ValueError as error:
        yield f"{line}: {error}"
        return
    if wanted.marker is not None and not wanted.marker.evaluate(dict(environment)):
        return
    found = pins.get(canonicalize_name(wanted.name), ())
    if not found and not is_constraint:
        yield f"{line}: {wanted.name} is not in {LOCKED}"
    for pin in found:
        if pin.version is not None and not wanted.specifier.contains(pin.version, prereleases=True):
            yield f"{line}: {wanted.name}{wanted.specifier} is asked for, {pin.line} has {pin.version}"


def _is_judged(line: Line) -> bool:
    """Options, files, addresses without a name and what the environment fills in are left to pip."""
    return re.match(r"-|\.{0,2}/|[A-Za-z+]+://", line.text) is None and "${" not in line.text


# Services have most of their packages in common.
@cache
def _requirement(text: str) -> Requirement:
    """Raises `ValueError`."""
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"{text!r} is no requirement: {str(error).splitlines()[0]}") from error


def _pin(line: Line, environment: Mapping[str, str]) -> Pin | None:
    """What a line of the lock file locks, or None if that is for other machines. Raises `ValueError`."""
    locked = _requirement(line.text)
    exact = re.fullmatch(r"===?([^*,]+)", str(locked.specifier))
    if exact is None and not locked.url:
        raise ValueError(f"{line.text!r} names no exact version")
    if locked.marker is not None and not locked.marker.evaluate(dict(environment)):
        return None
    return Pin(line, canonicalize_name(locked.name), Version(exact[1]) if exact else None)


def asked(file: Path, *, is_constraint: bool = False, above: tuple[Path, ...] = ()) -> Iterator[tuple[Line, bool]]:
    """The requirements of a file and of what it includes, each with whether it is only a constraint (`-c`).

    Raises `Failure` if a file that is included cannot be read. A file that includes itself is read once.
    """
    if file in above:
        return
    for line in lines(file):
        include = re.fullmatch(r"(-r|-c|--requirement|--constraint)[\s=]*(.+)", line.text)
        if include and "://" not in include[2]:
            other = Path(file.parent / include[2].strip("\"'")).resolve()
            if not other.is_file():
                raise Failure(
                    f"{line} includes a file that is not there",
                    reason=f"{build_context.shown(other)} does not exist.",
                    next_step="correct the line",
                )
            kind = is_constraint or include[1] in ("-c", "--constraint")
            yield from asked(other, is_constraint=kind, above=(*above, file))
        else:
            yield line, is_constraint


def lines(file: Path) -> Iterator[Line]:
    """The logical lines of a requirements file as pip reads them. Raises `Failure` if it cannot be read."""
    try:
        physical = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is not UTF-8."
        raise Failure(
            f"{build_context.shown(file)} cannot be read", reason=str(reason), next_step="correct the file"
        ) from error
    text, began = "", 0
    for number, part in enumerate([*physical, ""], 1):
        began = began or number
        if part.endswith("\\") and not part.lstrip().startswith("#"):
            text += part[:-1] + " "
            continue
        text = re.sub(r"(^|\s+)#.*$", "", text + part).strip()
        if text:
            # Options of a requirement stand behind it.
            bare = re.split(r"\s+--(?=\w)", text)[0].strip() if not text.startswith("-") else text
            yield Line(file, began, bare, len(re.findall(r"\s--hash[=\s]", text)))
        text, began = "", 0
