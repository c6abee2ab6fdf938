"""Which base image the services are built on: the official one where it can be had, else one of Debian's packages."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from orchestrator.console import Console, Stage
from orchestrator.machine import apt, debian_base, engine
from orchestrator.system import atomic, net, paths, process

BASE_REFERENCE = "docker.io/library/python:3.13-slim-trixie"
REGISTRY = "https://registry-1.docker.io/v2/"
# A pull of about 45 MB; where only the engine knows a way to the registry, it gets less time to show that it works.
PULL_SECONDS = 600.0
UNCERTAIN_PULL_SECONDS = 60.0


@dataclass(frozen=True)
class BaseImage:
    """What services are built on."""

    reference: str
    """The image's name for the engine on this machine."""
    content_id: str
    """Says what the image is, the same on every machine that chose it: goes into each image's content hash."""
    origin: Literal["official", "debian"]

    @property
    def description(self) -> str:
        """For the person."""
        return "python:3.13-slim-trixie" if self.origin == "official" else "built from Debian's packages"


def official() -> BaseImage:
    """Python's own image."""
    return BaseImage(BASE_REFERENCE, BASE_REFERENCE, "official")


def debian() -> BaseImage:
    """The image that this machine builds by itself."""
    return BaseImage(debian_base.reference(), f"debian-{debian_base.recipe()}", "debian")


def choose(console: Console, stage: Stage) -> BaseImage:
    """The base image of this copy, present on the engine: chosen once and then kept while the image is there.

    Raises `PrerequisiteMissing` when neither way works. Copies of the project on one machine share the image.
    """
    kept = remembered()
    if kept is not None and is_present(kept):
        stage.result = kept.description
        return kept
    with _locked():
        chosen = official()
        if not is_present(chosen) and not _pull(stage):
            chosen = debian()
            if not is_present(chosen):
                stage.event("no image registry can be reached: building a base image from Debian's packages")
                machine = engine.ensure(console)
                debian_base.build(machine, stage)
    _remember(chosen)
    stage.result = chosen.description
    return chosen


def remembered() -> BaseImage | None:
    """What this copy chose before, unless the recipe has changed since."""
    try:
        kept = BaseImage(**json.loads(_memory().read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return kept if kept in (official(), debian()) else None


def candidates() -> tuple[BaseImage, ...]:
    """What this copy builds on; both that it may choose if it has never built anything. Asks no engine."""
    kept = remembered()
    return (kept,) if kept is not None else (official(), debian())


def forget() -> None:
    """Let the next `choose` decide anew."""
    _memory().unlink(missing_ok=True)


def is_present(image: BaseImage) -> bool:
    """True when the engine has it."""
    return process.run(["docker", "image", "inspect", "--format", "{{.Id}}", image.reference]).ok


def forecast() -> str:
    """What `choose` would do now, in words. Changes nothing."""
    kept = remembered()
    answering = engine.find()
    if answering is not None:
        for image in (kept, official(), debian()):
            if image is not None and is_present(image):
                return f"{image.description}, present"
    if net.is_reachable(REGISTRY) or (answering is not None and answering.has_proxy_or_mirror):
        return "python:3.13-slim-trixie, to be pulled"
    if process.which("apt-get") is not None and apt.mirrors() is not None:
        return "docker.io cannot be reached: built from Debian's packages (30 MB to download)"
    return ""


def _pull(stage: Stage) -> bool:
    if net.is_reachable(REGISTRY):
        seconds = PULL_SECONDS
    else:
        answering = engine.find()
        if answering is None or not answering.has_proxy_or_mirror:
            return False
        seconds = UNCERTAIN_PULL_SECONDS
    stage.note(f"pulling {BASE_REFERENCE}")
    pulled = process.run(["docker", "pull", BASE_REFERENCE], timeout_seconds=seconds, on_line=stage.note)
    if not pulled.ok:
        stage.event(f"cannot pull {BASE_REFERENCE}: {(pulled.tail(1) or ['no answer'])[0]}")
    return pulled.ok


def _memory() -> Path:
    return paths.WORK / "base-image.json"


def _remember(image: BaseImage) -> None:
    atomic.write(_memory(), json.dumps(asdict(image)))


@contextmanager
def _locked() -> Iterator[None]:
    folder = paths.cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "base-image").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
