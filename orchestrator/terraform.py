"""Terraform through python-terraform: it builds the arguments, this runs them and reads the events as they come.

python-terraform's own commands capture everything until the end and ask questions nobody can answer; its argument
builder has neither fault. Terraform runs in a session of its own with no standard input, and gets one SIGINT at most.
"""

from __future__ import annotations

import hashlib
import json
import re
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_terraform

from orchestrator import process
from orchestrator.errors import Failure, PrerequisiteMissing

Event = dict[str, Any]
FLAG = python_terraform.IsFlagged


@dataclass
class Root:
    """One root module with its data folder and the environment variables of its runs.

    `runs` collects what was run (`plan environment`), init left out. One instance serves one thread.
    """

    folder: Path
    data: Path
    variables: Mapping[str, str] = field(repr=False)
    runs: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The root module's name."""
        return self.folder.name

    def initialised(self, backend: Mapping[str, str]) -> bool:
        """True if `init` has nothing to do for this backend and these files."""
        try:
            return (self.data / "initialised").read_text() == self._fingerprint(backend)
        except OSError:
            return False

    def init(self, backend: Mapping[str, str]) -> None:
        """Initialise providers, modules and the backend. Raises `Failure`."""
        (self.data / "initialised").unlink(missing_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = self._arguments(
            "init", input=False, no_color=FLAG, reconfigure=FLAG, backend_config=dict(backend), lockfile="readonly"
        )
        done = process.run(arguments, cwd=self.folder, env=self._environment())
        if not done.ok:
            raise Failure(
                f"terraform init failed in terraform/{self.name}",
                reason=_plain_error(done.stderr),
                next_step="python3 orchestrate.py doctor",
            )
        (self.data / "initialised").write_text(self._fingerprint(backend))

    def _fingerprint(self, backend: Mapping[str, str]) -> str:
        digest = hashlib.sha256(json.dumps([dict(backend), self.variables.get("TF_CLI_CONFIG_FILE")]).encode())
        modules = self.folder.parent / "modules"
        for file in sorted([*self.folder.glob("*.tf"), self.folder / ".terraform.lock.hcl", *modules.rglob("*.tf")]):
            digest.update(str(file.relative_to(self.folder.parent)).encode() + file.read_bytes())
        return digest.hexdigest()

    def plan(
        self, out: Path, var_files: Sequence[Path], *, on_event: Callable[[Event], None], destroy: bool = False
    ) -> bool:
        """Write a plan to `out` (readable by this user only). True if it changes anything, outputs included."""
        out.parent.mkdir(parents=True, exist_ok=True)
        out.unlink(missing_ok=True)
        out.touch(mode=0o600)
        code = self._stream(
            "plan", on_event, ok=(0, 2), out=str(out), var_file=[str(file) for file in var_files],
            detailed_exitcode=FLAG, destroy=FLAG if destroy else None,
        )  # fmt: skip
        return code == 2

    def show(self, plan: Path) -> dict[str, Any]:
        """The plan as Terraform's JSON. Holds secrets in clear: never print it, never keep it."""
        self.runs.append(f"show {self.name}")
        done = process.run(
            self._arguments("show", str(plan), json=FLAG, no_color=FLAG), cwd=self.folder, env=self._environment()
        )
        if not done.ok:
            raise Failure(f"terraform show failed in terraform/{self.name}", reason=_plain_error(done.stderr))
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    def apply(self, plan: Path, *, on_event: Callable[[Event], None]) -> dict[str, Any]:
        """Apply a saved plan and return the root module's outputs by name."""
        return self._apply(on_event, str(plan))

    def apply_directly(self, var_files: Sequence[Path], *, on_event: Callable[[Event], None]) -> dict[str, Any]:
        """Plan and apply in one run, for a root module whose changes need no review. Returns the outputs."""
        return self._apply(on_event, auto_approve=FLAG, var_file=[str(file) for file in var_files])

    def _apply(self, on_event: Callable[[Event], None], *arguments: str, **options: Any) -> dict[str, Any]:
        outputs: dict[str, Any] = {}

        def listen(event: Event) -> None:
            if event.get("type") == "outputs":
                outputs.update({name: item.get("value") for name, item in event["outputs"].items()})
            on_event(event)

        self._stream("apply", listen, *arguments, ok=(0,), **options)
        return outputs

    def _stream(
        self, command: str, on_event: Callable[[Event], None], *arguments: str, ok: Iterable[int], **options: Any
    ) -> int:
        self.runs.append(f"{command} {self.name}")
        errors: list[Event] = []

        def read(line: str) -> None:
            try:
                event = json.loads(line)
            except ValueError:
                return  # Terraform's own start-up warnings come before the first event
            if event.get("type") == "diagnostic" and event["diagnostic"].get("severity") == "error":
                errors.append(event["diagnostic"])
            on_event(event)

        built = self._arguments(command, *arguments, input=False, json=FLAG, **options)
        done = process.run(built, cwd=self.folder, env=self._environment(), on_line=read, polite=signal.SIGINT)
        if done.returncode not in ok:
            raise explain(command, self, errors, done.stderr)
        return done.returncode

    def _arguments(self, command: str, *arguments: str, **options: Any) -> list[str]:
        built = python_terraform.Terraform(working_dir=str(self.folder), terraform_bin_path=str(executable()))
        return list(built.generate_cmd_string(command, *arguments, **options))

    def _environment(self) -> dict[str, str]:
        return {**self.variables, "TF_DATA_DIR": str(self.data)}


def executable() -> Path:
    """Where Terraform is. Raises `PrerequisiteMissing`."""
    found = process.which("terraform")
    if found is None:
        raise PrerequisiteMissing(
            "terraform is not installed",
            reason="There is no `terraform` on PATH.",
            next_step="install Terraform 1.10 or newer: https://developer.hashicorp.com/terraform/install",
        )
    return found


def write_variables(file: Path, values: Mapping[str, Any]) -> Path:
    """Write a `*.tfvars.json` that only this user reads, in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(values, indent=1, sort_keys=True))
    partial.replace(file)
    return file


def explain(command: str, root: Root, errors: Sequence[Event], stderr: str) -> Failure:
    """What to tell the person when a Terraform run failed, from its error diagnostics."""
    for error in errors:
        if "state lock" in error.get("summary", ""):
            return locked(root, error.get("detail", ""))
    told = [_describe(error) for error in errors] or [_plain_error(stderr)]
    hint = {
        "plan": "mend what it names and run the same command again",
        "apply": "mend the cause and run `up` again: it continues from the state that was written",
    }
    return Failure(
        f"terraform {command} failed in terraform/{root.name}",
        reason="\n".join(dict.fromkeys(told)),
        next_step=hint.get(command, "run the same command again"),
    )


def locked(root: Root, detail: str) -> Failure:
    """The failure for a state that another run has locked: who, since when, how to release it."""
    info = dict(re.findall(r"^\s*(ID|Who|Operation|Created):\s*(.+?)\s*$", detail, flags=re.MULTILINE))
    environment = root.data.parent / "terraform.env"
    return Failure(
        f"the state of terraform/{root.name} is locked by {info.get('Who', 'another run')}",
        reason=f"Since {info.get('Created', 'an unknown time')}, for {info.get('Operation', 'an unknown operation')}. "
        "It is free again when that run ends; a run that was killed leaves its lock behind.",
        next_step="wait for that run and try again. Only if it is dead for certain:\n"
        f"(. {environment} && terraform -chdir={root.folder} force-unlock {info.get('ID', 'ID')})",
    )


def _describe(error: Event) -> str:
    place = error.get("range", {})
    where = f" ({place['filename']}:{place['start']['line']})" if place.get("filename") else ""
    address = f"{error['address']}: " if error.get("address") else ""
    detail = " ".join(str(error.get("detail", "")).split())
    return f"{address}{error.get('summary', 'unknown error')}{where}" + (f": {detail}" if detail else "")


def _plain_error(stderr: str) -> str:
    lines = [re.sub(r"^[│╷╵\s]+", "", line).rstrip() for line in stderr.splitlines()]
    lines = [line for line in lines if line]
    start = next((index for index, line in enumerate(lines) if line.startswith("Error:")), 0)
    return "\n".join(lines[start : start + 12]) or "it gave no reason"
