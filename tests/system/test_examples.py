"""Services of every kind, and the examples, brought up beside the project's own by one `up`.

kinds/ has a backend, a worker, a job and a sidecar, and a web service that uses all of them but the job, with
secrets, a table and a bucket of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator.system import paths
from tests.system import workloads
from tests.system.conftest import Clone
from tests.system.polling import wait_for
from tests.system.states import States

pytestmark = [pytest.mark.system, pytest.mark.long]

EXAMPLES = paths.ROOT / "examples" / "services"
KEY, PARAMETER = "a-secret-of-19-signs", "another"


@dataclass(frozen=True)
class Live:
    """The clone with all of them live, and what the `up` said that brought them there."""

    clone: Clone
    said: dict[str, Any]


@pytest.fixture
def live(states: States) -> Live:
    """All of them live, by one `up` where nothing was."""
    return states.given("examples", lambda: first_up(states.nothing()), keep=True)


@pytest.fixture
def clone(live: Live) -> Clone:
    """The clone with all of them live."""
    return live.clone


def first_up(clone: Clone) -> Live:
    """Add them to the project, make the secrets that the refused `up` names, and bring everything up."""
    services = clone.folder / "services"
    for name in ("express", "static"):
        shutil.copytree(EXAMPLES / name, services / name)
    workloads.add(services)
    refused = clone.run("up", code=1).stderr
    assert "there is no secret shop/api-key" in refused and "there is no SSM parameter /shop/parameter" in refused
    clone.client("secretsmanager").create_secret(Name="shop/api-key", SecretString=json.dumps({"key": KEY}))
    clone.client("ssm").put_parameter(Name="/shop/parameter", Value=PARAMETER, Type="SecureString")
    return Live(clone, clone.up())


def test_a_backend_is_called_by_its_name_and_a_sidecar_at_its_port(clone: Clone) -> None:
    assert clone.get("/shop/price").json() == 42
    assert clone.get("/shop/clock").json() == "shop"


def test_each_port_of_a_service_has_its_own_paths_targets_and_health(clone: Clone) -> None:
    assert clone.get("/shop/admin/orders").json() == {"admin": "/shop/admin/orders"}
    assert clone.get("/shop/price").json() == 42, "a path above the other port's"
    assert clone.run("status", "--json").json()["services"]["shop"]["healthy"] == 1
    ecs, elb = clone.client("ecs"), clone.client("elbv2")
    (shop,) = ecs.describe_services(cluster="storyizer-local", services=["shop"])["services"]
    groups = {item["containerPort"]: item["targetGroupArn"] for item in shop["loadBalancers"]}
    checked = {
        port: elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["HealthCheckPath"]
        for port, group in groups.items()
    }
    assert checked == {8000: "/healthz", 9000: "/ready"}
    for port, group in groups.items():
        (target,) = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        assert target["Target"]["Port"] == port


@pytest.mark.long
def test_a_version_with_one_port_dead_does_not_go_live_and_costs_no_request(clone: Clone) -> None:
    """Both ports are served by the standby meanwhile, each path at its own port."""
    program, bad = "services/shop/app/__main__.py", 'path == "/never" or'
    clone.edit(program, 'path == "/ready" or', bad)
    wrong: list[object] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            for path, answer in (("/shop/admin/a", {"admin": "/shop/admin/a"}), ("/shop/clock", "shop")):
                said = clone.get(path)
                if said.status != 200 or said.json() != answer:
                    wrong.append((path, said.status, said.body))
            time.sleep(0.1)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        ended = clone.run("up", code=4)
    finally:
        over.set()
        asking.join()
    assert "answers /ready at port 9000 with 404" in ended.stderr
    assert wrong == []
    clone.edit(program, bad, 'path == "/ready" or')
    left = [item["TargetGroupName"] for item in clone.client("elbv2").describe_target_groups()["TargetGroups"]]
    assert [name for name in left if name.startswith("standby-")] == []


def test_secrets_arrive_in_clear_and_are_nowhere_else(clone: Clone) -> None:
    assert clone.get("/shop/secrets").json() == {"API_KEY": len(KEY), "PARAMETER": len(PARAMETER)}
    ecs = clone.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="storyizer-local-shop")["taskDefinition"]
    assert KEY not in json.dumps(definition, default=str)
    assert KEY not in "".join(file.read_text() for file in (clone.folder / ".storyizer/local").glob("*.json"))


def test_a_worker_empties_its_queue_into_the_bucket_and_gives_up_on_what_it_cannot_finish(clone: Clone) -> None:
    for text in ("hello", "poison"):
        assert clone.get(f"/shop/mail?text={text}").status == 200
    wait_for(lambda: clone.get("/shop/sent").json(), ["hello"])
    sqs = clone.client("sqs")

    def waiting(queue: str) -> int:
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    dead = next(
        url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"] if "mailer-dead" in url.rpartition("/")[2]
    )
    wait_for(lambda: waiting(dead), 1)
    assert waiting("storyizer-local-mailer") == 0


def test_a_service_keeps_things_in_a_table_of_its_own(clone: Clone) -> None:
    assert [clone.get("/shop/cart?customer=me").json() for _ in range(2)] == [1, 2]


def test_a_job_runs_in_its_state_machine(clone: Clone) -> None:
    states = clone.client("stepfunctions")
    (machine,) = (item for item in states.list_state_machines()["stateMachines"] if "nightly" in item["name"])
    run = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    wait_for(lambda: states.describe_execution(executionArn=run)["status"], "SUCCEEDED")
    assert "good night" in clone.run("logs", "nightly").stdout


def test_only_what_runs_all_the_time_is_a_service_of_ecs(clone: Clone) -> None:
    found = clone.run("status", "--json").json()["services"]
    assert {name for name, item in found.items() if item["running"]} == {
        "express", "mailer", "pricing", "save", "shop", "static", "website", "words",
    }  # fmt: skip


def test_both_go_live_in_one_up_and_answer(live: Live) -> None:
    clone = live.clone
    assert {name for name, image in live.said["images"].items() if image["built"]} >= {"express", "static"}
    words = clone.get("/api/express?kind=noun&count=3").json()
    assert (words["kind"], len(set(words["words"]))) == ("noun", 3)
    page = clone.get("/help")
    assert (page.status, b"How a story is made" in page.body) == (200, True)
    assert clone.get("/help/style.css").status == 200
    for name in ("express", "static"):
        assert len(clone.containers(name)) == 2


def test_a_second_plan_is_clean(clone: Clone) -> None:
    assert clone.plain_terraform_plan() == 0
    again = clone.up()
    assert [image["built"] for image in again["images"].values()] == [False] * 10


def test_what_is_left_out_of_a_context_is_said(clone: Clone) -> None:
    images = clone.run("images", "--json").json()["images"]
    assert images["express"]["left_out"] == {"context/service.yaml": "by default"}
    assert "left out of express: context/service.yaml" in clone.run("images").stdout


def test_an_image_that_writes_to_its_root_stops_before_anything_is_changed(clone: Clone) -> None:
    """The emulator's containers could: it is ECS that does not let them."""
    server = "services/static/server.py"
    clone.edit(
        server, "    server = Threading", '    Path("/var/cache/pages/index").write_text("")\n    server = Threading'
    )
    dockerfile = "services/static/Dockerfile"
    clone.edit(dockerfile, "COPY site/", "RUN mkdir -m 777 /var/cache/pages\nCOPY site/")
    ended = clone.run("up", code=1)
    assert "error: the image of static writes to its root file system, which is read-only on ECS" in ended.stderr
    assert "pages: {path: /var/cache/pages}" in ended.stderr
    assert clone.get("/help").status == 200
    assert clone.plain_terraform_plan() == 0
    clone.edit(server, '    Path("/var/cache/pages/index").write_text("")\n', "")
    clone.edit(dockerfile, "RUN mkdir -m 777 /var/cache/pages\n", "")


