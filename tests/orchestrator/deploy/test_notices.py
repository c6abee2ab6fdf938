"""What environments are notified of, decided on data, and which ends of a deploy are news."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.deploy import notices
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.notify.notice import Event
from orchestrator.prepare.prepare import Prepared
from orchestrator.project.environment import Environment
from orchestrator.releases.releases import Release
from orchestrator.review import review as core
from orchestrator.review.model import Action, Deploy, Plan, Resource
from orchestrator.target import Target
from orchestrator.terraform.runner import Root

ROOT = Root(Path("module"), Path("data"), {}, [], None)
BLUE = Environment(
    "blue", "123456789012", "us-east-1", "X86_64", Path("blue.tfvars"), notify_command=("sh", "-c", "cat >>heard")
)
R7 = Release(7, "t", "anna", "abc", {}, {}, {})
REVIEW = replace(core.review(Plan()), deploys=(Deploy("words", "a", "x", "y", ("abc1234 Other words",)),))
CHANGED = Resource("aws_ecs_service.this", "", "aws_ecs_service", "this", "aws", Action.UPDATE, {}, {})


def prepared(last: Release | None = R7, environment: Environment = BLUE) -> Prepared:
    return Prepared(Target(environment, Aws(environment, None, {})), [], [], ROOT, last)


def test_a_version_that_is_live_is_a_success_with_its_commits() -> None:
    notice = notices.went_live(prepared(), Planned(None, REVIEW), "http://x/", replace(R7, number=8))
    assert (notice.event, notice.text, notice.release, notice.url) == (
        Event.SUCCESS, "blue is live as r8: words", "r8", "http://x/",
    )  # fmt: skip
    assert notice.commits == {"words": ("abc1234 Other words",)}


@pytest.mark.parametrize(
    ("failure", "event"),
    [
        (Failure("words did not go live; r7 serves", reason="why", exit_code=ExitCode.ROLLED_BACK), Event.ROLLBACK),
        (Failure("terraform apply failed", reason="why"), Event.FAILURE),
        (Interrupted(), Event.FAILURE),
    ],
)
def test_a_deploy_that_fails_is_a_failure_and_one_that_went_back_a_rollback(failure: Failure, event: Event) -> None:
    notice = notices.failed(prepared(), Planned(None, REVIEW), failure)
    assert (notice.event, notice.release, notice.reason) == (event, "r7", failure.reason)
    assert failure.message in notice.text
    assert notices.failed(prepared(None), Planned(None, REVIEW), failure).release == ""


def test_drift_names_what_was_changed_outside() -> None:
    assert notices.drifted("blue", REVIEW) is None
    notice = notices.drifted("blue", replace(REVIEW, plan=Plan(drift=(CHANGED,))))
    assert notice is not None
    assert (notice.event, notice.drift) == (Event.DRIFT, ("aws_ecs_service.this",))
    assert notice.text == "1 resource of blue changed outside of Terraform"


def news(planned: Planned, last: Release | None, becomes: Release, failure: Failure | None = None) -> None:
    """Which events a deploy sends, by a hook that fails and so says so on standard error."""
    environment = replace(BLUE, notify_command=("no-such-program-here",))
    try:
        with notices.of_deploy(prepared(last, environment), planned, Console(live=False)) as outcome:
            if failure:
                raise failure
            outcome.live("http://x/", becomes)
    except Failure as caught:
        assert caught is failure


@pytest.mark.parametrize(
    ("file", "last", "becomes", "failure", "said"),
    [
        (None, R7, R7, None, ""),
        (Path("plan"), R7, R7, None, "of the success"),
        (None, R7, replace(R7, number=8), None, "of the success"),
        (Path("plan"), None, R7, None, "of the success"),
        (None, R7, R7, Failure("x"), "of the failure"),
        (Path("plan"), R7, R7, Failure("x", exit_code=ExitCode.ROLLED_BACK), "of the rollback"),
    ],
)
def test_a_deploy_that_changed_nothing_is_no_news_unless_it_fails(
    file: Path | None,
    last: Release | None,
    becomes: Release,
    failure: Failure | None,
    said: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    news(Planned(file, REVIEW), last, becomes, failure)
    err = capfd.readouterr().err
    assert said in err if said else err == ""
