"""The whole thing: real Terraform, real images, real containers, an emulated AWS."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.system import processes
from tests.system.conftest import Clone

pytestmark = pytest.mark.system

SERVICES = {"website", "words", "save"}
STATE_BUCKET = "storyizer-tfstate-000000000000-us-east-1"
# No engine answers here, and none can be started.
NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
STORY = {"template": "The {noun} sleeps", "text": "The bear sleeps"}
PROTECTED = """
from orchestrator import places
from orchestrator.project import environment
from orchestrator.errors import Failure
from orchestrator.deploy import destroy
try:
    destroy.refuse_protected(places.reach(environment.load("local")))
except Failure as failure:
    print(failure.render())
"""
DESTROY = """
from orchestrator import places
from orchestrator.project import environment
from orchestrator.console import Console
from orchestrator.deploy import destroy
print(destroy.destroy(places.reach(environment.load("local")), Console(live=False)).delete)
"""


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until `condition()` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.3)


@pytest.fixture
def clone(base: Clone) -> Clone:
    """The clone at its base."""
    return base


@pytest.fixture
def story(clone: Clone) -> str:
    """The id of a story that is saved before anything else, and must be there whatever follows."""
    return str(clone.post("/api/stories", STORY).json()["id"])


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
    for name, image in clone.run("images", "--json").json().items():
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
    before = clone.containers()
    said = clone.up()
    assert not any(image["built"] or image["pushed"] for image in said["images"].values())
    assert {kind: said["changes"][kind] for kind in ("add", "change", "replace", "destroy")} == {
        "add": 0, "change": 0, "replace": 0, "destroy": 0,
    }  # fmt: skip
    assert said["terraform_runs"] == ["plan environment"]
    assert said["release"]["name"] == "r1"
    assert clone.containers() == before
    assert clone.plain_terraform_plan() == 0


def test_plan_tells_that_there_is_nothing_to_do(clone: Clone) -> None:
    told = clone.run("plan", "--detailed-exitcode").stdout
    assert "SAFE TO APPLY" in told
    assert "No resource changes" in told


def served_words_version(clone: Clone) -> str:
    """The version of the words API, as the load balancer's answer says: a line that a test can change and see."""
    return str(clone.get("/api/words/openapi.json").json()["info"]["version"])


def test_one_changed_line_replaces_one_service(clone: Clone, story: str) -> None:
    before = {service: clone.containers(service) for service in SERVICES}
    old = clone.images["words"]
    clone.edit("services/words/app/contract.py", '"1.0"', '"changed"')
    images = clone.run("images", "--json").json()
    assert images["words"]["built"] is False
    assert images["words"]["why"] == "service/app/contract.py changed"
    assert images["save"]["why"] == images["website"]["why"] == ""

    said = clone.up()
    assert [name for name, image in said["images"].items() if image["built"]] == ["words"]
    assert [name for name, image in said["images"].items() if image["pushed"]] == ["words"]
    assert said["images"]["words"]["why"] == "service/app/contract.py changed"
    assert clone.images["words"]["digest"] != old["digest"]
    assert said["changes"]["replace"] == 1
    assert [deploy["service"] for deploy in said["changes"]["deploys"]] == ["words"]
    assert served_words_version(clone) == "changed"
    assert clone.containers("website") == before["website"]
    assert clone.containers("save") == before["save"]
    assert not clone.containers("words").keys() & before["words"].keys()
    assert story in clone.story_ids()
    assert clone.plain_terraform_plan() == 0


