"""The picture is written however a run ends, whole or not at all, and is in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.picture import page, taking
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.system import paths
from tests.orchestrator.picture import deploys
from tests.review import samples, wellformed

BLUE = Environment("blue", "123456789012", "us-east-1", "X86_64", Path("blue.tfvars"))
FAILURES = {
    "a version that failed": Failure("words did not go live; r2 serves", exit_code=ExitCode.ROLLED_BACK),
    "Ctrl-C": Interrupted("the rollout"),
    "a defect": ValueError("no such thing"),
}


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")


def text(file: Path | None) -> str:
    """What the page says, if it is well formed."""
    assert file is not None
    return wellformed.page(file.read_text(encoding="utf-8"), links=("http://",)).text


def test_a_run_that_succeeds_leaves_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    with audit.recorded(BLUE, console, verb="rollback"), taking.taken(BLUE, console) as picture:
        with console.stage("terraform plan") as stage:
            stage.result = "no change"
        picture.prepared(deploys.IMAGES, deploys.BEFORE, "0a1b2c3d4e5f")
        picture.planned(samples.deploy())
        picture.live("http://x/", deploys.LIVE)
        assert not (BLUE.work / taking.FILE).exists()
    assert picture.file == BLUE.work / "last-up.html"
    said = text(picture.file)
    for words in ("rollback blue by ", "r3 is live", "http://x/", deploys.LIVE.commit, "terraform plan", "built"):
        assert words in said
    assert picture.file.stat().st_mode & 0o777 == 0o600
    assert "picture" not in capsys.readouterr().err, "the summary has the line"


@pytest.mark.parametrize("name", FAILURES)
def test_a_run_that_fails_says_why_names_the_file_and_fails_as_it_would(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(live=False)
    with (
        pytest.raises(type(FAILURES[name])) as caught,
        taking.taken(BLUE, console) as picture,
        console.stage("rollout") as stage,
    ):
        stage.event("words has started 2 tasks")
        picture.prepared(deploys.IMAGES, deploys.BEFORE)
        raise FAILURES[name]
    assert caught.value is FAILURES[name]
    said = text(picture.file)
    assert "words has started 2 tasks" in said
    assert str(FAILURES[name]) in said
    assert "is live" not in said
    assert capsys.readouterr().err.endswith(f"picture: {picture.file}\n")


def test_one_inside_of_another_is_a_part_of_it() -> None:
    console = Console(live=False)
    with taking.taken(BLUE, console) as whole:
        with taking.taken(BLUE, console) as part:
            part.live("http://x/", deploys.LIVE)
        assert part is whole
        assert not (BLUE.work / taking.FILE).exists(), "the whole has not ended"
    assert "r3 is live" in text(whole.file)
    with taking.taken(BLUE, console) as again:
        pass
    assert again is not whole


def test_what_came_before_it_is_on_the_timeline() -> None:
    console = Console(live=False)
    with console.stage("emulated AWS"):
        pass
    began = console.stages[0].began - 2.0
    with taking.taken(BLUE, console, began) as picture:
        pass
    shown = picture.facts(None)
    assert shown.steps[0].start == pytest.approx(2.0)
    assert shown.seconds >= 2.0


def test_a_picture_that_cannot_be_written_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    BLUE.work.parent.mkdir(parents=True)
    BLUE.work.write_text("a file where the folder should be")
    with taking.taken(BLUE, Console(live=False)) as picture:
        pass
    assert picture.file is None
    assert "warning: the picture of this run could not be written" in capsys.readouterr().err


def test_a_defect_of_the_page_is_a_warning_and_leaves_the_former_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(live=False)
    with taking.taken(BLUE, console) as first:
        first.live("http://x/", deploys.LIVE)
    before = text(first.file)

    def broken(_: object) -> str:
        raise KeyError("no such part")

    monkeypatch.setattr(page, "render", broken)
    with taking.taken(BLUE, console) as picture:
        pass
    assert picture.file is None
    assert "warning: the picture" in capsys.readouterr().err
    assert text(BLUE.work / taking.FILE) == before
    assert [file.name for file in BLUE.work.iterdir()] == ["last-up.html"]
