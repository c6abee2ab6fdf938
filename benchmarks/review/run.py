#!/usr/bin/env python3
"""Measures the review of large plans: `python3 benchmarks/review/run.py`, about ten minutes.

Makes two plans of 5,000 changes with Terraform, then measures `terraform show -json` and each rendering of
`orchestrate.py review` on them, in turns. Standard library only.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

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
        "machine": _machine(),
        "plans": {},
    }
    with tempfile.TemporaryDirectory(prefix="storyizer-benchmark-") as folder:
        for name, make in (("mixed", _mixed), ("aws", _aws)):
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


def _mixed(work: Path) -> None:
    with state.kept() as address:
        large.write_mixed(work, address, after=False)
        _terraform(work, "init")
        _terraform(work, "apply", "-auto-approve")
        large.write_mixed(work, address, after=True)
        _terraform(work, "plan", "-out=it.tfplan")


def _aws(work: Path) -> None:
    large.write_aws(work)
    _terraform(work, "init")
    _terraform(work, "plan", "-out=it.tfplan")


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
    said = json.loads(plan.read_text())
    actions = ["/".join(item["change"]["actions"]) for item in said["resource_changes"]]
    review = json.loads((work / "review.json").read_text())
    return {
        "bytes": plan.stat().st_size,
        "resources": len(actions),
        "actions": {action: actions.count(action) for action in sorted(set(actions))},
        "verdict": review["verdict"],
        "findings": len(review["findings"]),
        "runs": runs,
    }


def _run(command: list[str], work: Path, out: Path) -> dict[str, float]:
    """Wall time and the most memory that the process had."""
    with out.open("wb") as stdout:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=work, stdout=stdout, stderr=subprocess.DEVNULL, env=_environment())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    # 3 is what the review says of a plan that the policy stops.
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with code {process.returncode}")
    return {"seconds": round(seconds, 3), "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
            "peak_mb": round(usage.ru_maxrss / 1024, 1)}  # fmt: skip


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


def _machine() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    done = subprocess.run(["terraform", "version", "-json"], env=_environment(), capture_output=True, text=True)
    return {
        "processor": next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
        ),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "Python": platform.python_version(),
        "Terraform": json.loads(done.stdout)["terraform_version"],
        "others' load when it began": f"{os.getloadavg()[0]:.1f}",
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
