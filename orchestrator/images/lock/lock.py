"""Makes a service's lock file of what the service asks for, from this machine's own package registries.

Python: requirements.txt of requirements.in, by uv, with hashes and for every platform. Node.js: package-lock.json of
package.json, by npm. Neither names a registry, so that every machine fetches from its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.images import build_context
from orchestrator.images.registries import handed_on
from orchestrator.images.requirements import ASKED, LOCKED
from orchestrator.machine import toolenv
from orchestrator.system import childenv, process
from orchestrator.system.childenv import Child

TOOLS = Path(__file__).with_name("lock-tools.txt")
# The oldest Python that a service's tests run on; the image's own is newer.
OLDEST_PYTHON = "3.11"
NPM = (
    "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-audit",
    "--no-fund",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of lock file: what it is made of, its name, and the versions by package in its text."""

    asked: str
    locked: str
    versions: Callable[[str], Mapping[str, str]]


def python_versions(text: str) -> dict[str, str]:
    """The pins of a requirements.txt; several of one package are told apart by their markers."""
    pins = re.findall(r"^([A-Za-z0-9._-]+(?:\[[^]]*])?)==([^\s;\\]+)( ;[^\\]*)?", text, re.MULTILINE)
    return {f"{name}{marker.rstrip()}": version for name, version, marker in pins}


def node_versions(text: str) -> dict[str, str]:
    """The packages of a package-lock.json, by their place in node_modules."""
    try:
        packages = json.loads(text).get("packages", {})
    except ValueError:
        return {}
    places = ((name.removeprefix("node_modules/"), item) for name, item in packages.items() if name)
    return {name: str(item.get("version", "")) for name, item in places}


PYTHON = Kind(ASKED, LOCKED, python_versions)
NODE = Kind("package.json", "package-lock.json", node_versions)


def kinds(folder: Path) -> list[Kind]:
    """Which lock files the folder needs."""
    return [kind for kind in (PYTHON, NODE) if (folder / kind.asked).is_file()]


def make(folder: Path, kind: Kind, say: Callable[[str], None]) -> list[str]:
    """Write the lock file; the changes of versions in words. Raises `Failure`, and leaves the file as it was then.

    Versions that are locked stay while they fit what is asked for.
    """
    file = folder / kind.locked
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    try:
        (_python if kind is PYTHON else _node)(folder, say)
    except BaseException:
        _put_back(file, before)
        raise
    return changes(kind.versions(before), kind.versions(file.read_text(encoding="utf-8")))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Which versions differ. Decides only."""
    told = [
        f"{name} {after[name]}, was {before[name]}"
        for name in before.keys() & after.keys()
        if before[name] != after[name]
    ]
    told += [f"{name} {after[name]}, new" for name in after.keys() - before.keys()]
    told += [f"{name} {before[name]}, removed" for name in before.keys() - after.keys()]
    return sorted(told)


def _put_back(file: Path, text: str) -> None:
    if text:
        file.write_text(text, encoding="utf-8")
    else:
        file.unlink(missing_ok=True)


def _python(folder: Path, say: Callable[[str], None]) -> None:
    try:
        uv = toolenv.ensure("lock", TOOLS, say=say) / "uv"
    except toolenv.ToolEnvError as error:
        raise PrerequisiteMissing("uv cannot be installed", reason=str(error), next_step=error.next_step) from error
    # uv knows nothing of pip's settings: it asks where pip would.
    with handed_on.to_a_build({"UV_DEFAULT_INDEX"}) as given:
        done = process.run(
            [uv, "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--python-version", OLDEST_PYTHON,
             "--no-header", "--no-config", ASKED, "--output-file", LOCKED],
            cwd=folder, env=childenv.of(Child.PIP, **given.variables),
        )  # fmt: skip
    if not done.ok:
        raise _failure(folder, PYTHON, done)


def _node(folder: Path, say: Callable[[str], None]) -> None:
    npm = process.which("npm")
    if npm is None:
        raise PrerequisiteMissing(
            f"{build_context.shown(folder)}/package-lock.json is made by npm, and there is none",
            reason="npm comes with Node.js.",
            next_step=f"install Node.js, or where it is: (cd {build_context.shown(folder)} && npm {' '.join(NPM)})",
        )
    with handed_on.to_a_build({"npm_config_registry"}) as given:
        done = process.run([npm, *NPM], cwd=folder, env=childenv.of(Child.PIP, **given.variables))
    if not done.ok:
        raise _failure(folder, NODE, done)


def _failure(folder: Path, kind: Kind, done: process.Completed) -> Failure:
    name = build_context.shown(folder / kind.asked)
    return Failure(
        f"{name} cannot be locked",
        reason="The resolver says:",
        details=done.tail(12),
        next_step=f"correct {name}, or check that the package registry can be reached",
    )