def test_a_bundle_is_applied_as_it_was_reviewed_and_only_once(clone: Clone, story: str) -> None:
    """Planned twice: the second time it is the deploy of an image that the registry has."""
    clone.edit("services/words/app/contract.py", '"1.0"', '"changed"')
    before = clone.images["words"]
    told = clone.run("plan", "--detailed-exitcode", code=2).stdout
    assert "1 to change, 1 to replace" in told
    planned = clone.run("plan", "--json", "--out", "a bundle").json()
    words = planned["images"]["words"]
    assert (words["built"], words["missing"]) == (False, False)
    assert f"{before['digest'][7:19]} -> {words['digest'][7:19]}" in told
    assert planned["review"]["verdict"] == "safe"
    assert planned["changes"]["deploys"] == [{"service": "words", "before": before["uri"], "after": words["uri"]}]
    assert served_words_version(clone) == "1.0"

    path, sha256 = planned["bundle"]["path"], planned["bundle"]["sha256"]
    assert "this is not the bundle" in clone.run("apply", path, "--sha256", "0" * 64, code=1).stderr
    assert "for local, not for staging" in clone.run("apply", path, "staging", code=1).stderr
    said = clone.run("apply", path, "local", "--sha256", sha256, "--json").json()
    assert said["bundle"]["sha256"] == said["release"]["bundle"] == sha256
    assert said["changes"] == planned["changes"]
    assert said["terraform_runs"] == ["show environment", "apply environment"]
    # What has been replaced may take its time to end.
    wait_until(lambda: set(clone.containers("words").values()) == {words["uri"]})
    assert served_words_version(clone) == "changed"
    assert clone.run("status", "--json").json()["release"]["bundle"] == sha256
    assert list(clone.folder.rglob("*.tfplan")) == [], "neither of the two plans could be applied any more"
    assert "has been used" in clone.run("apply", path, code=1).stderr
    assert clone.plain_terraform_plan() == 0
    shutil.rmtree(path)
    assert clone.up()["terraform_runs"] == ["plan environment"]


def test_a_plan_without_an_engine_names_the_image_that_would_be_built(clone: Clone, story: str) -> None:
    clone.edit("services/words/app/contract.py", '"1.0"', '"planned"')
    planned = clone.run("plan", "--no-build", "--detailed-exitcode", "--json", code=2, **NO_ENGINE).json()
    assert planned["missing"] == ["words"]
    (deploy,) = planned["review"]["deploys"]
    assert (deploy["service"], deploy["note"]) == ("words", "would be built: service/app/contract.py changed")
    assert deploy["before"] == clone.images["words"]["uri"]
    assert deploy["after"].endswith(f"/words:{planned['images']['words']['tag']}")
    refused = clone.run("apply", planned["bundle"]["path"], code=1).stderr
    assert "error: an image is missing: words" in refused
    assert served_words_version(clone) == "1.0"


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


def test_what_a_killed_run_leaves_the_next_up_mends(clone: Clone, story: str) -> None:
    clone.edit("services/words/app/contract.py", '"1.0"', '"killed"')
    killed = clone.begin("up")
    killed.wait_for(r"terraform apply \.\.\.")
    s3, place = clone.client("s3"), {"Bucket": STATE_BUCKET, "Prefix": "local/terraform.tfstate.tflock"}
    wait_until(lambda: "Contents" in s3.list_objects_v2(**place), 60)
    killed.process.kill()
    killed.end(-signal.SIGKILL)
    # Terraform goes on to its end and gives the lock back.
    wait_until(lambda: "Contents" not in s3.list_objects_v2(**place), 60)
    said = clone.up()
    assert not any(image["built"] for image in said["images"].values())
    assert served_words_version(clone) == "killed"
    assert clone.plain_terraform_plan() == 0
    assert list((clone.folder / ".storyizer").rglob("*.tfplan")) == []


def test_a_version_that_crashes_is_rolled_back_and_told(clone: Clone, story: str) -> None:
    serving = clone.images["words"]
    clone.edit("services/words/app/__main__.py", '"""', 'raise SystemExit("no lexicon today")\n"""')
    failed = clone.run("up", "--json", code=4)
    assert "the new version of words did not go live" in failed.stderr
    assert "serves" in failed.stderr
    assert "exited with 1" in failed.stderr
    assert "no lexicon today" in failed.stderr
    assert failed.stdout == ""
    # The old version serves, and Terraform's state is what runs.
    assert clone.get("/api/words?kind=noun").status == 200
    wait_until(lambda: set(clone.containers("words").values()) == {serving["uri"]})
    assert clone.plain_terraform_plan() == 0
    clone.edit("services/words/app/__main__.py", 'raise SystemExit("no lexicon today")\n"""', '"""')
    assert clone.up()["terraform_runs"] == ["plan environment"]


