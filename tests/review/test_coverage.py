"""How much of a plan is known, what is not, and what that does to the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.review import coverage
from orchestrator.review.model import Coverage, Review, Severity, Verdict
from orchestrator.review.policy import Policy
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html, markdown, terminal
from orchestrator.review.render import json as machine
from orchestrator.review.review import review
from orchestrator.review.rules.facts.unknown.known import Standing
from tests.review import wellformed
from tests.review.plans import change

NEW = change("acme_thing.a", None, {"name": "a"})


def reviewed(*changes: dict[str, Any], **more: Any) -> Review:
    return review(read({"format_version": "1.2", "resource_changes": list(changes)} | more))


def of(raw: dict[str, Any], **more: Any) -> Standing:
    (item,) = reviewed(raw | more).plan.changed
    return coverage.standing(item)


@pytest.mark.parametrize(
    ("raw", "standing"),
    [
        (change("aws_s3_bucket.a", None, {"bucket": "a"}), "judged"),
        (change("aws_lambda_function.a", {"description": "a"}, {"description": "b", "timeout": 3}), "judged"),
        (change("aws_s3_bucket.a", {"bucket": "a"}, None), "judged"),
        (change("aws_glacier_vault.a", {"name": "a"}, {"name": "b"}, replaced=True), "judged"),
        (change("aws_internet_gateway.a", None, {"vpc_id": "v"}), "harmless"),
        (change("terraform_data.a", {"input": "a"}, {"input": "b"}), "harmless"),
        (change("aws_db_subnet_group.a", {"name": "a"}, None), "harmless"),
        (change("aws_dax_subnet_group.a", {"name": "a"}, None), "harmless"),
        (change("aws_vpc.a", None, {"cidr_block": "10.0.0.0/16"}), "judged"),
        (NEW, "unknown"),
        (change("acme_thing.a", {"size": 1}, {"size": 2}), "unknown"),
        (change("acme_thing.a", {"name": "a"}, None), "unknown"),
        (change("acme_policy.a", {"name": "a"}, None), "unknown"),
        (change("acme_database.a", {"name": "a"}, None), "unknown"),
        (change("aws_fms_policy.a", {"name": "a"}, None), "unknown"),
        (change("aws_internet_gateway.a", {"vpc_id": "v"}, {"vpc_id": "w"}, replaced=True), "judged"),
        (change("acme_thing.a", {"tags": {"a": "b"}}, {"tags": {"a": "c"}}), "harmless"),
        (change("acme_thing.a", {"tags": {"a": "b"}, "size": 1}, {"tags": {"a": "c"}, "size": 2}), "unknown"),
        (change("acme_thing.a", {"etag": "a"}, {}, unknown={"etag": True}), "harmless"),
    ],
)
def test_each_change_is_judged_harmless_or_unknown(raw: dict[str, Any], standing: str) -> None:
    assert of(raw).value == standing


def test_what_is_only_moved_imported_or_forgotten_is_harmless() -> None:
    same = change("acme_thing.a", {"name": "a"}, {"name": "a"})
    assert of(same, previous_address="acme_thing.b") is Standing.HARMLESS
    imported = change("acme_thing.a", {"name": "a"}, {"name": "a"})
    imported["change"]["importing"] = {"id": "a"}
    assert of(imported) is Standing.HARMLESS
    forgotten = change("acme_thing.a", {"name": "a"}, None)
    forgotten["change"]["actions"] = ["forget"]
    assert of(forgotten) is Standing.HARMLESS


def test_drift_and_reads_are_no_changes() -> None:
    data = NEW | {"mode": "data"}
    found = reviewed(data, resource_drift=[change("acme_thing.b", {"size": 1}, {"size": 2})])
    assert found.coverage == Coverage() and found.verdict is Verdict.SAFE


def test_a_plan_is_not_safe_if_all_that_is_wrong_is_that_a_type_is_not_known() -> None:
    found = reviewed(NEW, change("acme_thing.b", None, {"name": "b"}), change("aws_sqs_queue.q", None, {"name": "q"}))
    assert (found.verdict, found.because) == (Verdict.CAREFUL, "not known: 2 of acme_thing")
    assert found.coverage == Coverage(1, 0, (("acme_thing", ("acme_thing.a", "acme_thing.b")),))
    assert not found.stops and found.findings == ()


@pytest.mark.parametrize("stop", [Severity.LOW, Severity.MEDIUM, None])
def test_no_policy_stops_what_is_only_not_known(stop: Severity | None) -> None:
    assert not review(read({"format_version": "1.2", "resource_changes": [NEW]}), policy=Policy(stop)).stops


def test_a_worse_reason_comes_first() -> None:
    table = change("aws_dynamodb_table.t", {"name": "t"}, None)
    assert reviewed(NEW, table).because.startswith("aws_dynamodb_table.t: ")
    medium = change("aws_kms_key.k", {"enable_key_rotation": True}, {"enable_key_rotation": False})
    found = reviewed(NEW, medium)
    assert found.verdict is Verdict.CAREFUL and found.because.endswith("; and 1 more")


def test_of_many_types_those_with_the_most_changes_are_named() -> None:
    types = [("acme_a", ("x",)), ("acme_b", ("x", "y")), ("acme_c", ("x",)), ("acme_d", ("x",)), ("acme_e", ("x",))]
    said = coverage.in_words(Coverage(unknown=tuple(types)))
    assert said == "1 of acme_a, 2 of acme_b, 1 of acme_c, 2 of other types"
    changes = [change(f"{kind}.{name}", None, {"name": name}) for kind, names in types for name in names]
    assert reviewed(*changes).coverage.unknown[0] == ("acme_b", ("acme_b.x", "acme_b.y"))


QUEUES = [change(f"aws_sqs_queue.q{number}", None, {"name": "q"}) for number in range(3)]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([*QUEUES, NEW], "3 of 4 changes judged; not known: 1 of acme_thing"),
        ([NEW], "0 of 1 change judged; not known: 1 of acme_thing"),
        (QUEUES, "All 3 changes are judged"),
        (QUEUES[:1], "The only change is judged"),
        ([], ""),
    ],
)
def test_every_rendering_says_how_much_is_judged(changes: list[dict[str, Any]], says: str) -> None:
    found = reviewed(*changes)
    texts = [terminal.render(found, width=200), markdown.render(found), html.render(found)]
    assert all((says in text) if says else ("judged" not in text) for text in texts)


def test_the_json_has_the_numbers_and_the_addresses() -> None:
    document = wellformed.document(machine.render(reviewed(*QUEUES, NEW)))
    assert document["format"] == 2
    assert document["coverage"] == {
        "changes": 4, "judged": 3, "harmless": 0, "unknown": 1,
        "unknown_types": [{"type": "acme_thing", "count": 1, "addresses": ["acme_thing.a"]}],
    }  # fmt: skip


def test_a_type_with_a_strange_name_does_no_harm_in_a_report() -> None:
    evil = "x\x1b[31m<b>`|"
    found = reviewed(NEW)
    odd = replace(found, coverage=Coverage(unknown=((evil, ("a.b",)),)))
    texts = [terminal.render(odd), markdown.render(odd), html.render(odd)]
    assert not [text for text in texts if "\x1b[31m" in text]
    assert not [text for text in texts[1:] if "<b>`" in text]
