"""What a change of the checkout needs: a copy into the tasks that run, or a whole `up`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.images.content_hash import Content
from orchestrator.project import environment
from orchestrator.project.manifest import Service
from orchestrator.watch import changes
from orchestrator.watch.changes import Change, Seen

INPUTS = {"service/app/routes.py": "a", "service/requirements.txt": "b", "servicekit/server.py": "c", "Dockerfile": "d"}


def seen(**inputs: dict[str, str]) -> Seen:
    services = {name: Service(name, Path("services") / name, (f"/api/{name}",)) for name in inputs}
    return Seen(services, {name: Content(name, (), found, ()) for name, found in inputs.items()}, "terraform")


BEFORE = seen(words=INPUTS, save=INPUTS)
BOTH = {"words", "save"}


def test_nothing_changed_needs_nothing() -> None:
    assert changes.between(BEFORE, seen(words=INPUTS, save=INPUTS), BOTH) == Change({}, ())


def test_files_of_app_are_copied_also_new_ones_and_without_those_that_are_gone() -> None:
    now = seen(words={**INPUTS, "service/app/routes.py": "x", "service/app/new.py": "y"}, save={**INPUTS})
    assert changes.between(BEFORE, now, BOTH) == Change({"words": ("app/new.py", "app/routes.py")}, ())
    gone = {name: value for name, value in INPUTS.items() if not name.startswith("service/app/")}
    assert changes.between(BEFORE, seen(words=INPUTS, save=gone), BOTH) == Change({"save": ("app/routes.py",)}, ())


@pytest.mark.parametrize("name", ["service/requirements.txt", "servicekit/server.py", "Dockerfile"])
def test_anything_else_of_an_image_needs_a_whole_up(name: str) -> None:
    now = seen(words={**INPUTS, name: "x", "service/app/routes.py": "x"}, save=INPUTS)
    assert changes.between(BEFORE, now, BOTH) == Change({}, (f"words: {name.removeprefix('service/')}",))


def test_a_service_with_an_image_of_its_own_needs_a_whole_up() -> None:
    now = seen(words={**INPUTS, "service/app/routes.py": "x"}, save={**INPUTS, "service/app/routes.py": "x"})
    assert changes.between(BEFORE, now, {"save"}) == Change({}, ("words: app/routes.py",))


def test_a_manifest_terraform_and_the_services_themselves_need_a_whole_up() -> None:
    larger = replace(BEFORE, services={**BEFORE.services, "words": replace(BEFORE.services["words"], memory=1024)})
    assert changes.between(BEFORE, larger, BOTH).whole == ("words/service.yaml changed",)
    assert changes.between(BEFORE, replace(BEFORE, terraform="x"), BOTH).whole == ("terraform changed",)
    assert changes.between(BEFORE, seen(words=INPUTS), BOTH).whole == ("save removed",)
    assert changes.between(seen(words=INPUTS), BEFORE, BOTH).whole == ("save added",)


def test_the_files_that_are_not_the_releases_are_those_of_app() -> None:
    now = seen(words={**INPUTS, "service/app/routes.py": "x", "Dockerfile": "x"}, save=INPUTS)
    assert changes.files(BEFORE, now, "words") == ["app/routes.py"]
    assert changes.files(BEFORE, now, "save") == []
    assert changes.files(BEFORE, seen(words=INPUTS, save=INPUTS, new=INPUTS), "new") == ["app/routes.py"]


def test_the_checkout_is_seen_as_it_is() -> None:
    found = changes.look(environment.load("local"))
    assert {"save", "website", "words"} <= found.services.keys()
    assert {name for name, service in found.services.items() if changes.can_be_copied(service)} >= {"save", "words"}
    assert "service/app/routes.py" in found.contents["words"].inputs
    assert changes.between(found, changes.look(environment.load("local")), found.services) == Change({}, ())


def test_an_image_that_is_taken_as_it_is_holds_nothing_to_copy(tmp_path: Path) -> None:
    shop = Service("shop", tmp_path, ("/shop",))
    assert changes.can_be_copied(shop)
    assert not changes.can_be_copied(replace(shop, image="registry.example.com/shop:1"))
    assert not changes.can_be_copied(replace(shop, kind="job"))
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert not changes.can_be_copied(shop)
