"""What `status` tells a person."""

from __future__ import annotations

from typing import Any

from orchestrator.cli.verbs.inspect import status

WORDS: dict[str, Any] = {
    "desired": 2, "running": 2, "healthy": 2, "image": "registry/words@sha256:" + "0123456789ab" * 5, "tasks": [],
    "rollout": "COMPLETED",
}  # fmt: skip
URL = "http://127.0.0.1:20001/"


def test_a_service_that_is_no_release_is_said_with_its_files() -> None:
    services = {"save": {**WORDS, "copied": []}, "words": {**WORDS, "copied": ["app/routes.py", "app/limits.py"]}}
    assert status.table(URL, "r3", services)[-2:] == [
        "save is not a release: `up --watch` serves its app/ as it is saved",
        "words is not a release: `up --watch` serves its app/ as it is saved; changed since r3: app/routes.py, "
        "app/limits.py",
    ]


def test_of_a_release_nothing_is_said() -> None:
    assert not any("not a release" in line for line in status.table(URL, "r3", {"words": WORDS}))