def test_a_version_that_never_becomes_healthy_is_rolled_back_and_told(clone: Clone, story: str) -> None:
    clone.edit("services/words/service.yaml", "health: /healthz", "health: /not-there")
    failed = clone.run("up", code=4)
    assert "answers /not-there at port 8000 with 404" in failed.stderr
    clone.edit("services/words/service.yaml", "health: /not-there", "health: /healthz")
    clone.up()
    assert clone.get("/api/words?kind=noun").status == 200


def test_a_dockerfile_that_fails_is_told_with_its_last_lines(clone: Clone, story: str) -> None:
    (clone.folder / "services" / "words" / "Dockerfile").write_text(
        "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo the lexicon is missing && exit 7\n"
    )
    failed = clone.run("up", code=1)
    assert "error: the image of words does not build" in failed.stderr
    assert "the lexicon is missing" in failed.stderr
    assert "next:  correct services/words/" in failed.stderr
    assert clone.get("/api/words?kind=noun").status == 200


def test_a_wrong_manifest_stops_before_anything_is_begun(clone: Clone) -> None:
    clone.edit("services/words/service.yaml", "paths:", "pahts:")
    failed = clone.run("up", code=1)
    assert "services/words/service.yaml:" in failed.stderr
    assert "did you mean 'paths'?" in failed.stderr


def test_a_locked_state_is_told_and_left_alone(clone: Clone, story: str) -> None:
    s3 = clone.client("s3")
    lock = {
        "ID": "6f1b0c2e-1111-2222-3333-1234567890ab", "Operation": "OperationTypeApply", "Info": "",
        "Who": "kim@laptop", "Version": "1.11.4", "Created": "2026-11-22T10:00:00Z", "Path": "x",
    }  # fmt: skip
    place = {"Bucket": STATE_BUCKET, "Key": "local/terraform.tfstate.tflock"}
    s3.put_object(**place, Body=json.dumps(lock))
    failed = clone.run("up", code=1)
    assert "error: the state of terraform/environment is locked by kim@laptop" in failed.stderr
    assert "2026-11-22 10:00:00" in failed.stderr
    assert "force-unlock 6f1b0c2e-1111-2222-3333-1234567890ab" in failed.stderr
    assert s3.get_object(**place)
    s3.delete_object(**place)
    clone.up()


def test_two_runs_at_once_are_told_apart(clone: Clone, story: str) -> None:
    first = clone.begin("up")
    first.wait_for("terraform plan")
    second = clone.run("up", code=1)
    assert f"Process {first.process.pid} runs `up local`" in second.stderr
    first.end(0)


def test_the_credentials_of_another_account_are_refused(clone: Clone) -> None:
    from orchestrator.aws import session
    from orchestrator.errors import Failure
    from orchestrator.project import environment

    endpoint = clone.shell_environment()["AWS_ENDPOINT_URL"]
    staging = session.Aws(
        environment.load("staging"), endpoint, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    )
    with pytest.raises(Failure) as caught:
        session.check_account(staging)
    assert caught.value.exit_code == 5
    assert "the credentials are for account 000000000000, staging is in" in caught.value.message


def test_what_is_protected_against_deletion_is_not_half_destroyed(clone: Clone) -> None:
    dynamodb, table = clone.client("dynamodb"), "storyizer-local-stories"
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    try:
        refused = clone.python(PROTECTED)
    finally:
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    assert "error: local is protected against deletion" in refused
    assert "next:  set deletion_protection = false in terraform/environments/local.tfvars" in refused


