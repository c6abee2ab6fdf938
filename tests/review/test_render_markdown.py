"""The review as a comment: it fits, it can be found again, and nothing of a plan becomes markup."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Context, Review
from orchestrator.review.render import markdown
from tests.review import samples, wellformed


@pytest.mark.parametrize("name", samples.ORDINARY)
def test_every_kind_of_review_is_well_formed(name: str) -> None:
    wellformed.comment(markdown.render(samples.ORDINARY[name]()))


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_stays_text(number: int) -> None:
    wellformed.comment(markdown.render(samples.hostile(samples.HOSTILE[number])))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="`<>&@#[]()!*_-+=~|\\.:/ \n\r\t1aw$\u202e")))
def test_no_text_becomes_markup(given_text: str) -> None:
    wellformed.comment(markdown.render(samples.hostile(given_text)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([samples.dangerous, samples.everything, samples.first]), st.integers(2_500, 12_000))
def test_whatever_the_limit_the_comment_keeps_to_it_and_is_well_formed(
    sample: Callable[[], Review], limit: int
) -> None:
    wellformed.comment(markdown.render(sample(), limit), limit)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(samples.HOSTILE), st.integers(5_000, 30_000))
def test_hostile_text_does_not_break_the_limit(given_text: str, limit: int) -> None:
    wellformed.comment(markdown.render(samples.hostile(given_text), limit), limit)


def test_the_marker_is_the_first_line_and_belongs_to_the_environment() -> None:
    said = markdown.render(samples.deploy())
    assert said.splitlines()[:2] == ["<!-- storyizer-review:production -->", "## SAFE TO APPLY"]
    assert said.startswith(markdown.MARKER)
    assert markdown.marker("production") == "<!-- storyizer-review:production -->"
    assert markdown.marker("a-->\n<b>") == "<!-- storyizer-review:a-b -->"


def test_a_comment_that_is_too_long_keeps_verdict_and_findings_and_says_what_it_lost() -> None:
    review = samples.dangerous()
    whole = markdown.render(review)
    short = markdown.render(review, 3_600, report="the workflow run's artifact `review`")
    assert len(short) <= 3_600 < len(whole)
    for finding in review.findings:
        assert finding.rule in short
    last = short.splitlines()[-1]
    assert last.startswith("> Left out here, for the comment's size: ")
    assert last.endswith("The full report: the workflow run's artifact `review`")
    assert "Left out" not in whole


def test_details_go_before_rows_and_rows_before_findings() -> None:
    review = samples.large()
    said = markdown.render(review)
    wellformed.comment(said)
    assert len(said) > markdown.LIMIT * 0.95
    assert "finding" not in said.splitlines()[-1] or said.count("resource-policy-widened") > 200
    assert "changed resources" in said.splitlines()[-1]


def test_a_deploy_is_told_as_one() -> None:
    assert """\
### Deploys

- **words** `a1b2c3d4e5f6` → `d4e5f6a1b2c3`
  - 7d31f2c words: three hundred more verbs
""" in markdown.render(samples.deploy())


def test_code_spans_hold_any_run_of_backticks() -> None:
    assert markdown.code("a`b``c") == "```a`b``c```"
    assert markdown.code("`a`") == "`` `a` ``"
    assert markdown.code("") == "`  `"


def test_a_fence_is_longer_than_any_run_of_backticks_in_it() -> None:
    assert markdown.fenced(["+ ````"])[0] == "`````diff"


def test_a_secret_that_came_through_is_removed_however_it_is_escaped() -> None:
    secret = "hunter2*<b>_[x]@y`z"
    leaking = samples.hostile(f"it is {secret} there")
    plan = replace(leaking.plan, secrets=frozenset({secret}))
    said = markdown.render(replace(leaking, plan=plan, context=Context(environment="production")))
    assert "hunter2" not in said.replace("\\", "")


def test_a_module_of_which_all_is_new_says_so() -> None:
    assert "<summary><code>module.network</code>: 10 created</summary>" in markdown.render(samples.first())


def test_the_title_is_followed_by_what_is_known_of_the_plan() -> None:
    context = Context(environment="staging", project="storyizer", commit="0123456789ab")
    said = markdown.render(replace(samples.deploy(), context=context))
    assert "\nstoryizer, commit 0123456789ab\n" in said
