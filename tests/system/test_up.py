"""`up`: real Terraform, real images, real containers, an emulated AWS; what is then served, and what a change moves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import STORY, Clone
from tests.system.polling import wait_until

pytestmark = pytest.mark.system

SERVICES = {"website", "words", "save"}


def test_up_from_a_clean_clone(cold: Clone) -> None:
    shutil.rmtree(cold.folder / ".venv", ignore_errors=True)
    said = cold.up()
    assert said["environment"] == "local"
    assert {name for name, image in said["images"].items() if image["built"] and image["pushed"]} == SERVICES
    assert said["changes"]["add"] > 40
    assert said["changes"]["destroy"] == 0
    # Once for the repositories, then plan, show and apply.
    assert said["terraform_runs"] == ["apply registry", "plan environment", "show environment", "apply environment"]
    assert {"terraform apply", "rollout", "smoke test"} <= {stage["name"] for stage in said["stages"]}
    shown = cold.picture()
    for text in ("up local by", "r1 is live", said["url"], *SERVICES, *(stage["name"] for stage in said["stages"])):
        assert text in shown
    assert all(image["digest"][7:19] in shown for image in said["images"].values())
    assert said["picture"] == str(cold.folder / ".storyizer" / "local" / "last-up.html")


def test_the_load_balancer_serves_page_words_and_stories(clone: Clone, story: str) -> None:
    page = clone.get("/")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    words = clone.get("/api/words?kind=noun&count=3")
    assert words.status == 200
    assert words.json()["kind"] == "noun"
    assert len(words.json()["words"]) == 3
    saved = clone.post("/api/stories", STORY)
    assert saved.status == 201
    assert saved.headers["location"] == f"/api/stories/{saved.json()['id']}"
    again = clone.get(saved.headers["location"])
    assert again.json()["text"] == STORY["text"]
    assert clone.story_ids()[:2] == [saved.json()["id"], story]


def test_the_smoke_test_s_story_is_not_among_the_readers_stories(clone: Clone, story: str) -> None:
    texts = [item["text"] for item in clone.get("/api/stories").json()["stories"]]
    assert texts
    assert not any("smoke test" in text for text in texts)


def test_the_story_is_an_item_of_the_table(clone: Clone, story: str) -> None:
    found = clone.client("dynamodb").get_item(TableName="storyizer-local-stories", Key={"id": {"S": story}})
    assert found["Item"]["text"]["S"] == STORY["text"]


def test_each_image_has_its_bill_of_materials_in_the_work_folder(clone: Clone) -> None:
    for name, image in clone.run("images", "--json").json()["images"].items():
        told = json.loads(Path(image["sbom"]).read_text())
        assert (told["bomFormat"], told["metadata"]["component"]["name"]) == ("CycloneDX", name)


def test_two_containers_of_each_service_run_by_digest(clone: Clone) -> None:
    for service in SERVICES:
        running = clone.containers(service)
        assert list(running.values()) == [clone.images[service]["uri"]] * 2
        assert "@sha256:" in clone.images[service]["uri"]
    assert len(clone.containers()) == 6


def test_status_tells_what_runs(clone: Clone) -> None:
    said = clone.run("status", "--json").json()
    assert said["url"] == clone.url
    assert said["release"]["name"] == "r1"
    assert said["services"].keys() == SERVICES
    for name, service in said["services"].items():
        assert (service["desired"], service["running"], service["healthy"]) == (2, 2, 2)
        assert service["image"] == clone.images[name]["uri"]
    assert clone.url in clone.run("status").stdout


def test_logs_tell_what_the_containers_wrote(clone: Clone, story: str) -> None:
    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in clone.run("logs", "save", "--json").stdout.splitlines()]

    def is_saved(message: dict[str, Any]) -> bool:
        return message.get("method") == "POST" and message.get("status") == 201

    wait_until(lambda: any(is_saved(json.loads(line["message"])) for line in lines()))
    assert {line["service"] for line in lines()} == {"save"}
    missing = clone.run("logs", "frob", code=64)
    assert "its services: save, website, words" in missing.stderr.lower()


def test_up_again_changes_nothing(clone: Clone, story: str) -> None:
    clone.up()  # an emulator that was started for this test has not been planned against yet
    before = clone.containers()
    said = clone.up()
    assert not any(image["built"] or image["pushed"] for image in said["images"].values())
    assert {kind: said["changes"][kind] for kind in ("add", "change", "replace", "destroy")} == {
        "add": 0, "change": 0, "replace": 0, "destroy": 0,
    }  # fmt: skip
    assert said["terraform_runs"] == []
    assert said["release"]["name"] == "r1"
    assert clone.containers() == before
    assert clone.plain_terraform_plan() == 0


def test_plan_tells_that_there_is_nothing_to_do(clone: Clone) -> None:
    told = clone.run("plan", "--detailed-exitcode").stdout
    assert "SAFE TO APPLY" in told
    assert "No resource changes" in told


def test_one_changed_line_replaces_one_service(clone: Clone, story: str) -> None:
    before = {service: clone.containers(service) for service in SERVICES}
    old = clone.images["words"]
    clone.edit("services/words/app/contract.py", '"1.0"', '"changed"')
    images = clone.run("images", "--json").json()["images"]
    assert images["words"]["missing"] is True
    assert images["words"]["why"] == "service/app/contract.py changed"
    assert images["save"]["why"] == images["website"]["why"] is None

    said = clone.up()
    assert [name for name, image in said["images"].items() if image["built"]] == ["words"]
    assert [name for name, image in said["images"].items() if image["pushed"]] == ["words"]
    assert said["images"]["words"]["why"] == "service/app/contract.py changed"
    assert clone.images["words"]["digest"] != old["digest"]
    assert said["changes"]["replace"] == 1
    assert [deploy["service"] for deploy in said["changes"]["deploys"]] == ["words"]
    assert clone.words_version() == "changed"
    assert clone.containers("website") == before["website"]
    assert clone.containers("save") == before["save"]
    assert not clone.containers("words").keys() & before["words"].keys()
    assert story in clone.story_ids()
    assert clone.plain_terraform_plan() == 0


@pytest.mark.long
def test_a_copied_folder_is_a_fourth_service(clone: Clone, story: str) -> None:
    shutil.copytree(clone.folder / "services" / "words", clone.folder / "services" / "verbs")
    clone.edit("services/verbs/service.yaml", "/api/words", "/api/verbs")
    before = clone.containers()
    ended = clone.run("up", "--json")
    said = ended.json()
    assert said["changes"]["replace"] == said["changes"]["destroy"] == 0
    assert "verbs: GET /api/verbs?kind=noun&count=3 200" in ended.stderr
    assert clone.get("/api/verbs?kind=verb&count=2").json()["kind"] == "verb"
    assert len(clone.containers("verbs")) == 2
    assert clone.containers().keys() >= before.keys(), "no other service was touched"
    assert clone.plain_terraform_plan() == 0

    shutil.rmtree(clone.folder / "services" / "verbs")
    said = clone.up()
    assert said["terraform_runs"][:3] == ["plan environment", "show environment", "apply environment"]
    wait_until(lambda: clone.containers("verbs") == {})
    repositories = clone.client("ecr").describe_repositories()["repositories"]
    # A release that can be gone back to runs its image.
    assert {item["repositoryName"] for item in repositories} == {f"storyizer/{name}" for name in (*SERVICES, "verbs")}
    assert clone.containers() == before
    assert clone.get("/api/verbs?kind=verb").status == 404
    assert story in clone.story_ids()