def test_an_image_that_is_taken_as_it_is_goes_live_by_its_digest(clone: Clone) -> None:
    """The image of a service that was built, under a name of the engine's own."""
    name = f"storyizer-test-taken:{clone.work_id}"
    subprocess.run(["docker", "tag", _engine_id(clone), name], check=True)
    try:
        shutil.copytree(EXAMPLES / "static", clone.folder / "services" / "manual")
        manifest = clone.folder / "services" / "manual" / "service.yaml"
        manifest.write_text(f"paths: [/manual]\nimage: {name}\n")
        image = clone.up()["images"]["manual"]
        assert (image["built"], image["pushed"]) == (False, True)
        assert "/storyizer/manual@sha256:" in image["uri"]
        assert b"How a story is made" in clone.get("/manual").body
        assert clone.plain_terraform_plan() == 0
        assert clone.up()["images"]["manual"]["pushed"] is False
    finally:
        subprocess.run(["docker", "image", "rm", name], check=False, capture_output=True)


def _engine_id(clone: Clone) -> str:
    """The engine's image that static runs."""
    image = next(iter(clone.containers("static").values()))
    return subprocess.run(
        ["docker", "image", "inspect", "--format", "{{.Id}}", image], check=True, capture_output=True, text=True
    ).stdout.strip()
