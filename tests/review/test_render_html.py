"""The review as a page: one file, well formed, in which nothing of a plan is markup. tests/browser opens it."""

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review import document
from orchestrator.review.render import html, rows
from tests.review import samples, wellformed


@pytest.mark.parametrize("name", samples.ORDINARY)
def test_every_kind_of_review_is_well_formed(name: str) -> None:
    wellformed.page(html.render(samples.ORDINARY[name]()))


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_stays_text(number: int) -> None:
    wellformed.page(html.render(samples.hostile(samples.HOSTILE[number])))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="<>&\"'`/!-= \n\x00abc\u202e")))
def test_no_text_becomes_markup(given_text: str) -> None:
    wellformed.page(html.render(samples.hostile(given_text)))


def test_the_page_loads_nothing_and_runs_nothing_but_its_own_script() -> None:
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', html.render(samples.dangerous()))
    assert found
    policy = found[1]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and "http" not in policy
    assert "</" not in document.STYLE + html.SCRIPT
    assert "url(" not in document.STYLE


def test_the_verdict_comes_first_and_what_matters_before_the_rest() -> None:
    text = wellformed.page(html.render(samples.everything())).text
    order = [
        text.index(words)
        for words in (
            "DANGEROUS", "3 critical and 3 high findings", "12 to add", "Stopped:",
            "a1b2c3d4e5f6 → d4e5f6a1b2c3", "Port 5432", "agreed with security", "The certificate ends in 9 days.",
            "What changes among what", "root module", "aws_security_group.endpoints", "https://stories.example",
            "The exception for",
        )
    ]  # fmt: skip
    assert order == sorted(order)


def test_findings_lead_to_the_resources_that_they_are_about() -> None:
    page = wellformed.page(html.render(samples.dangerous()))
    targets = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert "module.dynamodb.aws_dynamodb_table.this" in targets & set(page.ids)
    assert "module.service%5B%22words%22%5D.aws_ecs_service.this" in targets
    assert 'module.service["words"].aws_ecs_service.this' in page.ids


def test_noise_is_counted_and_hidden() -> None:
    text = wellformed.page(html.render(samples.deploy())).text
    assert "3 more that follow from this" in text
    assert "arn_without_revision" not in text


def test_a_large_plan_is_a_page_of_a_reasonable_size_made_at_once() -> None:
    review = samples.large()
    began = time.process_time()
    said = html.render(review)
    assert time.process_time() - began < 2.5, "five times of what it takes on a slow machine"
    assert len(said) < 5_000_000
    page = wellformed.page(said)
    assert f"The values of {rows.DETAILS} are here" in page.text
    assert sum(identity.startswith("module.shard") for identity in page.ids) == 5_000


def test_a_secret_that_came_through_is_removed_and_the_page_stays_whole() -> None:
    secret = "<hunter2&\"'>"
    leaking = samples.hostile(f"{secret} class details")
    secrets = frozenset({secret, "class", "details"})
    said = html.render(replace(leaking, plan=replace(leaking.plan, secrets=secrets)))
    page = wellformed.page(said)
    assert "hunter2" not in said
    assert "(sensitive) (sensitive) (sensitive)" in page.text


def test_of_thousands_of_different_findings_the_first_are_told_in_full() -> None:
    review = samples.large()
    first = review.findings[0]
    said = tuple(replace(first, reason=f"Reason {place}.", address=f"aws_x.y[{place}]") for place in range(1_000))
    text = wellformed.page(html.render(replace(review, findings=said))).text
    assert f"Reason {html.FINDINGS - 1}." in text
    assert f"Reason {html.FINDINGS}." not in text
    assert all(finding.address in text for finding in said)


def test_a_long_log_of_commits_is_cut_and_counted() -> None:
    review = samples.deploy()
    long = replace(review.deploys[0], commits=tuple(f"{number:07x} a commit" for number in range(40)))
    text = wellformed.page(html.render(replace(review, deploys=(long,)))).text
    assert text.count("a commit") == 12
    assert "and 28 more commits" in text


def test_a_first_deploy_is_folded_by_module_and_others_are_not() -> None:
    page = html.render(samples.first())
    assert page.count('<details class="fold"><summary><h3 class="module">') == len(samples.FIRST)
    assert "<code>module.<wbr>network</code> <span>10 created</span>" in page
    assert '<details class="fold">' not in html.render(samples.dangerous())
    assert '<details class="fold">' not in html.render(samples.everything())
