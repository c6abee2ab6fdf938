"""Terraform through python-terraform: it builds the arguments, this runs them and reads the events as they come.

python-terraform's own commands capture everything until the end and ask questions nobody can answer; its argument
builder has neither fault. Terraform runs in a session of its own with no standard input, and gets one SIGINT at most.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_terraform

from orchestrator.aws import state_lock
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.system import atomic, process
from orchestrator.target import Attached
from orchestrator.terraform import ephemeral, failures
from orchestrator.terraform.silence import Silence

Event = dict[str, Any]
FLAG = python_terraform.IsFlagged
# What Terraform calls the file into which it writes a state that it cannot write to its backend.
UNWRITTEN = "errored.tfstate"
# How long a run waits for another one's lock on a state that several environments share.
SHARED_LOCK_TIMEOUT = "60s"
# Terraform and its providers read some 1,500 schemas for each command, and collect garbage all the while. More seldom
# (https://pkg.go.dev/runtime#hdr-Environment_Variables) that takes a fifth less computing, and 200 MB more.
COLLECTS = {"GOGC": "400"}


@dataclass
class Root:
    """One root module with its data folder and the environment variables of its runs.

    `runs` collects what was run (`plan environment`), init left out. A warning is told once, however many runs give
    it. One instance serves one thread. `lock` is that of its state, released if the Terraform that took it is dead.
    `var_files` are those of the last plan. `rest` says how to go on after an apply that was cut short, where `up` is
    not the way. `silence` says what Terraform waits for, on AWS. `attached` gives plan, show and apply the way to a
    provider that runs already.
    """

    folder: Path
    data: Path
    variables: Mapping[str, str] = field(repr=False)
    runs: list[str] = field(default_factory=list)
    lock: state_lock.Lock | None = None
    silence: Silence | None = None
    attached: Attached | None = None
    var_files: Sequence[Path] = ()
    rest: str = ""
    _warned: set[str] = field(default_factory=set, repr=False)

    @property
    def name(self) -> str:
        """The root module's name."""
        return self.folder.name

    def initialised(self, backend: Mapping[str, str]) -> bool:
        """True if `init` has nothing to do for this backend and these files."""
        try:
            same = (self.data / "initialised").read_text() == self._fingerprint(backend)
            return same and self._has_providers()
        except (OSError, ValueError):  # not there, or not text: a broken one counts for nothing
            return False

    def _has_providers(self) -> bool:
        """True if every provider of the lock file is there: what `init` left may be a link into a cache or a mirror."""
        locked = re.findall(r'^provider "(.+)"', (self.folder / ".terraform.lock.hcl").read_text(), flags=re.MULTILINE)
        return all(
            any(file.exists() for file in (self.data / "providers").glob(f"{address}/*/*/terraform-provider-*"))
            for address in locked
        )

    def init(self, backend: Mapping[str, str]) -> None:
        """Initialise providers, modules and the backend. Raises `Failure`."""
        (self.data / "initialised").unlink(missing_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = self._arguments(
            "init", input=False, no_color=FLAG, reconfigure=FLAG, backend_config=dict(backend), lockfile="readonly"
        )
        with self._watched() as variables:
            done = process.run(arguments, cwd=self.folder, env=variables)
        if not done.ok:
            raise Failure(
                f"terraform init failed in terraform/{self.name}",
                reason=failures.plain_error(done.stderr),
                next_step=failures.advice(self, [done.stderr]) or "python3 orchestrate.py doctor",
            )
        atomic.write(self.data / "initialised", self._fingerprint(backend))

    def _fingerprint(self, backend: Mapping[str, str]) -> str:
        digest = hashlib.sha256(json.dumps([dict(backend), self.variables.get("TF_CLI_CONFIG_FILE")]).encode())
        modules = self.folder.parent / "modules"
        for file in sorted([*self.folder.glob("*.tf"), self.folder / ".terraform.lock.hcl", *modules.rglob("*.tf")]):
            digest.update(str(file.relative_to(self.folder.parent)).encode() + file.read_bytes())
        return digest.hexdigest()

    def plan(
        self, out: Path, var_files: Sequence[Path], *, on_event: Callable[[Event], None], destroy: bool = False
    ) -> bool:
        """Write a plan to `out` (readable by this user only). True if Terraform calls it applicable.

        That it then changes anything is not said: see `Plan.does_nothing`. Raises `Failure`, with no file left.
        """
        out.parent.mkdir(parents=True, exist_ok=True)
        out.unlink(missing_ok=True)
        out.touch(mode=0o600)
        self.var_files = tuple(var_files)
        try:
            code = self._stream(
                "plan", on_event, ok=(0, 2), out=str(out), var_file=[str(file) for file in var_files],
                detailed_exitcode=FLAG, destroy=FLAG if destroy else None,
            )  # fmt: skip
        except BaseException:
            out.unlink(missing_ok=True)  # it holds state and variables in clear
            raise
        return code == 2

    def get_ready(self) -> None:
        """Have what a plan needs started before it is asked for."""
        self._attached("plan")

    def show(self, plan: Path) -> dict[str, Any]:
        """The plan as Terraform's JSON. Holds secrets in clear: never print it, never keep it."""
        self.runs.append(f"show {self.name}")
        done = process.run(
            self._arguments("show", str(plan), json=FLAG, no_color=FLAG), cwd=self.folder,
            env={**self._environment(), **self._attached("show", str(plan))},
        )  # fmt: skip
        if not done.ok:
            raise Failure(f"terraform show failed in terraform/{self.name}", reason=failures.plain_error(done.stderr))
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    def apply(self, plan: Path, var_files: Sequence[Path], *, on_event: Callable[[Event], None]) -> dict[str, Any]:
        """Apply a saved plan and return the root module's outputs by name.

        The var files are the plan's: what is ephemeral in them is not in the plan and has to be given again.
        """
        again = [str(file) for file in var_files] if ephemeral.declared(self.folder) else []
        return self._apply(on_event, str(plan), var_file=again)

    def untaint(self, address: str) -> None:
        """Take away the mark by which Terraform would replace a resource: the state is written. Raises `Failure`."""
        self._change_state("untaint", address)

    @property
    def unwritten(self) -> Path:
        """Where the state is that an apply could not write to its bucket, if there is one."""
        return self.data / UNWRITTEN

    def write_unwritten(self) -> bool:
        """Write the state to its bucket that an earlier apply could not write. False if there is none.

        Raises `Failure`: Terraform refuses one that is older than what is there.
        """
        if not self.unwritten.exists():
            return False
        try:
            self._change_state("state push", str(self.unwritten))
        except Failure as failure:
            failure.next_step += (
                f"\nIf the state in the bucket is complete all the same: rm {shlex.quote(str(self.unwritten))}"
            )
            raise
        self.unwritten.unlink()
        return True

    def _keep_unwritten(self) -> None:
        """Take the state that Terraform could not write out of its folder, which all environments share."""
        left = self.folder / UNWRITTEN
        if left.exists():
            self.unwritten.parent.mkdir(parents=True, exist_ok=True)
            left.chmod(0o600)  # it may hold secrets in clear
            shutil.move(left, self.unwritten)

    def _change_state(self, command: str, argument: str) -> None:
        """Run a command that changes the state and nothing else; a lock that nobody holds any more is released."""
        self.runs.append(f"{command} {self.name}")
        first, *others = command.split()
        for again in (False, True):
            before = state_lock.recorded(self._last)
            done = process.run(
                self._arguments(first, *others, argument), cwd=self.folder, env=self._environment(),
                polite=signal.SIGINT, outlives_us=True, on_start=self._started(),
            )  # fmt: skip
            if done.ok:
                state_lock.ended(self._last, left_lock=False)
                return
            errors = failures.from_text(done.stderr)
            self._ended(done, errors, before)
            if again or not self._freed(errors):
                raise failures.explain(command, self, errors, done.stderr or failures.ended_by(done.returncode))

    def apply_directly(self, var_files: Sequence[Path], *, on_event: Callable[[Event], None]) -> dict[str, Any]:
        """Plan and apply in one run, for a root module whose changes need no review. Returns the outputs.

        Such a root is shared by environments: it waits a minute for another one's run.
        """
        self.write_unwritten()
        self.var_files, files = tuple(var_files), [str(file) for file in var_files]
        return self._apply(on_event, auto_approve=FLAG, var_file=files, lock_timeout=SHARED_LOCK_TIMEOUT)

    def _apply(self, on_event: Callable[[Event], None], *arguments: str, **options: Any) -> dict[str, Any]:
        outputs: dict[str, Any] = {}

        def listen(event: Event) -> None:
            if event.get("type") == "outputs":
                outputs.update({name: item.get("value") for name, item in event["outputs"].items()})
            on_event(event)

        try:
            self._stream("apply", listen, *arguments, ok=(0,), **options)
        finally:
            self._keep_unwritten()
        return outputs

    def _stream(
        self, command: str, on_event: Callable[[Event], None], *arguments: str, ok: Iterable[int], **options: Any
    ) -> int:
        self.runs.append(f"{command} {self.name}")
        for again in (False, True):
            done, errors = self._run(command, on_event, *arguments, **options)
            if done.returncode in ok:
                return done.returncode
            if again or not self._freed(errors):
                break
            on_event(_told("the lock of the state is released: the Terraform that took it is no more"))
        raise failures.explain(command, self, errors, done.stderr or failures.ended_by(done.returncode))

    def _freed(self, errors: Sequence[Event]) -> bool:
        """True if the run failed on a lock that nobody holds any more."""
        locked = [error for error in errors if failures.is_locked(error)]
        if not locked or self.lock is None:
            return False
        return self.lock.release(failures.lock_holder(locked[0]), state_lock.recorded(self._last))

    @property
    def _last(self) -> Path:
        """Which Terraform was started last on this data folder, and so on this state."""
        return self.data / "last-run.json"

    def _run(
        self, command: str, on_event: Callable[[Event], None], *arguments: str, **options: Any
    ) -> tuple[process.Completed, list[Event]]:
        errors: list[Event] = []
        # Should this run only meet the lock of the one before, that one is what counts.
        before = state_lock.recorded(self._last)

        def read(line: str) -> None:
            try:
                event = json.loads(line)
            except ValueError:
                return  # Terraform's own start-up warnings come before the first event
            if event.get("type") == "diagnostic":
                diagnostic = event["diagnostic"]
                if diagnostic.get("severity") == "error":
                    errors.append(diagnostic)
                elif failures.describe(diagnostic) in self._warned:
                    return
                else:
                    self._warned.add(failures.describe(diagnostic))
            on_event(event)

        built = self._arguments(command, *arguments, input=False, json=FLAG, **options)
        with self._watched(**self._attached(command, *arguments)) as variables:
            done = process.run(
                built, cwd=self.folder, env=variables, on_line=read, polite=signal.SIGINT, outlives_us=True,
                spared=command == "apply", on_start=self._started(),
            )  # fmt: skip
        self._ended(done, errors, before)
        return done, errors

    def _started(self) -> Callable[[int], None]:
        """What writes down a Terraform that is started from now on, once its process id is known."""
        at = time.time()
        return lambda pid: state_lock.started(self._last, pid, at)

    def _ended(self, done: process.Completed, errors: Sequence[Event], before: state_lock.Started | None) -> None:
        """Write down how a Terraform has ended: one that met a lock counts for nothing, one may have left its own."""
        if any(map(failures.is_locked, errors)):
            state_lock.keep(self._last, before)
        else:
            left = done.returncode < 0 or any(map(failures.leaves_lock, errors))
            state_lock.ended(self._last, left_lock=left)

    def _watched(self, **more: str) -> AbstractContextManager[dict[str, str]]:
        own = {**self._environment(), **more}
        return self.silence.watched(own) if self.silence is not None else nullcontext(own)

    def _attached(self, command: str, *plans: str) -> Mapping[str, str]:
        return self.attached(command, [Path(plan) for plan in plans]) if self.attached is not None else {}

    def _arguments(self, command: str, *arguments: str, **options: Any) -> list[str]:
        built = python_terraform.Terraform(working_dir=str(self.folder), terraform_bin_path=str(executable()))
        return list(built.generate_cmd_string(command, *arguments, **options))

    def _environment(self) -> dict[str, str]:
        names = (f"TF_VAR_{name}" for name in ephemeral.declared(self.folder))
        given = {name: os.environ[name] for name in names if name in os.environ}
        return {**COLLECTS, **self.variables, **given, **self._log(), "TF_DATA_DIR": str(self.data)}

    def _log(self) -> dict[str, str]:
        """Where Terraform's own log goes if the person asked for one (TF_LOG): not between what is read here."""
        if not any(name.startswith("TF_LOG") for name in self.variables):
            return {}
        named = self.variables.get("TF_LOG_PATH")
        file = Path(named).absolute() if named else log_file(self.data.parent)
        if not named:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # it may hold secrets in clear
        return {"TF_LOG_PATH": str(file)}


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


def log_file(work: Path) -> Path:
    """Where Terraform's log is kept for an environment with that work folder, unless TF_LOG_PATH says otherwise."""
    return work / "terraform.log"


def write_variables(file: Path, values: Mapping[str, Any]) -> Path:
    """Write a `*.tfvars.json` that only this user reads, in one step."""
    atomic.write(file, json.dumps(values, indent=1, sort_keys=True), mode=0o600)
    return file


def _told(text: str) -> Event:
    return {"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": text}}
