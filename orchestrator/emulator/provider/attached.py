"""Terraform's runs on the emulated AWS get a provider that runs already.

Terraform starts its provider for each command, has it describe some 1,500 resource types and reads all that: seconds of
computing before anything is done. Here one provider serves all commands of a run, through a relay that answers for the
schemas with those that can be needed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_UNIX, socket

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.emulator import emulator
from orchestrator.emulator.provider import kept_schema, mentioned, reattach
from orchestrator.emulator.provider.mentioned import Mentioned
from orchestrator.errors import Failure
from orchestrator.system import atomic, childenv, interrupt, mark, notices, paths, processes, tempfolder
from orchestrator.system.childenv import Child

MODULE = "orchestrator.emulator.provider"
START_SECONDS = 30.0
# A socket's path may have 107 bytes (unix(7)); the provider makes its own, with up to 17, in the relay's folder.
_LONGEST_BYTES = 107 - len("/sz-12345678") - len("/plugin1234567890")
_COMMANDS = ("plan", "show", "apply")
_lock = threading.Lock()
_relays: dict[tuple[object, ...], RelayProcess] = {}
_told: set[str] = set()


@dataclass(frozen=True)
class Attached:
    """Gives the variables for the runs of one root module on the emulated AWS, whose state has that key."""

    aws: Aws
    key: str
    folder: Path
    data: Path
    variables: Mapping[str, str] = field(repr=False)

    def __call__(self, command: str, files: Sequence[Path]) -> Mapping[str, str]:
        """What that command gets beside its own, given the plan that it applies or shows; nothing where it is not used.

        It is not where a person asks for Terraform's log, of which the provider's is a part.
        """
        if command not in _COMMANDS or any(name.startswith("TF_LOG") for name in self.variables):
            return {}
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            texts, program = mentioned.configuration(self.folder, self.data), self.program()
            if program is None or not mentioned.has_one_provider(texts):
                return {}
            found = mentioned.in_configuration(texts)
            for file in files:
                found |= mentioned.in_plan(file)
            if not files:
                found |= mentioned.in_state(state.read(self.aws, self.key))
            relay = self._relay(program)
            relay.want(found)
            if command != "show":
                relay.start_provider()
            return relay.variables
        except (OSError, Failure, BotoCoreError, ClientError) as error:
            interrupt.check(f"terraform {command}")
            _say(f"Terraform starts its provider itself, which takes seconds longer each time: {_why(error)}")
            return {}

    def program(self) -> Path | None:
        """The provider that `init` has installed; None where it is not plain which one that is."""
        lock = (self.folder / ".terraform.lock.hcl").read_text(encoding="utf-8", errors="replace")
        locked = re.search(
            rf'^provider "{re.escape(reattach.ADDRESS)}" {{\s*version\s*=\s*"([^"]+)"', lock, re.MULTILINE
        )
        if locked is None:
            return None
        versions = self.data / "providers" / reattach.ADDRESS / locked[1]
        found = list(versions.glob("*/terraform-provider-aws*"))
        return found[0].resolve() if len(found) == 1 else None

    def _relay(self, program: Path) -> RelayProcess:
        """The relay for this root module, started if it does not run."""
        key = (self.folder, self.data, program, tuple(sorted(self.variables.items())))
        with _lock:
            if key in _relays and not _relays[key].is_alive():
                _relays.pop(key).end()
            if key not in _relays:
                _relays[key] = RelayProcess.launch(program, self.folder, self._of_provider())
            return _relays[key]

    def _of_provider(self) -> dict[str, str]:
        """What a provider has in its environment that is started by a Terraform of this root module."""
        return mark.marked({**self.variables, "TF_DATA_DIR": str(self.data)})


@dataclass
class RelayProcess:
    """The relay: ends with this process, however that ends, and with the last Terraform that it serves."""

    folder: Path
    _process: subprocess.Popen[bytes]
    _wanted: Mentioned = field(default_factory=Mentioned)

    @classmethod
    def launch(cls, program: Path, workplace: Path, variables: Mapping[str, str]) -> RelayProcess:
        """Start one for that provider and wait until it listens. Raises `Failure` or `OSError`."""
        python = emulator.ensure_installed(notices.say)
        folder = _private_folder()
        settings = {
            "folder": str(folder), "program": str(program), "workplace": str(workplace),
            "kept": str(kept_schema.file(program)), "variables": dict(variables),
        }  # fmt: skip
        with (folder / "relay.log").open("wb") as log:
            process = subprocess.Popen(
                [str(python), "-m", MODULE], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
                cwd=folder, env=childenv.of(Child.EMULATOR, PYTHONPATH=str(paths.ROOT), PYTHONDONTWRITEBYTECODE="1"),
            )  # fmt: skip
        relay = cls(folder, process)
        try:
            with suppress(BrokenPipeError):  # it has ended, and why it has is in its log
                relay._write(json.dumps(settings))
            relay._wait()
        except BaseException:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return relay

    @property
    def variables(self) -> Mapping[str, str]:
        """What Terraform is given to speak to it."""
        return reattach.variables(self.pid, self.folder)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """True while it runs: one that was killed serves nobody from then on, also before its last thread has ended."""
        return self._process.poll() is None and processes.identity(self.pid) is not None

    def want(self, found: Mentioned) -> None:
        """Have it hand out the schemas of these types too."""
        self._wanted |= found
        wanted = {"types": sorted(self._wanted.types), "declared": sorted(self._wanted.declared)}
        atomic.write(reattach.wanted(self.folder), json.dumps(wanted), mode=0o600)

    def start_provider(self) -> None:
        """Have it start the provider, which it does at the first use otherwise."""
        self._write("start")

    def let_go(self) -> None:
        """What the end of this process does: from now on it is over as soon as no Terraform needs it."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def end(self) -> None:
        """Let it go and wait for its end; one that was killed has left its folder."""
        self.let_go()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while self.is_alive() and time.monotonic() < until:
            with socket(AF_UNIX) as tried:
                if tried.connect_ex(str(reattach.socket(self.folder))) == 0:
                    return
            interrupt.sleep(0.02, "starting the relay to Terraform's provider")
        said = (self.folder / "relay.log").read_text(errors="replace").strip().splitlines()
        raise Failure("the relay to it does not start", reason=said[-1] if said else "It does not listen.")


def running() -> list[RelayProcess]:
    """The relays of this process."""
    with _lock:
        return [relay for relay in _relays.values() if relay.is_alive()]


def end_all() -> None:
    """End every relay of this process."""
    with _lock:
        while _relays:
            _relays.popitem()[1].end()


def _private_folder() -> Path:
    """A folder of this user's alone, whose path is short enough for sockets."""
    chosen = tempfolder.chosen(os.environ).folder
    short = len(os.fsencode(chosen)) <= _LONGEST_BYTES
    return Path(tempfile.mkdtemp(prefix="sz-", dir=chosen if short else tempfolder.DEFAULT))


def _say(text: str) -> None:
    if text not in _told:
        _told.add(text)
        notices.say(f"warning: {text}")


def _why(error: Exception) -> str:
    return f"{error.message} ({error.reason})" if isinstance(error, Failure) else str(error)
