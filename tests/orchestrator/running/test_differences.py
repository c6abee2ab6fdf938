"""What runs against what the checkout says, decided on data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.project import tfvars_text
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Port, Sidecar
from orchestrator.project.schema.sizing import Capacity, Scaling
from orchestrator.project.schema.storage import Bucket, Storage
from orchestrator.running import capacity, differences, services, wanted
from orchestrator.running.differences import HIDDEN, Change, Difference, Image
from orchestrator.running.services import Running

OLD = "registry/words@sha256:" + "a" * 64
NEW = "registry/words@sha256:" + "b" * 64
WORDS = Service("words", Path("words"), ("/api/words",), environment={"LOG_LEVEL": "info"})
RUNS = Running(OLD, cpu=256, memory=512, count=2, port=8000, environment={
    "LOG_LEVEL": "info", "PORT": "8000", "BASE_PATH": "/api/words", "IMAGE_DIGEST": "sha256:a", "ENVIRONMENT": "local",
    "SERVICE_NAME": "words", "AWS_REGION": "us-east-1", "STORIES_TABLE": "t",
}, capacity="fargate")  # fmt: skip
SAME = Image("tag", OLD)


def of_words(
    now: Running | None = RUNS,
    service: Service | None = WORDS,
    image: Image = SAME,
    settings: dict[str, Any] | None = None,
    before: Service | None = WORDS,
    released: str | None = OLD,
) -> Difference:
    running = {"words": now} if now else {}
    asked = wanted.of([service], settings or {}) if service else {}
    images = {"words": image} if service else {}
    found = differences.all_of(
        running, asked, images, {"words": before} if before else {}, {"words": released} if released else {}
    )
    (one,) = found
    return one


def test_the_same_is_the_same() -> None:
    found = of_words()
    assert (found.status, found.image, found.changes, found.notes) == ("same", None, (), ())


@pytest.mark.parametrize(
    ("changed", "change"),
    [
        ({"cpu": 512}, Change("cpu", "256", "512")),
        ({"memory": 1024}, Change("memory", "512", "1024")),
        ({"count": 3}, Change("count", "2", "3")),
        ({"port": 9000}, Change("port", "8000", "9000")),
        (
            {"ports": {9000: Port(paths=("/admin",), health="/ready")}},
            Change("ports", "none", "{9000: {paths: /admin, health: /ready}}"),
        ),
        ({"paths": ("/api/words", "/w")}, Change("paths", "/api/words", "/api/words, /w")),
        ({"health": "/ready"}, Change("health", "/healthz", "/ready")),
        ({"table": "read-only"}, Change("table", "none", "read-only")),
        ({"capacity": Capacity(kind="fargate_spot")}, Change("capacity", "fargate", "fargate_spot")),
        (
            {"capacity": Capacity(kind="fargate_spot", base=1)},
            Change("capacity", "fargate", "{fargate_spot: {base: 1}}"),
        ),
        ({"environment": {"LOG_LEVEL": "debug"}}, Change("variable LOG_LEVEL", "info", "debug")),
        ({"environment": {}}, Change("variable LOG_LEVEL", "info", None)),
        ({"environment": {"LOG_LEVEL": "info", "NEW": ""}}, Change("variable NEW", None, "")),
    ],
)
def test_every_setting_is_compared(changed: dict[str, Any], change: Change) -> None:
    found = of_words(service=replace(WORDS, **changed))
    assert (found.status, found.changes) == ("changed", (change,))


def test_another_image_comes_with_its_commits() -> None:
    found = of_words(image=Image("tag2", NEW, "service/app changed", ("abc1234 Other words",)))
    assert found.image is not None
    assert (found.image.before, found.image.after, found.image.is_built) == (OLD, NEW, True)
    assert found.image.commits == ("abc1234 Other words",)
    unbuilt = of_words(image=Image("tag2", None, "service/app changed"))
    assert unbuilt.image is not None
    assert (unbuilt.image.after, unbuilt.image.is_built) == ("tag2", False)


def test_services_come_and_go() -> None:
    added, removed = of_words(now=None, before=None, released=None), of_words(service=None)
    assert added.status == "added"
    assert Change("paths", None, "/api/words") in added.changes
    assert Change("variable LOG_LEVEL", None, "info") in added.changes
    assert added.image is not None
    assert added.image.before is None
    assert removed.status == "removed"


def test_what_the_environment_s_file_says_counts_too() -> None:
    settings = tfvars_text.values('counts = { words = 3 }\ntask_environment = {\n  KEY = "x"\n  ON = true\n}\n')
    found = of_words(settings=settings)
    assert found.changes == (
        Change("count", "2", "3"), Change("variable KEY", None, "x"), Change("variable ON", None, "true"),
    )  # fmt: skip
    runs = replace(RUNS, count=3, environment={**RUNS.environment, "KEY": "x", "ON": "true"})
    assert of_words(now=runs, settings=settings).status == "same"


def test_a_setting_that_cannot_be_read_is_named_and_not_guessed() -> None:
    settings = {"counts": None, "task_environment": None}
    runs = replace(RUNS, count=7, environment={**RUNS.environment, "OTHER": "1"})
    found = of_words(now=runs, settings=settings)
    assert found.status == "same"
    assert "counts, task_environment" in found.notes[0]


def test_what_the_file_says_in_no_literal_is_not_taken_for_unsaid(tmp_path: Path) -> None:
    file = tmp_path / "blue.tfvars"
    file.write_text('counts = {\n  words = 1 + 1\n}\ncapacity_provider = "${upper("ec2")}"\n')
    environment = Environment("blue", "1" * 12, "us-east-1", "X86_64", file)
    asked = wanted.wanted(environment, [WORDS])["words"]
    assert (asked.unknown, asked.capacity) == (("counts", "capacity_provider"), None)
    runs = replace(RUNS, count=7, capacity="ec2")
    (found,) = differences.all_of({"words": runs}, {"words": asked}, {"words": SAME}, {"words": WORDS}, {"words": OLD})
    assert (found.status, found.notes[0].rpartition(": ")[2]) == ("same", "counts, capacity_provider")


@pytest.mark.parametrize(
    ("settings", "own", "runs", "change"),
    [
        ({}, None, "fargate", None),
        ({}, None, "ec2", Change("capacity", "ec2", "fargate")),
        ({"capacity_provider": "FARGATE_SPOT"}, None, "fargate", Change("capacity", "fargate", "fargate_spot")),
        ({"capacity_provider": "FARGATE_SPOT"}, Capacity(kind="fargate"), "fargate", None),
        ({"capacity_provider": None}, Capacity(kind="ec2"), "fargate", Change("capacity", "fargate", "ec2")),
        ({}, None, None, None),  # ECS does not say
    ],
)
def test_capacity_is_the_manifests_or_the_environments(
    settings: dict[str, Any], own: Capacity | None, runs: str | None, change: Change | None
) -> None:
    found = of_words(replace(RUNS, capacity=runs), replace(WORDS, capacity=own), settings=settings)
    assert found.changes == ((change,) if change else ())


ON_DEMAND, ON_SPOT = {"capacityProvider": "FARGATE"}, {"capacityProvider": "FARGATE_SPOT"}


@pytest.mark.parametrize(
    ("placement", "text"),
    [
        ({"capacityProviderStrategy": [{**ON_DEMAND, "base": 0, "weight": 1}]}, "fargate"),
        ({"capacityProviderStrategy": [{**ON_SPOT, "weight": 1}], "launchType": "FARGATE"}, "fargate_spot"),
        (
            {"capacityProviderStrategy": [{**ON_DEMAND, "base": 2, "weight": 0}, {**ON_SPOT, "base": 0, "weight": 1}]},
            "{fargate_spot: {base: 2}}",
        ),
        ({"capacityProviderStrategy": [{"capacityProvider": "storyizer-blue-ec2", "weight": 1}]}, "ec2"),
        (
            {"capacityProviderStrategy": [{**ON_DEMAND, "weight": 1}, {**ON_SPOT, "weight": 3}]},
            "fargate (base 0, weight 1), fargate_spot (base 0, weight 3)",
        ),
        ({"capacityProviderStrategy": [{"capacityProvider": "other", "weight": 1}]}, "other"),
        ({"launchType": "EXTERNAL"}, "external"),
        ({"capacityProviderStrategy": [], "launchType": "FARGATE"}, "fargate"),
        ({}, None),
    ],
)
def test_capacity_is_read_as_a_manifest_has_it(placement: dict[str, Any], text: str | None) -> None:
    assert capacity.found(placement, "storyizer-blue") == text


def test_an_image_that_is_not_the_last_release_s_is_named() -> None:
    found = of_words(now=replace(RUNS, image=NEW), image=Image("tag", NEW))
    assert found.status == "same"
    assert "the last release has aaaaaaaaaaaa" in found.notes[0]


@pytest.mark.parametrize(("name", "value"), [("DB_PASSWORD", "hunter2hunter2"), ("X", "AKIAABCDEFGHIJKLMNOP")])
def test_what_looks_like_a_secret_is_not_shown(name: str, value: Any) -> None:
    found = of_words(service=replace(WORDS, environment={"LOG_LEVEL": "info", name: value}))
    assert found.changes == (Change(f"variable {name}", None, HIDDEN),)
    assert value not in str(found.as_json())


def test_of_a_job_neither_number_nor_port_is_compared() -> None:
    job = Service("words", Path("words"), kind="job", schedule="rate(1 hour)", environment={"LOG_LEVEL": "info"})
    runs = Running(OLD, 256, 512, 0, 0, {"LOG_LEVEL": "info", "SERVICE_NAME": "words"})
    assert of_words(runs, job, before=job).status == "same"
    found = of_words(runs, replace(job, schedule="rate(2 hours)", retries=2), before=job)
    assert found.changes == (Change("schedule", "rate(1 hour)", "rate(2 hours)"), Change("retries", "0", "2"))
    assert Change("schedule", None, "rate(1 hour)") in of_words(None, job, before=None).changes


def test_of_a_sidecar_the_image_is_compared_and_nothing_that_depends_on_who_uses_it() -> None:
    sidecar = Service("words", Path("words"), kind="sidecar")
    user = Service("web", Path("web"), ("/",), sidecars={"words": Sidecar()})
    asked = wanted.of([sidecar, user], {})
    assert wanted.of([sidecar], {}) == {}  # nobody's
    runs = Running(OLD, 1024, 2048, 0, 9100, {"ADDED": "by web"})
    (same,) = differences.all_of({"words": runs}, {"words": asked["words"]}, {"words": SAME}, {}, {"words": OLD})
    assert same.status == "same"
    (other,) = differences.all_of(
        {"words": runs}, {"words": asked["words"]}, {"words": Image("tag2", NEW)}, {}, {"words": OLD}
    )
    assert (other.status, other.changes) == ("changed", ())


def test_variables_of_storage_and_calls_are_terraforms() -> None:
    bucket = Storage(bucket=Bucket(), access="read-only")
    calling = replace(WORDS, calls=("pricing",), storage={"outbox": bucket})
    added = {"PRICING_URL": "http://pricing:8000", "OUTBOX_BUCKET": "b"}
    runs = replace(RUNS, environment={**RUNS.environment, **added})
    assert of_words(runs, calling, before=calling).status == "same"
    assert of_words(runs, WORDS).changes == (
        Change("variable OUTBOX_BUCKET", "b", None), Change("variable PRICING_URL", "http://pricing:8000", None),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"), ((), "none"), ({}, "none"), (("/a", "/b"), "/a, /b"), (2, "2"),
        (Scaling(min=1, max=4, cpu=60), "{min: 1, max: 4, cpu: 60}"), ({"words": Sidecar(memory=64)},
        "{words: {memory: 64, essential: True, before: False}}"),
    ],
)  # fmt: skip
def test_a_setting_is_shown_in_one_line(value: Any, text: str) -> None:
    assert differences.shown(value) == text


def test_a_task_definition_is_read() -> None:
    definition = {
        "cpu": "256", "memory": "512",
        "containerDefinitions": [{
            "image": OLD, "portMappings": [{"containerPort": 8000}], "environment": [{"name": "A", "value": "1"}],
        }],
    }  # fmt: skip
    assert services.read(definition, 2, "words") == Running(OLD, 256, 512, 2, 8000, {"A": "1"})
    bare = services.read({"containerDefinitions": [{"name": "words", "image": OLD}]}, 0, "words")
    assert bare == Running(OLD, 0, 0, 0, 0, {})


def test_of_a_task_with_sidecars_the_container_of_the_services_name_counts() -> None:
    proxy, own = {"name": "proxy", "image": NEW}, {"name": "words", "image": OLD}
    for containers in ([proxy, own], [own, proxy]):
        assert services.read({"containerDefinitions": containers}, 1, "words").image == OLD
