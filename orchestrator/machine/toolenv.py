"""Virtual environments from hash-locked requirements. Standard library only: the first run of all depends on it."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.system import atomic, childenv, plain
from orchestrator.system.paths import cache

# Debian keeps ensurepip, which venv needs, in a package of its own.
VENV_PACKAGE = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
# How often somebody who waits is told what for.
TELL_SECONDS = 4.0
_WIDEST = 79


class ToolEnvError(Exception):
    """A virtual environment could not be made; the text says why, `next_step` what to do."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step


def fingerprint(*requirements: Path) -> str:
    """A hash over the requirements and the Python that they were installed for."""
    digest = hashlib.sha256(sys.version.encode())
    for path in requirements:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def is_ready(folder: Path, *requirements: Path) -> bool:
    """True when `folder` holds exactly what the requirements say. Costs a millisecond."""
    try:
        said = (folder / ".ready").read_text()
        return said == f"{folder}\n{fingerprint(*requirements)}" and (folder / "bin" / "python").exists()
    except (OSError, ValueError):  # ValueError: it is not text, so it is broken
        return False


def has_ensurepip() -> bool:
    """True when this Python can put pip into a virtual environment."""
    return importlib.util.find_spec("ensurepip") is not None


def prepare(folder: Path, *requirements: Path, say: Callable[[str], None]) -> Path:
    """Make `folder` a virtual environment holding the requirements, if it is not; return its bin folder.

    Two runs at once are safe: the second waits for the first. Raises `ToolEnvError`.
    """
    if not is_ready(folder, *requirements):
        try:
            with _locked(folder, say):
                if not is_ready(folder, *requirements):
                    _make(folder, requirements, say)
        except OSError as error:
            what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
            raise ToolEnvError(
                f"cannot prepare {folder.name}: {what}",
                "free disk space or correct the permissions of that place (XDG_CACHE_HOME moves the cache)",
            ) from error
    return folder / "bin"


def _make(folder: Path, requirements: tuple[Path, ...], say: Callable[[str], None]) -> None:
    names = " and ".join(path.name for path in requirements)
    say(f"preparing {folder.name} from {names} (once)")
    (folder / ".ready").unlink(missing_ok=True)
    if not _usable(folder):
        shutil.rmtree(folder, ignore_errors=True)
        _create(folder, say)
    for path in requirements:
        _install(folder, path, say)
    atomic.write(folder / ".ready", f"{folder}\n{fingerprint(*requirements)}")


@contextmanager
def _locked(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    path = cache() / "locks" / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{folder.name}: another run prepares it, waiting for that")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _usable(folder: Path) -> bool:
    """True for an environment of this very Python: it is topped up in place, for another run may be using it."""
    try:
        made_for = (folder / "pyvenv.cfg").read_text()
    except (OSError, ValueError):
        return False
    version = ".".join(map(str, sys.version_info[:3]))
    has_both = all((folder / "bin" / name).exists() for name in ("python", "pip"))
    return f"version = {version}" in made_for and has_both


def _create(folder: Path, say: Callable[[str], None]) -> None:
    if not has_ensurepip() and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"installing {VENV_PACKAGE} with apt-get: Python's venv module needs it")
        for step in (("update", "-qq"), ("install", "-y", "--no-install-recommends", VENV_PACKAGE)):
            _run("apt-get", *step, what=f"{folder.name}: apt-get {step[0]}", say=say)
        importlib.invalidate_caches()
    made = _run(sys.executable, "-m", "venv", str(folder), what=f"{folder.name}: making it", say=say)
    if made.returncode == 0:
        return
    if not has_ensurepip():
        raise ToolEnvError("cannot make a virtual environment: this Python has no ensurepip", venv_advice())
    reason = plain.lines(made.stderr or made.stdout)[-1:] or ["no reason given"]
    raise ToolEnvError(
        f"cannot make the virtual environment {folder}: {reason[0]}",
        "free disk space or correct the permissions of that folder, then run the same command again",
    )


def venv_advice() -> str:
    """What gets ensurepip onto this machine."""
    if shutil.which("apt-get"):
        return f"sudo apt-get install {VENV_PACKAGE}"
    return "install Python's ensurepip and venv modules, or run it with a Python that has them"


def _install(folder: Path, requirements: Path, say: Callable[[str], None]) -> None:
    installed = _run(
        str(folder / "bin" / "python"), "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check",
        "--require-hashes", "-r", str(requirements), what=f"{folder.name}: pip", say=say,
    )  # fmt: skip
    if installed.returncode == 0:
        return
    lines = [line for line in plain.lines(installed.stderr) if line.startswith("ERROR")]
    # How pip tells of a full disk or of permissions; an index that cannot be reached reads otherwise.
    refused = any("OSError: [Errno" in line for line in lines)
    raise ToolEnvError(
        f"cannot install {requirements.name}: {(lines or ['pip failed'])[-1]}",
        "free disk space or correct the permissions, then run the same command again"
        if refused
        else "check that the Python package index is reachable, then run the same command again",
    )


def _run(*arguments: str, what: str, say: Callable[[str], None]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; as long as it takes, say every few seconds what it is at."""
    began = time.monotonic()
    with subprocess.Popen(
        arguments, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=childenv.of_program(arguments[0]),
    ) as process:  # fmt: skip
        try:
            while True:
                try:
                    stdout, stderr = process.communicate(timeout=TELL_SECONDS)
                    return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)
                except subprocess.TimeoutExpired as waiting:
                    said = (waiting.output or b"").decode(errors="replace")
                    say(waits_for(what, time.monotonic() - began, said))
        except BaseException:
            process.kill()
            raise


def waits_for(what: str, seconds: float, said: str) -> str:
    """One line for whoever waits: the last of what a program has said until now, without what is long in it."""
    last = (plain.lines(said) or [""])[-1].strip()
    # pip: "Collecting boto3==1.40 (from -r requirements.txt (line 6))", "Installing collected packages: a, b, c"
    last = last.partition(" (from ")[0].partition(": ")[0]
    told = f"{what}, {seconds:.0f} s" + (f": {last}" if last else "")
    return told if len(told) <= _WIDEST else f"{told[: _WIDEST - 1]}…"


def ensure(name: str, *requirements: Path, say: Callable[[str], None] | None = None) -> Path:
    """The bin folder of a tool kept in the shared cache (`emulator`, `checkov`), installed on first use."""
    folder = cache() / "tools" / f"{name}-{fingerprint(*requirements)}"
    return prepare(folder, *requirements, say=say or (lambda text: print(text, file=sys.stderr)))
