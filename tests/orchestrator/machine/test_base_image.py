"""Which base image is taken."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orchestrator.cli.verbs.inspect import images
from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.images.delivery import Base
from orchestrator.machine import base_image, debian_base
from orchestrator.project import environment
from orchestrator.system import paths

pytestmark = pytest.mark.usefixtures("container_engine")


@pytest.fixture(autouse=True)
def own_work_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")


def test_the_chosen_image_is_on_the_engine_and_is_chosen_again(stage: Stage) -> None:
    first = base_image.choose(Console(live=False), stage)
    assert base_image.is_present(first)
    assert base_image.remembered() == first
    assert base_image.choose(Console(live=False), stage) == first
    assert "present" in base_image.forecast()


def test_the_chosen_image_has_python_3_13_trusted_certificates_and_nothing_that_gives_rights(stage: Stage) -> None:
    chosen = base_image.choose(Console(live=False), stage)
    code = (
        "import sys, ssl, sqlite3, zoneinfo, locale; print(sys.version_info[:2], "
        "len(ssl.create_default_context().get_ca_certs()) > 100, locale.getpreferredencoding())"
    )
    command = f"python3 -c '{code}' && groupadd -g 10001 app && useradd -u 10001 -g app app && id -u app"
    done = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", chosen.reference, "sh", "-c", command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["(3, 13) True UTF-8", "10001"], done.stderr


def test_a_choice_of_an_older_recipe_is_forgotten() -> None:
    base_image._remember(base_image.BaseImage("storyizer-base:0123456789ab", "debian-0123456789ab", "debian"))
    assert base_image.remembered() is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", json.dumps({"reference": "x"})])
def test_a_damaged_memory_is_no_memory(content: str) -> None:
    paths.WORK.mkdir()
    base_image._memory().write_text(content)
    assert base_image.remembered() is None


def test_the_content_id_says_what_it_is_and_not_where_it_was_built() -> None:
    assert base_image.official().content_id == base_image.BASE_REFERENCE
    assert base_image.debian().content_id == f"debian-{debian_base.recipe()}"


def test_the_images_verb_takes_the_remembered_base_and_never_makes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "orchestrator.system.process.run", lambda *arguments, **options: pytest.fail("it ran something")
    )
    local = environment.load("local")
    with pytest.raises(Failure) as caught:
        images._base(local)
    assert "not known yet" in caught.value.message
    assert caught.value.next_step == "python3 orchestrate.py up local"
    base_image._remember(base_image.debian())
    assert images._base(local) == Base(debian_base.reference(), f"debian-{debian_base.recipe()}")
