"""The review on a terminal: what matters first, in lines that fit."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Action, Context, Output, Plan, Severity
from orchestrator.review.render import terminal, words
from tests.review import samples, wellformed

COLOUR = re.compile("\x1b\\[[0-9;]*m")


def test_the_verdict_comes_first_with_its_reason_and_the_counts() -> None:
    said = terminal.render(samples.dangerous()).splitlines()
    assert said[0] == " DANGEROUS   Plan for production"
    assert said[1].startswith("3 critical and 3 high findings")
    assert said[2:6] == [
        "5 to change, 1 to replace, 1 to destroy",
        "(Terraform counts this as 1 to add, 5 to change, 2 to destroy)",
        "10 findings: 3 critical, 3 high, 1 medium, 3 low",
        "Stopped: the policy for production does not let this plan be applied.",
    ]


def test_findings_come_ranked_with_values_reason_and_advice() -> None:
    said = terminal.render(samples.dangerous())
    assert (
        """\
  CRITICAL  module.alb.aws_security_group.this  ingress-open-world
            ingress[1].cidr_blocks: ["10.0.0.0/16"] → ["0.0.0.0/0"]
            Port 5432 (PostgreSQL) is opened to the whole internet.
            What to do: Name the addresses that need it, or use a security group as the source.
"""
        in said
    )
    order = [said.index(word) for word in ("CRITICAL", "HIGH", "MEDIUM", "LOW", "Excepted by the policy", "Changes")]
    assert order == sorted(order)
    assert said.count("not-judgeable") == 1, "findings that are low are one line for each rule"
    assert "3 times" in said
    assert "Exception: agreed with security, until 2027-01-31" in said


def test_the_same_of_several_resources_is_said_once() -> None:
    review = samples.dangerous()
    twin = replace(review.findings[0], address="module.dynamodb.aws_dynamodb_table.other")
    said = terminal.render(replace(review, findings=(review.findings[0], twin, *review.findings[1:])))
    assert (
        """\
  CRITICAL  module.dynamodb.aws_dynamodb_table.this  data-replaced
            module.dynamodb.aws_dynamodb_table.other
            name: storyizer-production → storyizer-production-stories
"""
        in said
    )
    assert said.count("Keep the name, or copy") == 1


def test_an_output_that_is_a_structure_is_compared_as_one() -> None:
    output = Output("urls", Action.UPDATE, {"a": "1", "b": "2"}, {"a": "1", "b": "3"})
    said = terminal.render(replace(samples.nothing(), plan=Plan(outputs=(output,))))
    assert said.endswith("Outputs\n  ~ urls.b: 2 → 3\n")


def test_a_deploy_is_told_as_one_and_its_noise_only_counted() -> None:
    said = terminal.render(samples.deploy())
    assert (
        """\
Deploys
  words    a1b2c3d4e5f6 → d4e5f6a1b2c3
           7d31f2c words: three hundred more verbs
           0c5a4be words: an answer to HEAD
  website  a1b2c3d4e5f6 → d4e5f6a1b2c3
           the image is not there yet: `up` would build it
"""
        in said
    )
    assert "3 more that follow from this" in said
    assert "1 value that follows from another change" in said
    assert "revision" not in said


def test_resources_that_differ_in_their_key_only_are_put_together() -> None:
    said = terminal.render(samples.everything())
    assert "… and 9 more like it" in said
    assert said.count("aws_sqs_queue.work") == terminal.ROWS_PER_KIND


def test_nothing_to_do_is_said_in_three_lines() -> None:
    assert (
        terminal.render(samples.nothing()) == " SAFE TO APPLY   Terraform plan\nNothing changes.\nNo resource changes\n"
    )


@pytest.mark.parametrize("name", samples.ORDINARY)
@pytest.mark.parametrize("width", [60, 100, 160])
def test_sentences_keep_the_width_and_addresses_are_never_broken(name: str, width: int) -> None:
    review = samples.ORDINARY[name]()
    said = terminal.render(review, width=width)
    sentences = [line for line in said.splitlines() if line.startswith(" " * 12) and len(line.split()) > 1]
    assert [line for line in sentences if len(line) > width and '"]' not in line] == []
    for finding in review.findings:
        assert finding.address in said


@pytest.mark.parametrize("name", samples.ORDINARY)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    review = samples.ORDINARY[name]()
    plain, coloured = terminal.render(review), terminal.render(review, colour=True)
    assert "\x1b" not in plain
    assert COLOUR.sub("", coloured) == plain


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_neither_breaks_a_line_nor_speaks_to_the_terminal(number: int) -> None:
    wellformed.lines(terminal.render(samples.hostile(samples.HOSTILE[number])))


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_is_printable(given_text: str) -> None:
    wellformed.lines(terminal.render(samples.hostile(given_text)))


def test_a_large_plan_ends_in_what_is_left_out() -> None:
    said = terminal.render(samples.large())
    assert len(said.splitlines()) < 4_000
    assert re.search(r"… and [\d,]+ more resources: the other formats have them all\n$", said)


def test_a_secret_that_came_through_is_removed() -> None:
    leaking = samples.hostile("it is hunter2-secret there")
    said = terminal.render(replace(leaking, plan=replace(leaking.plan, secrets=frozenset({"hunter2-secret"}))))
    assert "hunter2" not in said


def test_thousands_of_different_findings_end_in_how_many_are_left_out() -> None:
    review = samples.large()
    found = tuple(
        replace(review.findings[0], reason=f"Reason {place}.", address=f"aws_x.y[{place}]") for place in range(5_000)
    )
    said = terminal.render(replace(review, findings=found))
    assert "Reason 99." in said and "Reason 100." not in said
    assert "aws_x.y[199]" in said and "aws_x.y[200]" not in said
    assert "… and 4,800 more findings: the other formats have them all" in said


def test_a_first_deploy_is_a_line_for_each_module() -> None:
    said = terminal.render(samples.first())
    _, _, changes = said.partition("\nChanges\n")
    assert changes.startswith("  + root module: 1 created\n  + module.alb: 7 created\n  + module.dynamodb: 1 created\n")
    assert "aws_lb.this" not in changes
    assert "The other formats have each resource." in changes


def test_what_matters_in_a_first_deploy_is_shown_all_the_same() -> None:
    first = samples.first()
    grave = replace(first.findings[0], severity=Severity.HIGH)
    changes = terminal.render(replace(first, findings=(grave,))).partition("\nChanges\n")[2]
    assert "  + module.alb: 7 created\n    + aws_vpc_security_group_ingress_rule.https\n  + module.dynamodb" in changes


@pytest.mark.parametrize(
    ("context", "made_at", "expected"),
    [
        (Context(), "", ""),
        (Context(file="plan.json"), "2026-05-01T10:00:59Z", "plan.json, planned on 2026-05-01 at 10:00 UTC"),
        (Context(environment="staging", project="storyizer", commit="0123456789ab"), "",
         "storyizer, commit 0123456789ab"),
        (Context(environment="staging", title="staging at 0123456789ab", project="storyizer", commit="0123456789ab"),
         "", "storyizer"),
        (Context(environment="staging", title="A change", project="storyizer"), "nonsense", "storyizer, staging"),
    ],
)  # fmt: skip
def test_what_is_known_of_a_plan_stands_below_its_title(context: Context, made_at: str, expected: str) -> None:
    review = samples.nothing()
    known = replace(review, context=context, plan=replace(review.plan, made_at=made_at))
    assert words.about(known) == expected
    assert (terminal.render(known).splitlines()[1] == expected) is bool(expected)
