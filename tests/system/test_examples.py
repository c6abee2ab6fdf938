"""Services of every kind, and the examples, brought up beside the project's own by one `up`.

kinds/ has a backend, a worker, a job and a sidecar, and a web service that uses all of them but the job, with
secrets, a table and a bucket of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.system import paths
from tests.system.conftest import Clone

pytestmark = pytest.mark.system

EXAMPLES = paths.ROOT / "examples" / "services"


KINDS = Path(__file__).with_name("kinds")
# Which of the project's services a workload takes its packages from: for AWS's APIs, or for nothing much.
PACKAGES = {"clock": "words", "mailer": "save", "nightly": "words", "pricing": "words", "shop": "save"}
KEY, PARAMETER = "a-secret-of-19-signs", "another"
SECONDS = 60.0


@pytest.fixture(scope="module")
def said(cold_clone: Clone) -> dict[str, Any]:
    """What one `up` says that brings all of them live."""
    services = cold_clone.folder / "services"
    for name in ("express", "static"):
        shutil.copytree(EXAMPLES / name, services / name)
    for name, packages in PACKAGES.items():
        shutil.copytree(KINDS / name, services / name)
        for file in ("requirements.in", "requirements.txt"):
            shutil.copy(services / packages / file, services / name)
        if packages == "save":
            (services / name / "botocore-data.txt").write_text("dynamodb\ns3\nsqs\n")
    refused = cold_clone.run("up", code=1).stderr
    assert "there is no secret shop/api-key" in refused and "there is no SSM parameter /shop/parameter" in refused
    cold_clone.client("secretsmanager").create_secret(Name="shop/api-key", SecretString=json.dumps({"key": KEY}))
    cold_clone.client("ssm").put_parameter(Name="/shop/parameter", Value=PARAMETER, Type="SecureString")
    return cold_clone.up()


def eventually(look: Callable[[], Any], wanted: Any) -> None:
    """Wait until it is so."""
    until = time.monotonic() + SECONDS
    while (found := look()) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.5)


def test_a_backend_is_called_by_its_name_and_a_sidecar_at_its_port(cold_clone: Clone, said: dict[str, Any]) -> None:
    assert cold_clone.get("/shop/price").json() == 42
    assert cold_clone.get("/shop/clock").json() == "shop"


def test_secrets_arrive_in_clear_and_are_nowhere_else(cold_clone: Clone, said: dict[str, Any]) -> None:
    assert cold_clone.get("/shop/secrets").json() == {"API_KEY": len(KEY), "PARAMETER": len(PARAMETER)}
    ecs = cold_clone.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="storyizer-local-shop")["taskDefinition"]
    assert KEY not in json.dumps(definition, default=str)
    assert KEY not in "".join(file.read_text() for file in (cold_clone.folder / ".storyizer/local").glob("*.json"))


def test_a_worker_empties_its_queue_into_the_bucket_and_gives_up_on_what_it_cannot_finish(
    cold_clone: Clone, said: dict[str, Any]
) -> None:
    for text in ("hello", "poison"):
        assert cold_clone.get(f"/shop/mail?text={text}").status == 200
    eventually(lambda: cold_clone.get("/shop/sent").json(), ["hello"])
    sqs = cold_clone.client("sqs")

    def waiting(queue: str) -> int:
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    dead = next(
        url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"] if "mailer-dead" in url.rpartition("/")[2]
    )
    eventually(lambda: waiting(dead), 1)
    assert waiting("storyizer-local-mailer") == 0


def test_a_service_keeps_things_in_a_table_of_its_own(cold_clone: Clone, said: dict[str, Any]) -> None:
    assert [cold_clone.get("/shop/cart?customer=me").json() for _ in range(2)] == [1, 2]


def test_a_job_runs_in_its_state_machine(cold_clone: Clone, said: dict[str, Any]) -> None:
    states = cold_clone.client("stepfunctions")
    (machine,) = (item for item in states.list_state_machines()["stateMachines"] if "nightly" in item["name"])
    run = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    eventually(lambda: states.describe_execution(executionArn=run)["status"], "SUCCEEDED")
    assert "good night" in cold_clone.run("logs", "nightly").stdout


def test_only_what_runs_all_the_time_is_a_service_of_ecs(cold_clone: Clone, said: dict[str, Any]) -> None:
    found = cold_clone.run("status", "--json").json()["services"]
    assert {name for name, item in found.items() if item["running"]} == {
        "express", "mailer", "pricing", "save", "shop", "static", "website", "words",
    }  # fmt: skip


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
    assert [image["built"] for image in again["images"].values()] == [False] * 10


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
