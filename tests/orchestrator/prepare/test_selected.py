"""`up --service`: which services are taken from where, and whose a change is."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import ExitCode, Failure
from orchestrator.prepare import only, selected
from orchestrator.prepare.selected import Selected
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Port
from orchestrator.releases.releases import Release
from orchestrator.review.model import Action, Difference, Plan, Resource
from orchestrator.system import paths

DEPLOYED = ("save", "words", "old")
LAST = Release(
    3, "2026-01-01T00:00:00Z", "anna", "c0ffee",
    {name: f"r/{name}@sha256:{name}" for name in DEPLOYED}, dict.fromkeys(DEPLOYED, "t"),
    {"save": "paths: [/api/stories]\ncount: 7\n", "words": "paths: [/api/words]\ncount: 7\n", "old": "paths: [/old]\n"},
)  # fmt: skip


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    """A checkout with words, save and a new service, which has lost `old`."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "SERVICES", tmp_path / "services")
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    for name, text in (("words", "paths: [/api/words]\n"), ("save", "no manifest"), ("new", "paths: [/new]\n")):
        (tmp_path / "services" / name).mkdir(parents=True)
        (tmp_path / "services" / name / "service.yaml").write_text(text)
    return Environment("local", "0" * 12, "us-east-1", "X86_64", tmp_path / "local.tfvars")


def test_the_others_are_those_of_the_last_release(checkout: Environment) -> None:
    found = selected.select(checkout, ["words"], LAST)
    assert {item.name: (item.count, item.folder.parent.name) for item in found.services} == {
        "old": (2, "selected"), "save": (7, "selected"), "words": (2, "services"),
    }  # fmt: skip
    assert [item.service for item in found.kept] == ["save", "old"]
    assert [item.name for item in found.chosen] == ["words"]
    assert [item.count for item in found.before] == [7]
    assert (found.folder / "words" / "service.yaml").read_text() == "paths: [/api/words]\n"


def test_a_new_service_is_added_beside_them(checkout: Environment) -> None:
    found = selected.select(checkout, ["new", "words"], LAST)
    assert [item.name for item in found.services] == ["new", "old", "save", "words"]
    assert [item.name for item in found.before] == ["words"]


def test_what_is_wrong_with_a_manifest_is_said_of_the_checkouts_file(checkout: Environment) -> None:
    (paths.SERVICES / "new" / "service.yaml").write_text("paths: [/api/words]\n")
    with pytest.raises(Failure, match="the service manifests have 1 problem") as refused:
        selected.select(checkout, ["new"], LAST)
    assert "services/new/service.yaml" in refused.value.reason or "services/words/service.yaml" in refused.value.reason
    assert ".storyizer" not in refused.value.reason


@pytest.mark.parametrize(
    ("names", "last", "message", "code"),
    [
        (["wrds"], LAST, "there is no service 'wrds'", ExitCode.USAGE),
        (["old"], LAST, "old is no longer in the checkout", ExitCode.USAGE),
        (["words"], None, "nothing has been deployed to local yet", ExitCode.FAILURE),
        (["wrds"], None, "there is no service 'wrds'", ExitCode.USAGE),
    ],
)
def test_a_name_that_cannot_be_deployed_alone_is_refused(
    names: list[str], last: Release | None, message: str, code: ExitCode
) -> None:
    with pytest.raises(Failure, match=message) as refused:
        selected.check("local", names, {"words", "save"}, last)
    assert refused.value.exit_code is code


def change(kind: str, address: str, action: Action = Action.UPDATE, index: str | None = None, *paths: str) -> Resource:
    differences = tuple(Difference((path,)) for path in paths)
    return Resource(address, "", kind, "this", "aws", action, {}, {}, index=index, differences=differences)


TASK = change("aws_ecs_task_definition", 'module.service["words"].aws_ecs_task_definition.this', Action.REPLACE)
OTHER = change("aws_ecs_service", 'module.service["words-2"].aws_ecs_service.this')
PORTS = {9000: Port(paths=("/admin",))}
SERVICES = (Service("words", Path(), ("/api/words", "/new"), ports=PORTS), Service("website", Path(), ("/",)))


def rule(index: str) -> Resource:
    return change("aws_lb_listener_rule", f'rule["{index}"]', Action.CREATE, index)


@pytest.mark.parametrize(
    ("names", "changes", "foreign"),
    [
        ({"words"}, [TASK], []),
        ({"words"}, [TASK, OTHER], [OTHER.address]),
        ({"words"}, [change("aws_lb_target_group", "group", Action.REPLACE, "words"), rule("/new")], []),
        ({"words"}, [change("aws_lb_target_group", "group", Action.CREATE, "words:9000"), rule("/admin")], []),
        ({"words"}, [change("aws_lb_target_group", "group", Action.CREATE, "words-2:9000")], ["group"]),
        ({"words"}, [rule("/api/stories")], ['rule["/api/stories"]']),
        ({"words"}, [change("aws_lb_listener", "http", Action.UPDATE, None, "default_action")], ["http"]),
        ({"website"}, [change("aws_lb_listener", "http", Action.UPDATE, None, "default_action")], []),
        ({"website"}, [change("aws_lb_listener", "http", Action.UPDATE, None, "default_action", "port")], ["http"]),
        ({"website"}, [change("aws_lb_listener", "http", Action.REPLACE, None, "default_action")], ["http"]),
        ({"words"}, [change("aws_kms_key", "aws_kms_key.this")], ["aws_kms_key.this"]),
        ({"words"}, [change("aws_kms_key", "aws_kms_key.this", Action.NO_OP)], []),
    ],
)
def test_whose_a_change_is(names: set[str], changes: list[Resource], foreign: list[str]) -> None:
    assert [item.address for item in only.others(Plan(resources=tuple(changes)), names, SERVICES)] == foreign


def test_a_plan_that_changes_more_is_refused_with_what_else_it_changes(tmp_path: Path) -> None:
    asked = Selected(frozenset({"words"}), SERVICES, (), tmp_path)
    assert only.refusal(Plan(resources=(TASK,)), asked, "staging") is None
    refused = only.refusal(Plan(resources=(TASK, OTHER)), asked, "staging")
    assert refused is not None
    assert refused.details == (f"change {OTHER.address}",)
    assert refused.exit_code is ExitCode.STOPPED_BY_REVIEW
