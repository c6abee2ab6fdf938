"""The machine: its two cores for the measurements, the programs that it needs, and how results describe it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from orchestrator.errors import PrerequisiteMissing
from orchestrator.machine import apt
from orchestrator.system import process
from orchestrator.system.paths import ROOT

PACKAGES: Final = ("starlette", "uvicorn", "uvloop", "httptools", "msgspec", "pynamodb", "botocore")
BUSY_SECONDS: Final = 2
_TOPOLOGY: Final = "/sys/devices/system/cpu/cpu{}/topology/{}"


class Cores(NamedTuple):
    """Numbers of the processors that programs are pinned to."""

    server: int
    """What is measured runs here, alone."""
    load: int
    """All else runs here: this program, and so the load generator that it starts, and DynamoDB's stub."""


def cores() -> Cores:
    """Two processors, of different physical cores where there are such. Raises PrerequisiteMissing."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise PrerequisiteMissing(
            "this machine has one core only",
            reason="What is measured must not share its core with what measures.",
            next_step="run it where at least two cores can be used",
        )
    server, *others = usable
    apart = [cpu for cpu in others if _physical_core(cpu) != _physical_core(server)]
    return Cores(server, (apart or others)[0])


def busy_percent(chosen: Cores) -> float:
    """How much of the two cores others use just now, of the busier one."""
    before = _busy_ticks()
    time.sleep(BUSY_SECONDS)
    spent = {cpu: ticks - before[cpu] for cpu, ticks in _busy_ticks().items()}
    return max(spent[cpu] for cpu in chosen) / (BUSY_SECONDS * os.sysconf("SC_CLK_TCK")) * 100


def need(program: str, package: str) -> str:
    """The program's path, installed from its Debian package when missing. Raises PrerequisiteMissing."""
    found = process.which(program)
    if found is None:
        if not apt.can_install():
            raise PrerequisiteMissing(f"{program} is not installed", next_step=f"sudo apt-get install {package}")
        apt.install((package,), say, f"the measurements need {program}")
        found = process.which(program)
    if found is None:
        raise PrerequisiteMissing(f"the package {package} brought no {program}", next_step=f"install {program}")
    return str(found)


def say(text: str) -> None:
    """A line for the person, on standard error."""
    os.write(2, f"{text}\n".encode())


def describe(chosen: Cores) -> dict[str, str]:
    """What results depend on. Neither names nor paths of this machine."""
    same = "no" if _physical_core(chosen.server) != _physical_core(chosen.load) else "yes, so figures are too low"
    return {
        "processor": _cpu_model(),
        "cores": str(os.cpu_count()),
        "the two cores are threads of one": same,
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "system": f"{_system()}, Linux {platform.release().split('-')[0]} {platform.machine()}",
        "Python": platform.python_version(),
        "Node.js": _output("node", "--version").removeprefix("v"),
        "wrk": _output("wrk", "--version").split(" [")[0].removeprefix("wrk "),
        **{package: version(package) for package in PACKAGES},
    }


def commit() -> str:
    """The commit that is measured, "-dirty" if the services differ from it, "unknown" outside of a repository."""
    head = _output("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD")
    changed = _output("git", "-C", str(ROOT), "status", "--porcelain", "--", "services")
    return f"{head}{'-dirty' if changed else ''}" if head else "unknown"


def _busy_ticks() -> dict[int, int]:
    """Per processor, the time that it was not idle."""
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines() if re.match(r"cpu\d", line)]
    # user, nice, system, idle, iowait, irq, softirq, steal; the rest is in user already
    return {int(row[0][3:]): sum(map(int, row[1:4] + row[6:9])) for row in rows}


def _physical_core(cpu: int) -> tuple[str, ...]:
    names = ("physical_package_id", "core_id")
    try:
        return tuple(Path(_TOPOLOGY.format(cpu, name)).read_text().strip() for name in names)
    except OSError:
        return (str(cpu),)


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown"


def _output(*command: str) -> str:
    """The first line of what a program writes, "" if there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return ""
    return next(iter(done.stdout.splitlines()), "").strip()