def test_stop_then_up_brings_the_same_stories_back(clone: Clone, story: str) -> None:
    before = clone.story_ids()
    clone.run("stop")
    assert clone.containers(every=True) == {}
    assert "python3 orchestrate.py up" in clone.run("status", code=1).stderr
    assert "No resource changes" in clone.run("plan", "--no-build", "--detailed-exitcode", code=0, **NO_ENGINE).stdout
    assert "python3 orchestrate.py up" in clone.run("status", code=1).stderr, "what the plan read from is gone"
    said = clone.up()
    assert not any(image["built"] for image in said["images"].values())
    assert said["terraform_runs"] == ["plan environment"]
    assert clone.story_ids() == before
    assert len(clone.containers()) == 6


def test_a_killed_emulator_loses_no_story_and_up_mends_it(clone: Clone, story: str) -> None:
    saved = clone.post("/api/stories", STORY).json()["id"]
    time.sleep(10)  # the emulator writes its state a few seconds after a change
    os.kill(clone.emulator()["pid"], signal.SIGKILL)
    clone.up()
    assert clone.story_ids()[0] == saved
    assert len(clone.containers(every=True)) == 6


def test_a_port_that_somebody_else_has_is_told(clone: Clone, story: str) -> None:
    clone.run("stop")
    port = int(clone.images["words"]["uri"].split("/")[0].split(":")[1])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        failed = clone.run("up", code=5)
    assert f"{port}" in failed.stderr
    assert f"process {os.getpid()}" in failed.stderr.lower()
    assert "STORYIZER_PORT=" in failed.stderr
    clone.up()
    assert story in clone.story_ids()


def test_down_says_what_is_lost_and_leaves_nothing(clone: Clone, story: str) -> None:
    emulator = clone.emulator()["pid"]
    count = len(clone.story_ids())
    down = clone.run("down")
    assert count >= 1
    assert f"this removes the stories in storyizer-local-stories ({count})" in down.stderr
    assert clone.containers(every=True) == {}
    assert processes.identity(emulator) is None
    assert not (clone.folder / ".storyizer").exists()
    left = [item.name for item in clone.folder.iterdir() if item.name not in (".venv", "__pycache__")]
    assert sorted(left) == sorted({name.split("/")[0] for name in clone.files})
    assert "not running" in clone.run("status", code=1).stderr


def test_ctrl_c_during_the_build_and_during_the_apply_then_a_good_up(cold: Clone) -> None:
    clone = cold
    building = clone.begin("up")
    building.wait_for(r"build \w+ \.\.\.")
    building.interrupt()
    stopped = building.end(130)
    assert "error: interrupted" in stopped.stderr
    assert "next:  run the same command again" in stopped.stderr

    applying = clone.begin("up")
    applying.wait_for(r"terraform apply: create ")
    applying.interrupt()
    stopped = applying.end(130)
    assert "stopping when terraform has ended what it began; Ctrl-C again cuts it short" in stopped.stderr
    assert "error: interrupted" in stopped.stderr

    said = clone.up()
    assert said["terraform_runs"] == ["plan environment"], "nothing was left half made"
    assert clone.get("/").status == 200
    assert clone.story_ids() == []
    assert clone.plain_terraform_plan() == 0


def test_terraform_destroys_all_that_it_made(clone: Clone) -> None:
    """`down` on AWS is Terraform's destroy. On one machine `down` ends the emulator instead, so it is shown here."""
    ecs, balancers = clone.client("ecs"), clone.client("elbv2")
    assert ecs.list_services(cluster="storyizer-local")["serviceArns"]
    repositories = clone.client("ecr").describe_repositories()["repositories"]
    destroyed = clone.python(DESTROY)
    assert int(destroyed) > 40
    assert balancers.describe_load_balancers()["LoadBalancers"] == []
    assert clone.client("dynamodb").list_tables()["TableNames"] == []
    assert ecs.list_clusters()["clusterArns"] == []
    wait_until(lambda: clone.containers() == {})
    # Their images are what other environments of the account may run.
    assert clone.client("ecr").describe_repositories()["repositories"] == repositories
