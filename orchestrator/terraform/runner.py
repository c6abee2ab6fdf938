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
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_terraform

from orchestrator.aws import state_lock
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.system import atomic, process
from orchestrator.terraform import ephemeral

Event = dict[str, Any]
FLAG = python_terraform.IsFlagged
# How long a run waits for another one's lock on a state that several environments share.
SHARED_LOCK_TIMEOUT = "60s"


@dataclass
class Root:
    """One root module with its data folder and the environment variables of its runs.

    `runs` collects what was run (`plan environment`), init left out. A warning is told once, however many runs give
    it. One instance serves one thread. `lock` is that of its state, released if the Terraform that took it is dead.
    """

    folder: Path
    data: Path
    variables: Mapping[str, str] = field(repr=False)
    runs: list[str] = field(default_factory=list)
    lock: state_lock.Lock | None = None
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
        done = process.run(arguments, cwd=self.folder, env=self._environment())
        if not done.ok:
            raise Failure(
                f"terraform init failed in terraform/{self.name}",
                reason=_plain_error(done.stderr),
                next_step="python3 orchestrate.py doctor",
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
        try:
            code = self._stream(
                "plan", on_event, ok=(0, 2), out=str(out), var_file=[str(file) for file in var_files],
                detailed_exitcode=FLAG, destroy=FLAG if destroy else None,
            )  # fmt: skip
        except BaseException:
            out.unlink(missing_ok=True)  # it holds state and variables in clear
            raise
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

    def apply(self, plan: Path, var_files: Sequence[Path], *, on_event: Callable[[Event], None]) -> dict[str, Any]:
        """Apply a saved plan and return the root module's outputs by name.

        The var files are the plan's: what is ephemeral in them is not in the plan and has to be given again.
        """
        again = [str(file) for file in var_files] if ephemeral.declared(self.folder) else []
        return self._apply(on_event, str(plan), var_file=again)

    def apply_directly(self, var_files: Sequence[Path], *, on_event: Callable[[Event], None]) -> dict[str, Any]:
        """Plan and apply in one run, for a root module whose changes need no review. Returns the outputs.

        Such a root is shared by environments: it waits a minute for another one's run.
        """
        files = [str(file) for file in var_files]
        return self._apply(on_event, auto_approve=FLAG, var_file=files, lock_timeout=SHARED_LOCK_TIMEOUT)

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
        for again in (False, True):
            done, errors = self._run(command, on_event, *arguments, **options)
            if done.returncode in ok:
                return done.returncode
            if again or not self._freed(errors):
                break
            on_event(_told("the lock of the state is released: the Terraform that took it is no more"))
        raise explain(command, self, errors, done.stderr or _ended_by(done.returncode))

    def _freed(self, errors: Sequence[Event]) -> bool:
        """True if the run failed on a lock that nobody holds any more."""
        locked = [error for error in errors if _is_locked(error)]
        if not locked or self.lock is None:
            return False
        return self.lock.release(_lock_holder(locked[0]), state_lock.recorded(self._last))

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
                elif describe(diagnostic) in self._warned:
                    return
                else:
                    self._warned.add(describe(diagnostic))
            on_event(event)

        built = self._arguments(command, *arguments, input=False, json=FLAG, **options)
        done = process.run(
            built, cwd=self.folder, env=self._environment(), on_line=read, polite=signal.SIGINT, outlives_us=True,
            spared=command == "apply", on_start=lambda pid: state_lock.started(self._last, pid),
        )  # fmt: skip
        if any(map(_is_locked, errors)):
            state_lock.keep(self._last, before)
        else:
            state_lock.ended(self._last, killed=done.returncode < 0)
        return done, errors

    def _arguments(self, command: str, *arguments: str, **options: Any) -> list[str]:
        built = python_terraform.Terraform(working_dir=str(self.folder), terraform_bin_path=str(executable()))
        return list(built.generate_cmd_string(command, *arguments, **options))

    def _environment(self) -> dict[str, str]:
        names = (f"TF_VAR_{name}" for name in ephemeral.declared(self.folder))
        given = {name: os.environ[name] for name in names if name in os.environ}
        return {**self.variables, **given, **self._log(), "TF_DATA_DIR": str(self.data)}

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


def explain(command: str, root: Root, errors: Sequence[Event], stderr: str) -> Failure:
    """What to tell the person when a Terraform run failed, from its error diagnostics."""
    for error in errors:
        holder = _lock_holder(error)
        if holder:
            return locked(root, holder)
    # That a lock could not be given back is seldom the cause: what failed before it is told first.
    ordered = sorted(errors, key=lambda error: str(error.get("summary", "")).startswith("Error releasing"))
    told = [describe(error) for error in ordered] or [_plain_error(stderr)]
    return Failure(
        f"terraform {command} failed in terraform/{root.name}",
        reason="\n".join(dict.fromkeys(told)),
        next_step=_hint(command, root, told),
    )


def _hint(command: str, root: Root, told: Sequence[str]) -> str:
    if command == "apply" and any(re.search(r"AlreadyExists|Duplicate|already exists", text) for text in told):
        return (
            "what exists already is not in the state: an apply was cut short while making it, or somebody made it.\n"
            f"Delete it, or take it over: {_in_shell(root)} import ADDRESS ID"
        )
    unreadable = any(re.match(r"Error acquiring the state lock.*PreconditionFailed", text) for text in told)
    if unreadable and root.lock is not None:
        return f"the lock cannot be read. Only if no Terraform is at work on it anywhere: delete {root.lock}"
    if root.variables.get("AWS_ENDPOINT_URL") and any("connection refused" in text for text in told):
        return "the emulated AWS has ended meanwhile. Run `up` again: it starts it and goes on from what was written"
    if any(text.startswith("It was ended from outside") for text in told):
        return "run `up` again: it releases the lock that is left, and continues from the state that was written"
    if command == "apply":
        return "fix the cause and run `up` again: it continues from the state that was written"
    return "correct what it names and run the same command again"


def _is_locked(error: Event) -> bool:
    """True if there is a lock already, whether it can be read or not."""
    summary, detail = str(error.get("summary", "")), str(error.get("detail", ""))
    return bool(_lock_holder(error)) or (
        summary.startswith("Error acquiring the state lock") and "PreconditionFailed" in summary + detail
    )


def _lock_holder(error: Event) -> dict[str, str]:
    """Who holds the lock that could not be had; empty if it is another error, such as one of access."""
    if not str(error.get("summary", "")).startswith("Error acquiring the state lock"):
        return {}
    lines = re.findall(r"^\s*(ID|Who|Operation|Created):[ \t]*(\S.*?)\s*$", error.get("detail", ""), flags=re.MULTILINE)
    info = dict(lines)
    return info if "ID" in info else {}


def locked(root: Root, holder: Mapping[str, str]) -> Failure:
    """The failure for a state that another run has locked: who, since when, how to release it."""
    release = f"{_in_shell(root)} force-unlock {shlex.quote(holder['ID'])}"
    return Failure(
        f"the state of terraform/{root.name} is locked by {holder.get('Who', 'another run')}",
        reason=f"Since {holder.get('Created', 'an unknown time')}, "
        f"for {holder.get('Operation', 'an unknown operation')}. "
        "It is free again when that run ends; a Terraform that was killed leaves its lock behind.",
        next_step=f"wait for that run and try again. Only if it is dead for certain:\n{release}",
    )


def _in_shell(root: Root) -> str:
    """How a command on the root module's state begins, for a shell in any folder."""
    variables = {"TF_DATA_DIR": str(root.data)}
    if root.variables.get("AWS_ENDPOINT_URL"):
        # The emulator's address and its dummy credentials; those of AWS are the shell's own.
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
        variables |= {name: root.variables[name] for name in names if name in root.variables}
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    return f"{settings} terraform -chdir={shlex.quote(str(root.folder))}"


def describe(diagnostic: Event) -> str:
    """One of Terraform's errors or warnings in one line: address, summary, place, detail."""
    place = diagnostic.get("range", {})
    where = f" ({place['filename']}:{place['start']['line']})" if place.get("filename") else ""
    address = f"{diagnostic['address']}: " if diagnostic.get("address") else ""
    detail = " ".join(str(diagnostic.get("detail", "")).split())
    return f"{address}{diagnostic.get('summary', 'unknown error')}{where}" + (f": {detail}" if detail else "")


def _ended_by(code: int) -> str:
    """Why a run ended that could not tell it itself: a signal from outside. Empty if it was none."""
    return f"It was ended from outside, by {signal.Signals(-code).name}." if code < 0 else ""


def _plain_error(stderr: str) -> str:
    lines = [re.sub(r"^[│╷╵\s]+", "", line).rstrip() for line in stderr.splitlines()]
    lines = [line for line in lines if line]
    start = next((index for index, line in enumerate(lines) if line.startswith("Error:")), 0)
    return "\n".join(lines[start : start + 12]) or "it gave no reason"
