"""What is left of a bundle once it has been applied, however that ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.bundle import on_disk
from orchestrator.bundle.on_disk import Bundle, StateId
from orchestrator.console import Console
from orchestrator.deploy import apply_bundle, deployment
from orchestrator.deploy.deployment import Live
from orchestrator.deploy.planning import Planned
from orchestrator.errors import Failure
from orchestrator.releases.releases import Release
from orchestrator.review.model import Counts, Plan, Review, Verdict

RELEASE = Release(1, "", "", "", {}, {}, {})
# Nothing that was prepared is used: `carry_out` is replaced in these tests.
READY = apply_bundle.Ready(None, Planned(None, Review(Plan(), Verdict.SAFE, "", Counts())))  # type: ignore[arg-type]


@pytest.fixture
def made(tmp_path: Path) -> Bundle:
    """A bundle with a plan in it."""
    plan = tmp_path / "plan"
    plan.write_text("the state in clear")
    texts = ("staging", "111111111111", "us-east-1", "", "", "me", "1.11.4")
    facts = Bundle(*texts, {}, {}, StateId("a", 1), {}, has_changes=True, stops=False)
    return on_disk.write(tmp_path / "bundle", facts, plan, dict.fromkeys(on_disk.RENDERINGS, "{}"))


@pytest.mark.parametrize("fails", [False, True])
def test_the_plan_of_an_applied_bundle_is_gone_however_it_ended(
    made: Bundle, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    def carry_out(*arguments: object, **more: object) -> Live:
        if fails:
            raise Failure("the rollout failed")
        return Live("http://x/", RELEASE)

    monkeypatch.setattr(deployment, "carry_out", carry_out)
    if fails:
        with pytest.raises(Failure, match="the rollout failed"):
            apply_bundle._carry_out(made, READY, Console(live=False), None)
    else:
        assert apply_bundle._carry_out(made, READY, Console(live=False), None).release == RELEASE
    assert not made.file(on_disk.PLAN).exists()
    assert made.file(on_disk.REVIEW_HTML).exists()


def test_a_plan_that_cannot_be_removed_is_told_and_hides_nothing(
    made: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deployment, "carry_out", lambda *arguments, **more: Live("http://x/", RELEASE))
    made.file(on_disk.PLAN).unlink()
    made.file(on_disk.PLAN).mkdir()  # what nobody can remove as a file, root neither
    assert apply_bundle._carry_out(made, READY, Console(live=False), None).url == "http://x/"
    assert "could not be removed" in capsys.readouterr().err
