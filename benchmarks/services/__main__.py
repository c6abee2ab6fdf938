"""The measurement, in its environment: every part, or those that are named.

Only a whole run at full length writes results: figures from different times do not belong into one table.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from orchestrator.errors import Failure
from orchestrator.machine import toolenv
from orchestrator.system.paths import ROOT

from . import cold_start, machine, plots, report, save, words
from .plan import FULL, QUICK, Plan

RESULTS: Final = Path(__file__).with_name("results")


BUSY_MOST_PERCENT: Final = 10


def main() -> int:
    """Measures, and writes or prints what came of it. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="run.py", description="Measures the services.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only {', '.join(_parts())}; prints, writes nothing")
    parser.add_argument("--quick", action="store_true", help="few and short rounds; prints, writes nothing")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(_parts()):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    # Told to end, it ends what it started, as it does for Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        results = _measure(options.parts or list(_parts()), QUICK if options.quick else FULL)
    except Failure as failure:
        machine.say(failure.render())
        return int(failure.exit_code)
    except KeyboardInterrupt:
        return 130
    if options.parts or options.quick:
        sys.stdout.write(report.render(results))
        return 0
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (RESULTS / "README.md").write_text(report.render(results))
    plots.draw(results, RESULTS)
    machine.say(f"written to {RESULTS.relative_to(ROOT)}")
    return 0


def _parts() -> dict[str, Callable[[machine.Cores, Plan, Path], Any]]:
    return {
        "words": words.measure,
        "save": lambda cores, plan, _: save.measure(cores, plan),
        "cold-start": lambda cores, plan, _: cold_start.measure(cores, plan),
        "images": lambda *_: _images(),
    }


def _measure(parts: list[str], plan: Plan) -> dict[str, Any]:
    cores, usable = machine.cores(), os.sched_getaffinity(0)
    for program, package in (("node", "nodejs"), ("wrk", "wrk")):
        machine.need(program, package)
    results: dict[str, Any] = {
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.describe(cores),
        "plan": asdict(plan),
    }
    with tempfile.TemporaryDirectory(prefix="storyizer-benchmark-") as folder:
        for part in parts:
            _check_quiet(cores, plan)
            # This program and what it starts keep off the core that is measured. Builds may have every core.
            os.sched_setaffinity(0, usable if part == "images" else {cores.load})
            results[part] = _parts()[part](cores, plan, Path(folder))
    return results


def _check_quiet(cores: machine.Cores, plan: Plan) -> None:
    """What others do at the same time makes figures worthless. A quick look is only told of it."""
    busy = machine.busy_percent(cores)
    if busy <= BUSY_MOST_PERCENT:
        return
    if plan is FULL:
        raise Failure(
            "this machine is busy",
            reason=f"Other programs use {busy:.0f} % of a core that is needed for the measurement.",
            next_step="run it when the machine does nothing else",
        )
    machine.say(f"other programs use {busy:.0f} % of a core: the figures mean little")


def _images() -> Any:
    """Sizes of the images, from a program of its own, in the orchestrator's environment."""
    python = toolenv.ensure("orchestrator", ROOT / "requirements.txt", say=machine.say) / "python"
    program = Path(__file__).with_name("images.py")
    done = subprocess.run([str(python), str(program)], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failure("the images could not be measured", reason=f"{program.name} ended with code {done.returncode}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
