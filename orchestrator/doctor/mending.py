"""`doctor --fix`: does what the arrow behind a check says, where that needs nobody's decision.

What needs a decision stays advice: another Terraform, space on a disk, access to a network. Needs the standard library
only, as the checks do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orchestrator.console import Console
from orchestrator.doctor.check import Check
from orchestrator.errors import Failure
from orchestrator.machine import apt, engine, toolenv
from orchestrator.machine.toolenv import ToolEnvError
from orchestrator.system import paths


def mend(checks: Sequence[Check], console: Console) -> int:
    """Mend what can be mended, each announced; the number of those that now are. What fails is told, and the rest goes
    on."""
    mended = 0
    for check in checks:
        way = _WAYS.get(check.name)
        if check.status == "ok" or way is None:
            continue
        try:
            with console.stage(f"fix {check.name}") as stage:
                way(console)
                stage.result = "done"
            mended += 1
        except Failure as failure:
            console.say(f"{check.name} stays as it is: {failure.message}: {failure.reason}")
        except ToolEnvError as error:
            console.say(f"{check.name} stays as it is: {error}")
    return mended


def _environment(console: Console) -> None:
    toolenv.prepare(paths.ROOT / ".venv", paths.ROOT / "requirements.txt", say=console.say)


def _git(console: Console) -> None:
    apt.install(["git"], console.say, "releases name their commit")


_WAYS: Mapping[str, Callable[[Console], object]] = {
    ".venv": _environment,
    "container engine": engine.ensure,
    "git": _git,
}
