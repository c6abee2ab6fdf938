#!/usr/bin/env python3
"""Measures how long `up` takes: `python3 benchmarks/loop/run.py`, half an hour on a machine that does nothing else.

Brings three clones up beside each other: this commit, an earlier one, and one in which somebody does the lab's way by
hand. What is compared is measured in turns. Standard library only.
"""

from __future__ import annotations

import argparse
import datetime
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from benchmarks import machine  # noqa: E402
from benchmarks.loop import idle, report  # noqa: E402
from benchmarks.loop.checkout import Checkout  # noqa: E402
from benchmarks.loop.lab import Lab  # noqa: E402

RESULTS: Final = Path(__file__).with_name("results")
BASELINE: Final = "b000866"
ROUNDS: Final = 5
SAVES: Final = 20
SERVICES: Final = 50
AT_ONCE: Final = 8


def main() -> int:
    """Measures, and writes what came of it. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="run.py", description="Measures how long up takes.")
    parser.add_argument("--quick", action="store_true", help="one round; prints, writes nothing")
    parser.add_argument("--again", choices=_PARTS, help="this part alone, into the results that there are")
    options = parser.parse_args()
    # Where a shell has started this in the background it is ignored, and what is started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rounds = 1 if options.quick else ROUNDS
    written = RESULTS / "results.json"
    results: dict[str, Any] = json.loads(written.read_text()) if options.again and written.exists() else {}
    for part in [options.again] if options.again else _PARTS:
        described = machine.described()  # with what else the machine did then
        with tempfile.TemporaryDirectory(prefix="storyizer-benchmark-") as folder:
            measured = _PARTS[part](Path(folder), rounds)
        results[part] = {
            "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "commit": _output("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"),
            "machine": described,
            **measured,
        }
        # Each part at once: what comes after it may fail, and this one took its time.
        if not options.quick:
            RESULTS.mkdir(exist_ok=True)
            written.write_text(json.dumps(results, indent=1) + "\n")
            (RESULTS / "README.md").write_text(report.render(results))
            _say(f"{part}: written to {RESULTS.relative_to(ROOT)}")
    if options.quick:
        sys.stdout.write(report.render(results))
    return 0


def _compared(folder: Path, rounds: int) -> dict[str, Any]:
    """The seconds of each round, by what was done and by whom."""
    now, before, by_hand = (
        Checkout.of(commit, folder / name) for name, commit in (("now", "HEAD"), ("before", BASELINE), ("lab", "HEAD"))
    )
    seconds: dict[str, dict[str, list[float]]] = {what: {} for what in report.ROWS}

    def note(what: str, who: str, taken: float) -> None:
        seconds[what].setdefault(who, []).append(round(taken, 2))
        _say(f"{what}, {who}: {taken:.1f} s")

    everyone = (now, before, by_hand)
    try:
        # What is downloaded and installed once is no part of it: wheels, the base image, the emulator, `.venv`.
        for checkout in everyone:
            checkout.up()
        for who, checkout in (("now", now), ("before", before)):
            checkout.down()
            note("cold", who, checkout.up())
        lab = Lab(by_hand, folder / "contexts")
        lab.prepare()
        lab.deploy()
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            for who, checkout in (("now", now), ("before", before)):
                note("nothing", who, checkout.up())
            note("nothing", "plan", now.raw_plan())
            note("nothing", "lab", _timed(lab))
            for what in ("line", "undo"):
                for who, checkout in (("now", now), ("before", before)):
                    checkout.change("1.0" if what == "undo" else f"round {number}")
                    note(what, who, checkout.until_served(checkout.up))
            by_hand.change(f"round {number}")
            note("line", "lab", by_hand.until_served(lab.deploy))
        for checkout in everyone:
            checkout.orchestrate("stop")
        for who, checkout in (("now", now), ("before", before)):
            checkout.up()
            note("idle", who, idle.spent(checkout.folder))
            checkout.orchestrate("stop")
        for who, checkout in (("now", now), ("before", before)):
            checkout.up()
            checkout.add_service("verbs")
            note("fourth", who, checkout.up())
            note("down", who, checkout.down())
    finally:
        for checkout in everyone:
            _end(checkout)
    return {"baseline": BASELINE, "rounds": rounds, "seconds": seconds}


def _saves(folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds of each save while `up --watch` runs, however many `rounds` there are."""
    checkout = Checkout.of("HEAD", folder / "now")
    try:
        checkout.up()
        seconds = [round(each, 2) for each in checkout.saves(SAVES)]
    finally:
        _end(checkout)
    _say(f"saves: {seconds}")
    return {"seconds": seconds}


def _with_services(folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds of an `up` that changes nothing, and so starts neither Terraform nor a build, by number of services."""
    checkout, seconds = Checkout.of("HEAD", folder / "now"), {}
    try:
        checkout.up()
        seconds["3"] = [round(checkout.up(), 2) for _ in range(rounds)]
        names = [f"service{number:02}" for number in range(SERVICES - 3)]
        # All at once their first starts take so long on two cores that ECS gives up on some of them.
        for first in range(0, len(names), AT_ONCE):
            for name in names[first : first + AT_ONCE]:
                checkout.add_service(name, tasks=1)
            _say(f"{first + 3} services and {len(names[first : first + AT_ONCE])} more: {checkout.up():.0f} s")
        seconds[str(SERVICES)] = [round(checkout.up(), 2) for _ in range(rounds)]
    finally:
        _end(checkout)
    _say(f"{SERVICES} services: {seconds}")
    return {"seconds": seconds}


_PARTS: Final[Mapping[str, Callable[[Path, int], dict[str, Any]]]] = {
    "compared": _compared,
    "saves": _saves,
    "services": _with_services,
}


def _end(checkout: Checkout) -> None:
    subprocess.run([sys.executable, "orchestrate.py", "down", "--yes"], cwd=checkout.folder, capture_output=True)


def _timed(lab: Lab) -> float:
    """The lab's way where nothing has changed: nobody can see when it is served, so until its last command ends."""
    began = time.perf_counter()
    lab.deploy()
    return time.perf_counter() - began


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
