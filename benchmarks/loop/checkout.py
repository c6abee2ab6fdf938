"""A clone of this repository at one commit, and the system that it brings up, driven as a person drives it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = os.path.realpath(sys.executable)
CONTRACT: Final = "services/words/app/contract.py"
# The line's end: what stands before it is the API's description.
LINE: Final = ' and stories filled with them.", "{}")'
LOOK_SECONDS: Final = 0.05
MOST_SECONDS: Final = 900
# Of two tasks that take turns, both have answered.
IN_A_ROW: Final = 6


@dataclass
class Checkout:
    """A clone; `version` is what words answers with, a line that a change is made of."""

    folder: Path
    version: str = "1.0"
    url: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, commit: str, folder: Path) -> Checkout:
        """Clone this repository and check that commit out."""
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        subprocess.run(["git", "-C", folder, "checkout", "--quiet", commit], check=True)
        return cls(folder)

    def orchestrate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python3 orchestrate.py ARGUMENTS`. Raises SystemExit with what it said if it fails."""
        done = subprocess.run(
            [PYTHON, "orchestrate.py", *arguments], cwd=self.folder, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=MOST_SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done

    def up(self) -> float:
        """`up`; the seconds that it took."""
        began = time.perf_counter()
        self.said = json.loads(self.orchestrate("up", "--json").stdout)
        seconds = time.perf_counter() - began
        self.url = self.said["url"]
        return seconds

    def change(self, version: str) -> None:
        """Change one line of words."""
        path = self.folder / CONTRACT
        text = path.read_text()
        before = LINE.format(self.version)
        if before not in text:
            raise SystemExit(f"{CONTRACT} has no line {before!r}")
        path.write_text(text.replace(before, LINE.format(version)))
        self.version = version

    def until_served(self, act: Callable[[], object]) -> float:
        """Seconds from the beginning of `act`, which is waited for, until the version of now is answered with."""
        began, served, ended = time.perf_counter(), [0.0], threading.Event()

        def look() -> None:
            while not ended.is_set():
                if self.answered() == self.version:
                    served[0] = time.perf_counter() - began
                    return
                time.sleep(LOOK_SECONDS)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            act()
            watcher.join(30)
        finally:
            ended.set()
        if not served[0]:
            raise SystemExit(f"version {self.version} was never served")
        return served[0]

    def saves(self, number: int) -> Iterator[float]:
        """Seconds of each of so many saves while `up --watch` runs, which is ended then, with the `up` that follows."""
        watch = subprocess.Popen(
            [PYTHON, "orchestrate.py", "up", "--watch"], cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert watch.stderr is not None
        while " watching " not in (line := watch.stderr.readline()):
            if not line:
                raise SystemExit("`up --watch` has ended")
        reader = threading.Thread(target=watch.stderr.read, daemon=True)
        reader.start()
        for count in range(number):
            time.sleep(1)
            began, in_a_row = time.perf_counter(), 0
            self.change(f"save {count}")
            while in_a_row < IN_A_ROW:
                in_a_row = in_a_row + 1 if self.answered() == self.version else 0
                if time.perf_counter() - began > MOST_SECONDS:
                    raise SystemExit(f"version {self.version} was never served")
            yield time.perf_counter() - began
        watch.send_signal(signal.SIGINT)
        if watch.wait(MOST_SECONDS):
            raise SystemExit("the `up` at the end of the watch failed")

    def answered(self) -> str | None:
        """The version that the load balancer's answer has; None if there is none."""
        try:
            with urllib.request.urlopen(f"{self.url}api/words/openapi.json", timeout=5) as answer:
                return str(json.load(answer)["info"]["version"])
        except (OSError, ValueError):
            return None

    def add_service(self, name: str, tasks: int = 2) -> None:
        """Another service: words, copied."""
        words, copy = self.folder / "services" / "words", self.folder / "services" / name
        shutil.copytree(words, copy, ignore=shutil.ignore_patterns("__pycache__"))
        manifest = copy / "service.yaml"
        text = manifest.read_text().replace("/api/words", f"/api/{name}").replace("count: 2 ", f"count: {tasks} ")
        manifest.write_text(text)

    def remove_service(self, name: str) -> None:
        """Take it away again."""
        shutil.rmtree(self.folder / "services" / name)

    def terraform_environment(self) -> dict[str, str]:
        """The environment of somebody who types `terraform` in terraform/environment."""
        settings = self.folder / ".storyizer" / "local" / "terraform.env"
        told = subprocess.run(
            ["sh", "-c", '. "$0" && exec env -0', settings], capture_output=True, check=True, text=True
        )
        return dict(item.split("=", 1) for item in told.stdout.split("\0") if item)

    def raw_plan(self) -> float:
        """The seconds of one `terraform plan` typed there; it must find nothing to do."""
        began = time.perf_counter()
        done = subprocess.run(
            ["terraform", "plan", "-detailed-exitcode", "-input=false"], cwd=self.folder / "terraform" / "environment",
            env=self.terraform_environment(), capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"terraform plan ended with {done.returncode}")
        return time.perf_counter() - began

    def down(self) -> float:
        """`down`; the seconds that it took."""
        began = time.perf_counter()
        self.orchestrate("down", "--yes")
        return time.perf_counter() - began
