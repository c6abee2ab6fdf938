"""What was deleted outside of Terraform: how bad it is, and that every rendering says it first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from orchestrator.review.model import Deleted, Review, Severity, Verdict
from orchestrator.review.policy import Exemption, Policy
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html, markdown, terminal
from orchestrator.review.render import json as review_json
from orchestrator.review.review import review
from orchestrator.review.rules.data.deleted_outside import ID
from tests.review.changes import destroyed
from tests.review.plans import change

TABLE = {"name": "stories", "arn": "arn:aws:dynamodb:eu-west-1:1:table/stories", "id": "stories"}
LOGS = {"name": "/ecs/words", "id": "/ecs/words"}
BUCKET = {"bucket": "scans", "id": "scans"}
GUARD = {"bucket": "scans", "id": "scans", "versioning_configuration": [{"status": "Enabled"}]}
NEVER = Policy(stop=None, today=date(2026, 1, 1))


def reviewed(*changes: dict[str, Any], gone: Iterable[dict[str, Any]], policy: Policy = NEVER, **more: Any) -> Review:
    """The review of a plan with these changes, before which this was found to be gone."""
    shown = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(changes),
        "resource_drift": list(gone),
        "configuration": {},
    }
    return review(read(shown | more), policy=policy)


def made(address: str, values: dict[str, Any]) -> dict[str, Any]:
    """Something that is made, with its id known only after apply."""
    after = {name: value for name, value in values.items() if name not in ("id", "arn")}
    return change(address, None, after, unknown={"id": True, "arn": True})


def remade(address: str, values: dict[str, Any]) -> Review:
    """The review of a plan that only makes again what was deleted outside of it."""
    return reviewed(made(address, values), gone=[destroyed(address, values)])


def told(given: Review) -> list[str]:
    """Severity and address of each finding of the rule."""
    return [f"{item.severity} {item.address}" for item in given.findings if item.rule == ID]


def configured(*addresses: str) -> dict[str, Any]:
    """A configuration with these blocks in its root module."""
    return {"root_module": {"resources": [{"address": address, "expressions": {}} for address in addresses]}}


def test_lost_data_are_the_headline_though_the_plan_only_makes_something() -> None:
    given = remade("aws_dynamodb_table.stories", TABLE)
    assert given.verdict is Verdict.DANGEROUS
    assert given.because == (
        'aws_dynamodb_table.stories: the table "stories" was deleted outside of Terraform; what it held is gone: every '
        "item in it"
    )
    assert told(given) == ["critical aws_dynamodb_table.stories"]
    assert "The new one is empty." in given.findings[0].reason
    assert given.deleted == (Deleted("aws_dynamodb_table.stories", "aws_dynamodb_table", lost=True, made_again=True),)


def test_nothing_deleted_is_nothing_told() -> None:
    given = reviewed(
        made("aws_dynamodb_table.stories", TABLE),
        gone=[change("aws_s3_bucket.b", BUCKET, BUCKET | {"tags": {"by": "hand"}})],
    )
    assert (told(given), given.deleted) == ([], ())
    for text in (terminal.render(given), markdown.render(given), html.render(given)):
        assert "Deleted outside" not in text


@pytest.mark.parametrize(
    ("address", "values", "severity"),
    [
        ("aws_dynamodb_table.a", TABLE, "critical"),
        ("aws_cloudwatch_log_group.a", LOGS, "high"),
        ("aws_s3_object.a", {"bucket": "b", "key": "k"}, "medium"),
        ("aws_db_instance.a", {"identifier": "a", "replicate_source_db": "main"}, "high"),
        ("aws_cloudtrail.a", {"name": "all"}, "high"),
        ("aws_lb_listener_rule.a", {"priority": 1}, "medium"),
        ("aws_ecs_service.a", {"name": "words"}, "medium"),
        ("aws_lb.a", {"name": "front"}, "medium"),
        ("aws_iam_role.a", {"name": "r"}, "medium"),
        ("acme_thing.a", {"name": "x"}, "medium"),
        ("acme_database.a", {"name": "x"}, "high"),
    ],
)
def test_how_bad_it_is_follows_from_what_is_lost_with_it(address: str, values: dict[str, Any], severity: str) -> None:
    assert told(remade(address, values)) == [f"{severity} {address}"]


def test_what_guards_is_high_unless_what_it_guards_is_gone_as_well() -> None:
    versioning, bucket = "aws_s3_bucket_versioning.b", "aws_s3_bucket.b"
    alone = reviewed(change(bucket, BUCKET, BUCKET), made(versioning, GUARD), gone=[destroyed(versioning, GUARD)])
    assert told(alone) == [f"high {versioning}"]
    assert "Until then: Versioning of the bucket is suspended" in alone.findings[0].reason
    both = reviewed(
        made(bucket, BUCKET), made(versioning, GUARD), gone=[destroyed(bucket, BUCKET), destroyed(versioning, GUARD)]
    )
    assert told(both) == [f"critical {bucket}", f"medium {versioning}"]


def test_an_address_that_is_gone_says_what_went_with_it() -> None:
    (found,) = (item for item in remade("aws_lb.front", {"name": "front"}).findings if item.rule == ID)
    assert found.reason.startswith('The load balancer "front" was deleted outside of Terraform, and with it its DNS')


def test_what_is_restored_from_a_snapshot_is_not_called_empty() -> None:
    values = {"identifier": "orders", "snapshot_identifier": "monday"}
    (found,) = (item for item in remade("aws_db_instance.a", values).findings if item.rule == ID)
    assert "what is in monday" in found.reason
    assert "empty" not in found.reason


@pytest.mark.parametrize(
    "gone",
    [
        destroyed("aws_dynamodb_table.stories", TABLE),
        destroyed('aws_dynamodb_table.stories["a"]', TABLE, index="a"),
        destroyed("aws_dynamodb_table.stories", TABLE, deposed="abcd1234"),
    ],
    ids=["block", "instance", "deposed"],
)
def test_what_nobody_asks_for_any_more_is_low(gone: dict[str, Any]) -> None:
    given = reviewed(
        change("aws_s3_bucket.b", BUCKET, BUCKET), made("aws_sqs_queue.q", {"name": "q"}), gone=[gone],
        configuration=configured("aws_dynamodb_table.stories"),
    )  # fmt: skip
    assert told(given) == [f"low {gone['address']}"]
    assert given.verdict is Verdict.SAFE
    assert [(item.lost, item.made_again) for item in given.deleted] == [(False, False)]


def test_a_deposed_object_is_low_beside_the_one_that_is_made_again() -> None:
    address = "aws_dynamodb_table.stories"
    given = reviewed(
        made(address, TABLE), gone=[destroyed(address, TABLE), destroyed(address, TABLE, deposed="abcd1234")]
    )
    assert told(given) == [f"critical {address}", f"low {address}"]
    assert [item.lost for item in given.deleted] == [True, False]


def test_data_sources_are_not_objects() -> None:
    gone = destroyed("aws_dynamodb_table.stories", TABLE) | {"mode": "data"}
    assert told(reviewed(made("aws_sqs_queue.q", {"name": "q"}), gone=[gone])) == []


def test_the_same_table_under_another_name_in_the_code_is_no_less_lost() -> None:
    given = reviewed(made("aws_dynamodb_table.tales", TABLE), gone=[destroyed("aws_dynamodb_table.stories", TABLE)])
    assert told(given) == ["critical aws_dynamodb_table.stories"]
    assert "recreates it as aws_dynamodb_table.tales" in given.findings[0].reason
    assert [item.lost for item in given.deleted] == [True]


def test_a_moved_block_leads_to_what_is_made_again() -> None:
    # So Terraform writes it: both entries have the new address.
    moved = {"previous_address": "aws_dynamodb_table.stories"}
    address = "aws_dynamodb_table.tales"
    given = reviewed(made(address, TABLE) | moved, gone=[destroyed(address, TABLE) | moved])
    assert told(given) == [f"critical {address}"]


def test_a_plan_that_only_takes_it_over_hides_the_loss_from_the_next_one() -> None:
    address = "aws_dynamodb_table.stories"
    given = reviewed(gone=[destroyed(address, TABLE)], applyable=True, configuration=configured(address))
    assert told(given) == [f"critical {address}"]
    assert [(item.lost, item.made_again) for item in given.deleted] == [(True, False)]
    without = reviewed(gone=[destroyed(address, TABLE)], applyable=True)
    assert told(without) == [f"low {address}"]


def test_every_rendering_names_what_was_deleted_in_its_head() -> None:
    names = [f"aws_iam_role.r{number}" for number in range(8)]
    rows = {
        "aws_dynamodb_table.stories": TABLE,
        "aws_cloudwatch_log_group.words": LOGS,
        **{name: {"name": name} for name in names},
    }
    given = reviewed(
        *(made(address, values) for address, values in rows.items()),
        gone=[*(destroyed(address, values) for address, values in rows.items()), destroyed("aws_sqs_queue.old", {})],
    )
    head, _, _ = terminal.render(given).partition("\nFindings")
    assert (
        "Deleted outside of Terraform, what they held is gone (2 resources):\n"
        "  aws_dynamodb_table.stories\n"
        "  aws_cloudwatch_log_group.words\n"
        "Deleted outside of Terraform, made again by this plan (8 resources):\n"
    ) in head
    assert "  aws_iam_role.r5\n  and 2 more\nDeleted outside of Terraform, not made again by this plan:\n" in head
    assert "aws_iam_role.r6" not in head
    head, _, _ = markdown.render(given).partition("### Findings")
    assert (
        "**Deleted outside of Terraform, what they held is gone (2 resources):** `aws_dynamodb_table.stories`, "
        "`aws_cloudwatch_log_group.words`\n"
    ) in head
    head, _, _ = html.render(given).partition("<main>")
    assert '<p class="deleted lost">Deleted outside of Terraform, what they held is gone (2 resources): ' in head
    said = json.loads(review_json.render(given))["deleted_outside"]
    assert said[0] == {
        "address": "aws_dynamodb_table.stories", "type": "aws_dynamodb_table", "lost": True, "made_again": True,
    }  # fmt: skip
    assert len(said) == 11
    # Those of which the same is to be said are one finding to read.
    assert terminal.render(given).count("This plan recreates it as configured.") == 3


def test_one_is_not_told_in_the_plural() -> None:
    text = terminal.render(remade("aws_dynamodb_table.stories", TABLE))
    assert "Deleted outside of Terraform, what it held is gone:\n  aws_dynamodb_table.stories\n" in text
    assert "- aws_dynamodb_table.stories  is gone" in text


def test_an_exception_takes_the_verdict_s_reason_and_leaves_the_headline() -> None:
    address = "aws_dynamodb_table.stories"
    policy = Policy(Severity.HIGH, (Exemption(address, ID, "it was empty", date(2026, 2, 1)),), date(2026, 1, 1))
    given = reviewed(made(address, TABLE), gone=[destroyed(address, TABLE)], policy=policy)
    assert not given.stops
    assert given.verdict is Verdict.SAFE
    assert "Deleted outside of Terraform, what it held is gone:\n  aws_dynamodb_table.stories" in terminal.render(given)
    stopped = Policy(Severity.HIGH, today=date(2026, 1, 1))
    assert reviewed(made(address, TABLE), gone=[destroyed(address, TABLE)], policy=stopped).stops
