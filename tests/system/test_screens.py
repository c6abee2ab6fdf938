"""What a terminal shows from the first `up` to `down`: lines that fit, and screens as docs/screens has them.

`pytest tests/system/test_screens.py --long --screens docs/screens` writes those anew that have changed.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestrator.system import paths
from tests.system.conftest import PYTHON, Clone
from tests.system.versions import BAD
from tests.terminal import typed

pytestmark = pytest.mark.system

KEPT = paths.ROOT / "docs" / "screens"
# The second one tells little more.
WIDTHS = [80, pytest.param(120, marks=pytest.mark.long)]


@dataclass(frozen=True)
class Scene:
    """What is typed and its exit code; `before` is what has been done to the checkout since the last one."""

    typed: str
    code: int = 0
    before: Callable[[Clone], None] = lambda clone: None


def change_a_line(clone: Clone) -> None:
    """Another version of words' API."""
    clone.edit("services/words/app/contract.py", '"1.0"', '"1.1"')


SCENES: Mapping[str, Scene] = {
    "first-up": Scene("up"),
    "up-again": Scene("up"),
    "status": Scene("status"),
    "one-line-changed": Scene("up", before=change_a_line),
    "failure": Scene("up", 4, BAD[0].apply),
    "images": Scene("images"),
    "releases": Scene("releases"),
    "down": Scene("down"),
}
# What a screen has on one machine or in one run and not in another: how often ECS says something, who uses the engine,
# which stages took half a second, if an image answers in the eight seconds that it is tried for, and the first line,
# which is for whoever waits for it.
VARIES = re.compile(
    r"\S+: reading .* \.\.\.|✓ check .*| +answers 200|rollout: \(service .*|  failed: tasks failed to start\."
    r"|Where the time went:|  \S.* n\.n s  +█+|(  as a )?picture: .*"
    r"|down: waiting .*|the container engine .*|stopping the container engine.*"
)


@dataclass
class Words:
    """Stable words for what changes from run to run, those for images by the order in which they were pushed."""

    api: int = 0
    known: dict[str, str] = field(default_factory=dict)
    pushed: list[str] = field(default_factory=list)

    def learn(self, text: str) -> None:
        """Remember the images that a screen says were built and pushed, and the port of the emulated AWS."""
        for pattern in (r"✓ build (\S+) .* ([0-9a-f]{16})\b", r"✓ push (\S+) .* sha256:([0-9a-f]{12})\b"):
            for service, digits in re.findall(pattern, text):
                if digits not in self.known:
                    name = f"{service} {len(digits)}"
                    self.pushed.append(name)
                    self.known[digits] = _digits(f"{name} {self.pushed.count(name)}", len(digits))
        if found := re.search(r"✓ emulated AWS .*http://127\.0\.0\.1:(\d+)", text):
            self.api = int(found[1])

    def put_into(self, text: str) -> str:
        """The text with them."""
        for ours, stable in ((self.api, 21606), (self.api + 1, 21607)):
            text = text.replace(f"127.0.0.1:{ours}", f"127.0.0.1:{stable}")
        for digits, stable_digits in self.known.items():
            text = text.replace(digits, stable_digits)
        # What is neither built nor pushed here, such as a base image.
        others = set(self.known.values())
        text = re.sub(r"\b[0-9a-f]{12}\b", lambda one: one[0] if one[0] in others else _digits("another", 12), text)
        for pattern, word in (
            (r"storyizer-base:[0-9a-f]{12} \(\w+\)", f"storyizer-base:{_digits('base', 12)} (debian)"),
            (r"(after) \d+\.\d s", r"\1 n.n s"),
            (r"\s+\(\d+ s\)$", ""),
            (r"/api/stories/[a-z0-9]{20}\b", "/api/stories/vd4hl72su63x4mbksq47"),
            (r"\b(Task|task) [0-9a-f]{8}\b", r"\1 21b4af30"),
            (r"\becs-svc/[0-9a-f]{20}\b", "ecs-svc/0f50530788354953ab94"),
            (r"\b20\d\d-\d\d-\d\d( at)? \d\d:\d\d", r"2026-12-01\1 12:00"),
            (r"(2026-12-01 12:00):\d\d", r"\1:00"),
            (r"^( +up by) [^\s,]+", r"\1 kim"),
            # However long the name of the folder is.
            (r"hold nothing of yours, in\s+\S+\s+\(delete it at will\)", "hold nothing of yours, in PLACE"),
        ):
            text = re.sub(pattern, word, text, flags=re.MULTILINE)
        return re.sub(r" *\d+\.\d s\b", lambda seconds: "n.n s".rjust(len(seconds[0])), text)


def _digits(text: str, number: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:number]


def lines(text: str) -> set[str]:
    """What two runs have in common: things that happen side by side end in any order."""
    return {line for line in text.splitlines() if not VARIES.fullmatch(line)}


@pytest.fixture
def folder(pytestconfig: pytest.Config) -> Path | None:
    """Where screens are written, if they are."""
    wanted = pytestconfig.getoption("screens", default=None)
    return Path(wanted) if wanted else None


@pytest.mark.parametrize("columns", WIDTHS)
def test_from_the_first_up_to_down_every_screen_fits_and_is_as_it_is_kept(
    columns: int, cold: Clone, folder: Path | None
) -> None:
    cold.run("stop", code=None)  # its first command prepares .venv, or finds that another test's has
    words, changed = Words(), {}
    for name, scene in SCENES.items():
        scene.before(cold)
        paper, code = typed([PYTHON, "orchestrate.py", scene.typed], cold.folder, columns)
        assert code == scene.code, paper.text
        assert paper.torn == [], f"{name}: a line is longer than the terminal is wide in\n{paper.text}"
        torn = [line for line in paper.lines if line.count("(") != line.count(")") and not line.startswith("  |")]
        assert torn == [], f"{name}: a bracket is torn in\n{paper.text}"
        words.learn(paper.text)
        shown = f"$ python3 orchestrate.py {scene.typed}\n{words.put_into(paper.text)}"
        file = f"{name}.{columns}.txt"
        kept = (KEPT / file).read_text(encoding="utf-8") if (KEPT / file).exists() else ""
        if lines(kept) != lines(shown):
            if folder is not None:
                (folder / file).write_text(shown, encoding="utf-8")
            else:
                changed[file] = shown
        if name == "up-again":
            assert "terraform: not started, nothing that it reads has changed since r1" in " ".join(paper.text.split())
    for file, shown in changed.items():
        sys.stdout.write(f"{file} would be:\n{shown}\n")
    assert changed.keys() == set(), "see what is printed; the module's first lines say how they are written anew"
