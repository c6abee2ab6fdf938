"""Before which deploys a task of the new version runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.prepare import prepare
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import BeforeDeploy
from orchestrator.releases.releases import Release
from orchestrator.target import Target
from orchestrator.tasks import before_deploy

MIGRATES = BeforeDeploy(command=("python3", "-m", "app.migrate"))
WORDS = Service("words", Path("words"), ("/words",), before_deploy=MIGRATES)
SAVE = Service("save", Path("save"), ("/save",), before_deploy=MIGRATES)
WEBSITE = Service("website", Path("website"), ("/",))


def prepared(services: Sequence[Service], waiting: frozenset[str] = frozenset()) -> Prepared:
    return Prepared(None, services, [], None, None, waiting=waiting)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "waiting", "due"),
    [
        (("words", "save", "website"), (), ["save", "words"]),
        (("website",), (), []),  # it has none
        ((), (), []),  # nothing changes
        (("words", "save"), ("save",), ["words"]),
    ],
)
def test_it_runs_for_what_gets_another_definition_by_name(
    made: Sequence[str], waiting: Sequence[str], due: list[str]
) -> None:
    found = before_deploy.due(prepared([WORDS, WEBSITE, SAVE], frozenset(waiting)), {name: {} for name in made})
    assert [service.name for service in found] == due


@pytest.mark.network
def test_what_was_never_live_waits_for_it_unless_it_runs(emulated: Callable[..., Aws]) -> None:
    aws = emulated("local")
    target, ecs, cluster = Target(aws.environment, aws), aws.client("ecs"), aws.environment.prefix
    services = [WORDS, SAVE, WEBSITE]
    assert prepare.waiting(target, services, None) == {"words", "save"}
    ecs.create_cluster(clusterName=cluster)
    container = {"name": "words", "image": "words", "memory": 64}
    ecs.register_task_definition(family="words", containerDefinitions=[container])
    ecs.create_service(cluster=cluster, serviceName="words", taskDefinition="words", desiredCount=0)
    assert prepare.waiting(target, services, None) == {"words", "save"}
    last = Release(1, "", "", "", {}, {}, manifests={"save": ""})
    assert prepare.waiting(target, services, last) == {"words"}


def test_what_waits_has_no_task_by_the_first_plan() -> None:
    target = Target(environment.load("local"), None)  # type: ignore[arg-type]
    found = replace(prepared([WORDS, WEBSITE], frozenset({"words"})), target=target)
    assert found.variables["paused"] == ["words"]
    assert "paused" not in replace(found, waiting=frozenset()).variables
