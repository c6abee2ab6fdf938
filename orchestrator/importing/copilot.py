"""Import of a Copilot application: read, decide, write, report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from orchestrator.importing import application, importer, render, write
from orchestrator.importing.report import Report
from orchestrator.project import environment, manifest
from orchestrator.system import atomic, paths


def carry_out(directory: Path, to: Path, *, dry_run: bool, checkout: Path = paths.ROOT) -> tuple[Report, Path | None]:
    """Import the application in `directory` into the folder `to`; with `dry_run` write nothing.

    Returns the report and the file that holds it. Raises `Failure` if there is no application, `OSError` if a file
    cannot be written.
    """
    found = application.read(directory)
    target = Path(os.path.normpath(Path.cwd() / to))
    is_usual = target == checkout / "services"
    tfvars = checkout / "terraform" / "environments" if is_usual else target / "environments"
    file = target / report_name(importer.application_name(found.workspace))
    known = write.hashes(file)
    place = importer.Place(
        checkout, target, tfvars, file.name,
        frozenset(_foreign(checkout, tfvars, target, known)), frozenset(_foreign_services(target, known)),
    )  # fmt: skip
    report = importer.run(found, place)
    named = {item.path: os.path.relpath(item.path, target) for item in report.files}
    states = write.states(report.files, known, named)
    if dry_run:
        return report, None
    report = replace(report, files=tuple(replace(item, state=states[item.path]) for item in report.files))
    write.write(report.files)
    made = {named[item.path]: write.of(item.text) for item in report.files if item.state != write.KEPT}
    earlier = {name: digest for name, digest in known.items() if (target / name).exists()}
    atomic.write(file, render.markdown(report, {**earlier, **made}))
    return report, file


def report_name(application_name: str) -> str:
    """The name of the file with the report; one per application, for it knows the files of that one."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in application_name.lower())
    return f"copilot-{plain}.md" if plain.strip("-") else "copilot.md"


def _foreign_services(target: Path, known: dict[str, str]) -> Iterator[str]:
    """Folders whose service.yaml no import has written, or which somebody has changed since."""
    for service in manifest.manifests(target):
        if not write.is_own(service, os.path.relpath(service, target), known):
            yield service.parent.name


def _foreign(checkout: Path, tfvars: Path, target: Path, known: dict[str, str]) -> set[str]:
    """Environments that have a file which no import has written, or which somebody has changed since."""
    there = {file.stem for file in tfvars.glob("*.tfvars")}
    own = {
        name for name in there
        if write.is_own(tfvars / f"{name}.tfvars", os.path.relpath(tfvars / f"{name}.tfvars", target), known)
    }  # fmt: skip
    elsewhere = set(environment.known()) if checkout == paths.ROOT and tfvars != paths.ENVIRONMENTS else set()
    return (there - own) | elsewhere
