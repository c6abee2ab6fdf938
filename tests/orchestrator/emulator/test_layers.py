"""The layers of images, which are files of their own beside the emulator's state."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.emulator import emulator, kept
from orchestrator.emulator.server import layers
from orchestrator.system import paths

LAYER, OTHER = bytes(range(256)) * 400, b"other" * 20_000
# Three repositories, two of which have the same layer, as MiniStack holds them.
PROGRAM = """
import pathlib, sys
import ministack.app
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from orchestrator.emulator.server import snapshots
LAYER, OTHER = bytes(range(256)) * 400, b"other" * 20_000
state = pathlib.Path(sys.argv[1]) / "state"

def holding(**blobs):
    held = AccountRegionScopedDict()
    for name, content in blobs.items():
        held[name] = {"digest": content}
    return {"layer_blobs": held, "manifest_blobs": {"sha256:1": b"small"}}

def snapshot(content, kinds=("images",)):
    ministack.app._build_persistence_save_dict = lambda: {"ecr": lambda: content, "dynamodb": lambda: {"a": OTHER}}
    snapshots.write(state, set(kinds))

def read():
    persistence.STATE_DIR = str(state)
    loaded = persistence.load_state("ecr")
    if loaded is None:
        return "nothing"
    assert loaded["manifest_blobs"] == {"sha256:1": b"small"}
    return {name: repository["digest"] for name, repository in loaded["layer_blobs"].items()}

snapshots.quicken()
"""


def run(folder: Path, program: str) -> str:
    """What the program has printed, in the emulator's own Python."""
    done = subprocess.run(
        [emulator.ensure_installed(), "-c", PROGRAM + program, folder], text=True, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT), "PERSIST_STATE": "1", "STATE_DIR": str(folder / "state")},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def named(*contents: bytes) -> list[str]:
    return sorted(hashlib.sha256(content).hexdigest() for content in contents)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "layers").iterdir())


WRITE = "snapshot(holding(words=LAYER, stories=LAYER, web=OTHER))\n"


def test_layers_are_files_of_their_own_and_read_again_as_they_were(tmp_path: Path) -> None:
    run(tmp_path, WRITE + "assert read() == {'words': LAYER, 'stories': LAYER, 'web': OTHER}")
    assert files(tmp_path) == named(LAYER, OTHER), "the same one is there once"
    assert {path.read_bytes() for path in (tmp_path / "layers").iterdir()} == {LAYER, OTHER}
    assert (tmp_path / "state" / "ecr.json").stat().st_size < 1000
    assert kept.check(tmp_path / "state", print) == []


def test_a_layer_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    run(tmp_path, WRITE)
    before = [path.stat().st_ino for path in (tmp_path / "layers").iterdir()]
    run(tmp_path, WRITE)
    assert [path.stat().st_ino for path in (tmp_path / "layers").iterdir()] == before


def test_the_emulators_own_last_write_names_the_same_files(tmp_path: Path) -> None:
    program = """persistence.STATE_DIR = str(state)
persistence.save_all({"ecr": lambda: holding(words=LAYER), "dynamodb": lambda: {"a": OTHER}})
snapshots.settle(state)
assert read() == {"words": LAYER}
assert persistence.load_state("dynamodb") == {"a": OTHER}"""
    run(tmp_path, program)
    assert files(tmp_path) == named(LAYER), "what other services hold is where it was"


def test_images_of_before_are_read_from_the_file_that_holds_them(tmp_path: Path) -> None:
    program = """import json
persistence.json, quick = json, persistence.json
persistence.STATE_DIR = str(state)
persistence.save_state("ecr", holding(words=LAYER, web=OTHER))
persistence.json = quick
assert read() == {"words": LAYER, "web": OTHER}"""
    run(tmp_path, program)
    assert (tmp_path / "state" / "ecr.json").stat().st_size > len(LAYER)
    assert not (tmp_path / "layers").exists()
    assert kept.check(tmp_path / "state", print) == []


def test_a_layer_that_nothing_names_any_more_is_removed_with_the_next_snapshot_of_images(tmp_path: Path) -> None:
    run(tmp_path, WRITE)
    (tmp_path / "layers" / ".half-written").touch()
    run(tmp_path, "snapshot(holding(), ['state'])")
    assert files(tmp_path) == [".half-written", *named(LAYER, OTHER)], "not with one of something else"
    run(tmp_path, "snapshot(holding(web=OTHER)); assert read() == {'web': OTHER}")
    assert files(tmp_path) == named(OTHER)


def test_a_snapshot_that_fails_or_ends_half_way_leaves_the_last_images(tmp_path: Path) -> None:
    run(tmp_path, "snapshot(holding(words=LAYER))")
    program = """import os
broken = holding(words=OTHER)
broken["unknown"] = object()
try:
    snapshot(broken)
except OSError as error:
    assert "failed to save ecr" in str(error), error
else:
    raise AssertionError("it was written")
assert read() == {"words": LAYER}
snapshots.sync = lambda folder: os._exit(0)  # everything is written, and nothing is in its place
snapshot(holding(words=OTHER))"""
    run(tmp_path, program)
    assert files(tmp_path) == named(LAYER, OTHER)
    run(tmp_path, "assert read() == {'words': LAYER}")
    assert kept.check(tmp_path / "state", print) == []


@pytest.mark.parametrize("how", ["missing", "shorter"])
def test_images_with_a_layer_that_is_not_there_as_a_whole_are_put_aside_and_told(how: str, tmp_path: Path) -> None:
    run(tmp_path, WRITE)
    layer = tmp_path / "layers" / hashlib.sha256(LAYER).hexdigest()
    layer.write_bytes(LAYER[:-1])
    if how == "missing":
        layer.unlink()
    (tmp_path / "state" / "iam.json").write_text(json.dumps({layers.REFERENCE: "not a layer"}))
    told: list[str] = []
    assert [path.name for path in kept.check(tmp_path / "state", told.append)] == ["ecr.json.broken-1"]
    assert len(told) == 1 and "the images (they are built again)" in told[0]
    assert run(tmp_path, "print(read())") == "nothing"
    # They are built again, and what was broken is whole again.
    run(tmp_path, WRITE + "assert read() == {'words': LAYER, 'stories': LAYER, 'web': OTHER}")
    assert kept.check(tmp_path / "state", told.append) == []


def test_what_is_no_reference_to_a_layer_is_put_aside_as_well(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    for reference in (None, 5, "", "..", "a\0b"):
        (tmp_path / "state" / "ecr.json").write_text(json.dumps({"payload": {layers.REFERENCE: reference, "size": 1}}))
        assert kept.check(tmp_path / "state", lambda text: None), reference
