#!/usr/bin/env python3
"""Measures the review of large plans: `python3 benchmarks/review/run.py`, about a quarter of an hour.

Makes plans with Terraform: two of 5,000 changes, one of 100 MB, one with 3,000 findings. Then measures `terraform show
-json` and each rendering of `orchestrate.py review` on them, in turns. Standard library only.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from benchmarks import machine  # noqa: E402
from benchmarks.review import large, report, state  # noqa: E402
from orchestrator.machine import providers  # noqa: E402

RESULTS: Final = Path(__file__).with_name("results")
FORMATS: Final = ("terminal", "markdown", "html", "json")
ROUNDS: Final = 5


def main() -> int:
    """Measures, and writes what came of it. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="run.py", description="Measures the review of large plans.")
    parser.add_argument("--quick", action="store_true", help="one round; prints, writes nothing")
    options = parser.parse_args()
    rounds = 1 if options.quick else ROUNDS
    results: dict[str, Any] = {
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "rounds": rounds,
        "machine": machine.described(),
        "plans": {},
    }
    with tempfile.TemporaryDirectory(prefix="storyizer-benchmark-") as folder:
        for name, make in _PLANS.items():
            work = Path(folder) / name
            make(work)
            results["plans"][name] = _measured(work, rounds)
    if options.quick:
        sys.stdout.write(report.render(results))
        return 0
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (RESULTS / "README.md").write_text(report.render(results))
    _say(f"written to {RESULTS.relative_to(ROOT)}")
    return 0


def _mixed(work: Path, teams: int = large.TEAMS) -> None:
    with state.kept() as address:
        large.write_mixed(work, address, after=False, teams=teams)
        _terraform(work, "init")
        _terraform(work, "apply", "-auto-approve")
        large.write_mixed(work, address, after=True, teams=teams)
        _terraform(work, "plan", "-out=it.tfplan")


def _large(work: Path) -> None:
    _mixed(work, large.LARGE_TEAMS)


def _aws(work: Path) -> None:
    large.write_aws(work)
    _terraform(work, "init")
    _terraform(work, "plan", "-out=it.tfplan")


def _found(work: Path) -> None:
    large.write_found(work)
    _terraform(work, "init")
    _terraform(work, "plan", "-out=it.tfplan")


_PLANS: Final[Mapping[str, Callable[[Path], None]]] = {
    "mixed": _mixed,
    "aws": _aws,
    "large": _large,
    "found": _found,
}


def _measured(work: Path, rounds: int) -> dict[str, Any]:
    plan = work / "plan.json"
    runs: dict[str, list[dict[str, float]]] = {"show": [], **{form: [] for form in FORMATS}}
    _run([sys.executable, str(ROOT / "orchestrate.py"), "review", "--help"], work, work / "help")
    for _ in range(rounds):
        runs["show"].append(_run(["terraform", "show", "-json", "it.tfplan"], work, plan))
        for form in FORMATS:
            out = work / f"review.{form}"
            command = [sys.executable, str(ROOT / "orchestrate.py"), "review", str(plan), "--format", form]
            runs[form].append({**_run(command, work, out), "bytes": out.stat().st_size})
    # In a process of its own: to Linux, what this one had at most is what each that it starts has at least.
    with ProcessPoolExecutor(1) as pool:
        return {**pool.submit(_told, work).result(), "runs": runs}


def _told(work: Path) -> dict[str, Any]:
    """What the plan is, and what the review says of it."""
    plan = work / "plan.json"
    actions = ["/".join(item["change"]["actions"]) for item in json.loads(plan.read_text())["resource_changes"]]
    review = json.loads((work / "review.json").read_text())
    return {
        "bytes": plan.stat().st_size,
        "resources": len(actions),
        "actions": {action: actions.count(action) for action in sorted(set(actions))},
        "verdict": review["verdict"],
        "findings": len(review["findings"]),
    }


# Starts the command from a small process: to Linux, what a process had at most is what each that it starts has at
# least, and this one has held the states of Terraform.
CLOCK: Final = """
import json, os, sys, time
started = time.perf_counter()
pid = os.fork()
if not pid:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
told = {"code": os.waitstatus_to_exitcode(status), "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3), "peak_mb": round(usage.ru_maxrss / 1024, 1)}
with os.fdopen(int(sys.argv[1]), "w") as to:
    json.dump(told, to)
"""


def _run(command: list[str], work: Path, out: Path) -> dict[str, float]:
    """Wall time, computing and the most memory that the process had."""
    reading, writing = os.pipe()
    with out.open("wb") as stdout, os.fdopen(reading) as told:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", CLOCK, str(writing), *command], cwd=work, stdout=stdout,
            stderr=subprocess.DEVNULL, env=_environment(), pass_fds=(writing,), check=True,
        )  # fmt: skip
        os.close(writing)
        found: dict[str, float] = json.load(told)
    # 3 is what the review says of a plan that the policy stops.
    if found["code"] not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with code {found['code']:.0f}")
    del found["code"]
    return found


def _terraform(work: Path, *command: str) -> None:
    _say(f"{work.name}: terraform {command[0]}")
    done = subprocess.run(["terraform", *command], cwd=work, env=_environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        **providers.terraform_env(),
        "AWS_CA_BUNDLE": "",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
