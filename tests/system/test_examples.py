"""The example services, brought up beside the project's own: built, checked, routed and verified by one `up`."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from orchestrator.system import paths
from tests.system.conftest import Clone

pytestmark = pytest.mark.system

EXAMPLES = paths.ROOT / "examples" / "services"


@pytest.fixture(scope="module")
def said(cold_clone: Clone) -> dict[str, Any]:
    """What one `up` says that brings both live."""
    for name in ("express", "static"):
        shutil.copytree(EXAMPLES / name, cold_clone.folder / "services" / name)
    return cold_clone.up()


def test_both_go_live_in_one_up_and_answer(cold_clone: Clone, said: dict[str, Any]) -> None:
    assert {name for name, image in said["images"].items() if image["built"]} >= {"express", "static"}
    words = cold_clone.get("/api/express?kind=noun&count=3").json()
    assert (words["kind"], len(set(words["words"]))) == ("noun", 3)
    page = cold_clone.get("/help")
    assert (page.status, b"How a story is made" in page.body) == (200, True)
    assert cold_clone.get("/help/style.css").status == 200
    for name in ("express", "static"):
        assert len(cold_clone.containers(name)) == 2


def test_a_second_plan_is_clean(cold_clone: Clone, said: dict[str, Any]) -> None:
    assert cold_clone.plain_terraform_plan() == 0
    again = cold_clone.up()
    assert [image["built"] for image in again["images"].values()] == [False] * 5


def test_what_is_left_out_of_a_context_is_said(cold_clone: Clone, said: dict[str, Any]) -> None:
    images = cold_clone.run("images", "--json").json()
    assert images["express"]["left_out"] == {"context/service.yaml": "by default"}
    assert "left out of express: context/service.yaml" in cold_clone.run("images").stdout


def test_an_image_that_writes_to_its_root_stops_before_anything_is_changed(
    cold_clone: Clone, said: dict[str, Any]
) -> None:
    """The emulator's containers could: it is ECS that does not let them."""
    server = "services/static/server.py"
    cold_clone.edit(
        server, "    server = Threading", '    Path("/var/cache/pages/index").write_text("")\n    server = Threading'
    )
    dockerfile = "services/static/Dockerfile"
    cold_clone.edit(dockerfile, "COPY site/", "RUN mkdir -m 777 /var/cache/pages\nCOPY site/")
    ended = cold_clone.run("up", code=1)
    assert "error: the image of static writes to its root file system, which is read-only on ECS" in ended.stderr
    assert "pages: {path: /var/cache/pages}" in ended.stderr
    assert cold_clone.get("/help").status == 200
    assert cold_clone.plain_terraform_plan() == 0
    cold_clone.edit(server, '    Path("/var/cache/pages/index").write_text("")\n', "")
    cold_clone.edit(dockerfile, "RUN mkdir -m 777 /var/cache/pages\n", "")


def test_an_image_that_is_taken_as_it_is_goes_live_by_its_digest(cold_clone: Clone, said: dict[str, Any]) -> None:
    """The image of a service that was built, under a name of the engine's own."""
    name = f"storyizer-test-taken:{cold_clone.work_id}"
    subprocess.run(["docker", "tag", _engine_id(cold_clone), name], check=True)
    try:
        shutil.copytree(EXAMPLES / "static", cold_clone.folder / "services" / "manual")
        manifest = cold_clone.folder / "services" / "manual" / "service.yaml"
        manifest.write_text(f"paths: [/manual]\nimage: {name}\n")
        image = cold_clone.up()["images"]["manual"]
        assert (image["built"], image["pushed"]) == (False, True)
        assert "/storyizer/manual@sha256:" in image["uri"]
        assert b"How a story is made" in cold_clone.get("/manual").body
        assert cold_clone.plain_terraform_plan() == 0
        assert cold_clone.up()["images"]["manual"]["pushed"] is False
    finally:
        subprocess.run(["docker", "image", "rm", name], check=False, capture_output=True)


def _engine_id(clone: Clone) -> str:
    """The engine's image that static runs."""
    image = next(iter(clone.containers("static").values()))
    return subprocess.run(
        ["docker", "image", "inspect", "--format", "{{.Id}}", image], check=True, capture_output=True, text=True
    ).stdout.strip()
