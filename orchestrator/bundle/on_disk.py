"""A bundle: a plan, its review and what they were made of, in one folder that has one hash.

`bundle.json` holds the hashes of all the other files, so its own hash (which is in no file) stands for all of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from orchestrator.bundle import bundle_format, fingerprints
from orchestrator.bundle.bundle_format import (
    DESCRIPTION,
    FORMAT,
    PLAN,
    RENDERINGS,
    REVIEW_HTML,
    REVIEW_JSON,
    REVIEW_MARKDOWN,
    Bundle,
    OtherFormat,
    Refused,
    StateId,
)
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.system import atomic

__all__ = [
    "DESCRIPTION",
    "FORMAT",
    "PLAN",
    "RENDERINGS",
    "REVIEW_HTML",
    "REVIEW_JSON",
    "REVIEW_MARKDOWN",
    "Bundle",
    "Refused",
    "StateId",
]

_FILES = frozenset((DESCRIPTION, PLAN, *RENDERINGS))


def default_folder(environment: Environment) -> Path:
    """Where `plan` writes the bundle unless told otherwise."""
    return environment.work / "bundle"


def discard_plan(environment: Environment) -> None:
    """Remove the plan of the default bundle: the state moves on, it could never be applied again."""
    (default_folder(environment) / PLAN).unlink(missing_ok=True)


def check_place(folder: Path) -> None:
    """Raise `Failure` if a bundle written there would remove something else."""
    if not folder.exists() and not folder.is_symlink():
        return
    # Other programs have a bundle.json too: that there is one says nothing of what lies beside it.
    others = [file.name for file in folder.iterdir() if file.name not in _FILES] if folder.is_dir() else [folder.name]
    if others:
        raise Failure(
            f"{folder} is not a bundle",
            reason="A bundle replaces the folder that it is written to, and something else is there: "
            f"{', '.join(sorted(others)[:5])}.",
            next_step="name a folder that is new, empty or holds an older bundle",
            exit_code=ExitCode.USAGE,
        )


def write(folder: Path, made: Bundle, plan: Path | None, renderings: Mapping[str, str]) -> Bundle:
    """Write the bundle to `folder`, in place of an older one, and move the plan file into it.

    Only this user can read it: the plan holds state and variables in clear. It is complete or not there at all. Raises
    `Failure` if something else is in the folder.
    """
    check_place(folder)
    partial, old = (folder.with_name(f".{folder.name}.{what}") for what in ("partial", "old"))
    for leftover in (partial, old):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        for name in RENDERINGS:
            _write(partial / name, renderings[name].encode())
        if plan is not None:
            _write(partial / PLAN, plan.read_bytes())
        files = {file.name: fingerprints.of(file.read_bytes()) for file in sorted(partial.iterdir())}
        made = replace(made, files=files)
        description = bundle_format.encode(made)
        _write(partial / DESCRIPTION, description)
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        if plan is not None:
            plan.unlink(missing_ok=True)
    return replace(made, folder=folder, sha256=fingerprints.of(description))


def _write(file: Path, data: bytes) -> None:
    atomic.write(file, data, mode=0o600)


def read(folder: Path, *, sha256: str = "", may_be_used: bool = False) -> Bundle:
    """The bundle in a folder, every file of it checked; with `sha256`, only the one that has this hash.

    Raises `Refused`, also for a bundle whose plan has been used unless it `may_be_used`.
    """
    file = folder / DESCRIPTION
    if not file.is_file():
        raise _without_description(folder)
    data = file.read_bytes()
    found = fingerprints.of(data)
    if sha256 and sha256.lower() != found:
        raise Refused(
            "other-hash",
            "this is not the bundle that was reviewed",
            reason=f"Its hash is {found},\nasked for was {sha256}.",
            next_step="apply the bundle whose review you read, or review this one and pass its hash",
        )
    bundle = replace(_decoded(file, data), folder=folder, sha256=found)
    for name in sorted(bundle.files):
        if not (may_be_used and name == PLAN and bundle.is_used):
            content(bundle, name)
    return bundle


def take_plan(bundle: Bundle, to: Path) -> Path | None:
    """Copy the plan to `to`, readable by this user only: these bytes are the ones that were checked.

    What is in the bundle's folder may be replaced while the plan is read and applied. None if there is nothing to
    apply. Raises `Refused` if the file is not the bundle's.
    """
    if bundle.plan_file is None:
        return None
    data = content(bundle, PLAN)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.unlink(missing_ok=True)
    _write(to, data)
    return to


def _without_description(folder: Path) -> Refused:
    known = [name for name in (PLAN, *RENDERINGS) if (folder / name).exists()]
    if known:
        return Refused(
            "half",
            f"{folder} is half a bundle",
            reason=f"It holds {', '.join(known)} and no {DESCRIPTION}.",
            next_step="copy the whole folder, or create it again: python3 orchestrate.py plan",
        )
    return Refused(
        "not-a-bundle",
        f"{folder} is not a bundle",
        reason=f"There is no {DESCRIPTION} in it." if folder.is_dir() else "There is no such folder.",
        next_step="name the folder that `plan` printed: python3 orchestrate.py plan",
    )


def _decoded(file: Path, data: bytes) -> Bundle:
    try:
        return bundle_format.decode(data)
    except OtherFormat as error:
        raise Refused(
            "format",
            f"{file.parent} was written by another version of this program",
            reason=str(error),
            next_step="apply it from the commit that it was planned from, or plan again",
        ) from None
    except ValueError as error:
        raise Refused(
            "not-a-bundle",
            f"{file} cannot be read",
            reason=str(error),
            next_step="copy the whole folder again, or create it again: python3 orchestrate.py plan",
        ) from None


def content(bundle: Bundle, name: str) -> bytes:
    """The content of one of the bundle's files. Raises `Refused` if it is not that with which the bundle was made."""
    try:
        data = bundle.file(name).read_bytes()
    except FileNotFoundError:
        raise _absent(bundle, name) from None
    found, expected = fingerprints.of(data), bundle.files[name]
    if found != expected:
        raise Refused(
            "tampered",
            f"{name} is not what was reviewed",
            reason=f"Its SHA-256 is {found},\nthe bundle was made with {expected}.",
            next_step=f"nothing was applied. Copy the bundle again, or plan again: "
            f"python3 orchestrate.py plan {bundle.environment}",
        )
    return data


def used(bundle: Bundle) -> Refused:
    """The refusal of a bundle whose plan is gone."""
    return Refused(
        "applied",
        f"the plan of {bundle.folder} has been used",
        reason="A plan is removed as soon as its apply has begun, and when another apply has made it stale: "
        "it holds the state in clear.",
        next_step=f"plan again: python3 orchestrate.py plan {bundle.environment}",
    )


def _absent(bundle: Bundle, name: str) -> Refused:
    if name == PLAN:
        return used(bundle)
    return Refused(
        "half",
        f"{bundle.folder} is half a bundle",
        reason=f"There is no {name} in it.",
        next_step="copy the whole folder, or create it again: python3 orchestrate.py plan " + bundle.environment,
    )
