"""The review of this project's own plans: images that are not built, and which base image they would be built on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from orchestrator.aws.session import Aws
from orchestrator.deploy import own_review
from orchestrator.images import checkout, content_hash, delivery
from orchestrator.images.delivery import Wanted
from orchestrator.images.image import PLACEHOLDER, Image
from orchestrator.prepare import unbuilt
from orchestrator.prepare.prepare import Prepared
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.releases.releases import Release
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.target import Target
from orchestrator.terraform.runner import Root

OLD, NEW = (f"127.0.0.1:1/storyizer/words@sha256:{digit * 64}" for digit in "ab")
AWS = Aws(Environment("local", "000000000000", "us-east-1", "X86_64", Path("local.tfvars")), "http://127.0.0.1:1", {})


def wanted(name: str, digest: str | None, why: str = "") -> Wanted:
    content = content_hash.Content(name, (), {"service/app.py": name}, ())
    return Wanted(Service(name, Path(name), ("/",)), content, digest, why)


def prepared(*delivered: Image, last: Release | None) -> Prepared:
    root = Root(Path("environment"), Path("data"), {})
    return Prepared(Target(AWS.environment, AWS), [], delivered, root, last)


def release(**images: str) -> Release:
    return Release(1, "2026-11-22T10:00:00Z", "kim", "", images, dict.fromkeys(images, "old-tag"), {})


def definition(before: str | None, after: str) -> Resource:
    def values(image: str | None) -> dict[str, str] | None:
        return {"container_definitions": json.dumps([{"name": "words", "image": image}])} if image else None

    return Resource(
        'module.service["words"].aws_ecs_task_definition.this', 'module.service["words"]', "aws_ecs_task_definition",
        "this", "aws", Action.CREATE if before is None else Action.NO_OP if before == after else Action.REPLACE,
        values(before), values(after),
    )  # fmt: skip


def test_an_image_that_is_there_is_taken_and_for_another_the_deployed_one() -> None:
    there, changed, first = delivery.as_it_is(
        AWS,
        [
            wanted("save", "sha256:s"),
            wanted("words", None, "service/app.py changed"),
            wanted("new", None, "first build"),
        ],
        {"words": OLD},
    )
    assert (there.missing, there.uri) == (False, "127.0.0.1:1/storyizer/save@sha256:s")
    assert (changed.missing, changed.uri, changed.digest) == (True, OLD, f"sha256:{'a' * 64}")
    assert (first.missing, first.digest) == (True, PLACEHOLDER)


def test_an_image_to_build_is_told_as_the_deploy_that_it_will_be() -> None:
    image = Image("words", "0123456789abcdef", OLD, "app.py changed", missing=True)
    plan = Plan(resources=(definition(OLD, OLD),))
    review = own_review.of(plan, prepared(image, last=release(words=OLD)))
    (deploy,) = review.deploys
    assert (deploy.before, deploy.after) == (OLD, "127.0.0.1:1/storyizer/words:0123456789abcdef")
    assert deploy.note == "would be built: app.py changed"
    assert deploy.address == 'module.service["words"].aws_ecs_task_definition.this'


def test_an_image_that_was_never_built_is_not_told_by_its_placeholder() -> None:
    uri = f"127.0.0.1:1/storyizer/words@{PLACEHOLDER}"
    image = Image("words", "0123456789abcdef", uri, "first build", missing=True)
    review = own_review.of(Plan(resources=(definition(None, uri),)), prepared(image, last=None))
    (deploy,) = review.deploys
    assert (deploy.before, deploy.after) == (None, "127.0.0.1:1/storyizer/words:0123456789abcdef")


def test_a_plan_whose_images_are_there_is_told_as_it_is() -> None:
    image = Image("words", "tag", NEW, built=True, pushed=True)
    review = own_review.of(Plan(resources=(definition(OLD, NEW),)), prepared(image, last=release(words=OLD)))
    (deploy,) = review.deploys
    assert (deploy.before, deploy.after, deploy.note) == (OLD, NEW, "")


def test_the_local_environment_is_never_stopped_by_the_policy() -> None:
    table = Resource("aws_dynamodb_table.x", "", "aws_dynamodb_table", "x", "aws", Action.DELETE, {"name": "x"}, None)
    local = prepared(last=None)
    assert own_review.of(Plan(resources=(table,)), local).stops is False
    staging = replace(local, target=replace(local.target, environment=replace(AWS.environment, name="staging")))
    assert own_review.of(Plan(resources=(table,)), staging).stops is True


def test_the_base_image_is_the_one_that_more_images_are_built_on() -> None:
    official = [wanted("save", None, "base image changed"), wanted("words", None, "app.py changed, base image changed")]
    debian = [wanted("save", "sha256:s"), wanted("words", None, "app.py changed")]
    assert max([official, debian], key=unbuilt._agreement) is debian
    none_there = [wanted("save", None, "app.py changed"), wanted("words", None, "app.py changed")]
    assert max([official, none_there], key=unbuilt._agreement) is none_there


def test_a_review_knows_its_project_and_an_environment_on_this_machine_costs_nothing() -> None:
    address = "aws_nat_gateway.this"
    gateway = Resource(address, "", "aws_nat_gateway", "this", "aws", Action.CREATE, None, {"region": "us-east-1"})
    plan = Plan(resources=(gateway,))
    local = own_review.of(plan, prepared(last=None))
    assert (local.context.project, local.context.commit, local.cost) == ("storyizer", "", None)
    environment = Environment("staging", "111122223333", "us-east-1", "X86_64", Path("staging.tfvars"))
    there = replace(prepared(last=None), target=Target(environment, AWS))
    assert (found := own_review.of(plan, there).cost) is not None
    assert [line.address for line in found.lines] == [address]


def test_a_review_names_the_commit_of_what_the_images_are_made_of() -> None:
    made = replace(prepared(last=None), sources={"words": (Path("services/words"),)})
    assert own_review.of(Plan(), made).context.commit == checkout.head().whole
