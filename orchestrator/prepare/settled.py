"""Whether a plan could find anything: not if nothing that Terraform reads has changed since a release was proven.

Told by what it would be given (configuration, lock file, variables, the program, its environment), by the state's own
identity, and by the emulator, which counts the requests that configure something. AWS has no such count: there a plan
is made, unless whoever types the command vouches for it that nobody has changed anything by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.aws import state
from orchestrator.prepare.prepare import Prepared
from orchestrator.project.environment import Environment
from orchestrator.system import atomic, paths
from orchestrator.target import Target
from orchestrator.terraform import roots, runner

FILE = "settled.json"
# What this program writes for other purposes than a plan changes no plan, nor does a session's end, nor another shell:
# Terraform itself is told by its file.
_OF_THE_RUN = (
    "TF_LOG", "TF_LOG_PATH", "TF_DATA_DIR", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "PATH", "TMPDIR",
)  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """What a plan would be made of, as it was before one was made, and whether that has been found settled already.

    `inputs` is empty where that cannot be told.
    """

    inputs: str
    release: str
    already: bool

    def remember(self, prepared: Prepared, release: str) -> None:
        """Note that these inputs are what the release runs with; called once it is proven and all is tidied up."""
        place = _place(prepared.target) if self.inputs else ""
        if place:
            noted = {"inputs": self.inputs, "place": place, "release": release}
            atomic.write(_file(prepared.target.environment), json.dumps(noted))


def look(prepared: Prepared, *, vouched: bool = False) -> Settled:
    """What a plan would be made of now. `vouched`: where nobody counts changes by hand, there have been none."""
    # Before a first deploy there is no state, and so no place; after it there is.
    place, inputs = _place(prepared.target), _inputs(prepared)
    known = _known(prepared.target.environment)
    release = prepared.last.name if prepared.last else ""
    same = known == {"inputs": inputs, "place": place, "release": release}
    if prepared.target.revision is None and not vouched:
        same = False
    whole = not (prepared.waiting or prepared.moving or prepared.root.unwritten.exists())
    return Settled(inputs, release, already=same and whole and bool(place and release))


def forget(environment: Environment) -> None:
    """Have the next run make a plan, whatever it finds."""
    _file(environment).unlink(missing_ok=True)


def _file(environment: Environment) -> Path:
    return environment.work / FILE


def _known(environment: Environment) -> Mapping[str, str] | None:
    try:
        found = json.loads(_file(environment).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _inputs(prepared: Prepared) -> str:
    """Everything that a plan is made of on this machine: no part of it can change without this changing too."""
    whole = hashlib.sha256()
    for part in _parts(prepared):
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _parts(prepared: Prepared) -> Iterator[bytes]:
    root = prepared.root
    program = runner.executable().resolve()
    told = program.stat()
    yield f"{program} {told.st_size} {told.st_mtime_ns}".encode()
    yield json.dumps({k: v for k, v in sorted(root.variables.items()) if k not in _OF_THE_RUN}).encode()
    for file in prepared.var_files():
        yield file.read_bytes()
    # Whatever the configuration may read: templates and documents too.
    for folder in (root.folder, paths.TERRAFORM / "modules"):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and ".terraform" not in file.parts:
                yield str(file.relative_to(paths.TERRAFORM)).encode()
                yield file.read_bytes()


def _place(target: Target) -> str:
    """Names the state and, where that is counted, what is configured; empty where that cannot be told."""
    revision = target.revision() if target.revision is not None else "not counted"
    if not revision:
        return ""
    version = state.version(target.aws, roots.backend_key(target.environment, "environment"))
    return f"{version} {revision}" if version else ""
