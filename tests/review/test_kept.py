"""A plan that was reviewed with a tainted resource in it, beside the one that keeps that resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.review import comparison, kept, review
from orchestrator.review.model import Action, Context, Difference, Finding, Output, Plan, Resource
from orchestrator.review.values import UNKNOWN

TABLE, POLICY, LB = "aws_dynamodb_table.this", "aws_iam_role_policy.this", "aws_lb.this"
ARN = "arn:aws:dynamodb:us-east-1:1:table/stories"
BEFORE = {"id": "stories", "name": "stories", "arn": ARN, "backups": [], "stream": False}


def resource(address: str, action: Action, before: Any, after: Any, **more: Any) -> Resource:
    return Resource(address, "", address.split(".")[0], "this", "aws", action, before, after, **more)


def replaced(address: str = TABLE, **more: Any) -> Resource:
    after = {"id": UNKNOWN, "name": "stories", "arn": UNKNOWN, "backups": [{"enabled": True}], "stream": None}
    return resource(address, Action.REPLACE, BEFORE, after, **{"action_reason": "replace_because_tainted", **more})


def finished(**values: Any) -> Resource:
    """What Terraform does once the mark is gone: the backups that the earlier run did not get to."""
    change = Difference(("backups", 0, "enabled"), None, True, added=True)
    after = {**BEFORE, "backups": [{"enabled": True}], **values}
    return resource(TABLE, Action.UPDATE, BEFORE, after, differences=(change,))


def policy(arn: Any, action: Action = Action.CREATE, **more: Any) -> Resource:
    return resource(POLICY, action, None, {"name": "save", "policy": arn, "effect": "allow"}, **more)


def different(then_: Sequence[Resource], now: Sequence[Resource], kept_: Sequence[str] = (TABLE,)) -> list[str]:
    return comparison.differences(*kept.settled(Plan(resources=tuple(then_)), Plan(resources=tuple(now)), kept_))


def test_what_was_to_be_replaced_for_its_mark_and_is_kept_is_no_difference() -> None:
    assert different([replaced()], [finished()]) == []
    settled = replace(finished(backups=[{"enabled": True}]), action=Action.NO_OP, differences=())
    assert different([replaced()], [settled]) == []


def test_without_being_said_in_the_bundle_it_is_one() -> None:
    assert different([replaced()], [finished()], ()) == [f"{TABLE}: to be replaced was reviewed, now to be changed"]


@pytest.mark.parametrize(
    ("then_", "now"),
    [
        # A value that was known and is another now.
        (replaced(), finished(backups=[{"enabled": False}])),
        (replaced(), finished(stream=True)),
        # Another object.
        (replaced(), replace(finished(), before={**BEFORE, "id": "others"})),
        (replaced(), replace(finished(), moved_from="aws_dynamodb_table.old")),
        # More than its mark.
        (replaced(replace_paths=(("hash_key",),)), finished()),
        (replaced(action_reason="replace_by_request"), finished()),
        # It goes, or is replaced all the same.
        (replaced(), replace(finished(), action=Action.DELETE, after=None)),
    ],
)
def test_anything_else_that_is_done_to_it_is_a_difference(then_: Resource, now: Resource) -> None:
    assert different([then_], [now]) != []


def test_a_value_that_was_known_only_after_the_replacement_may_be_known_now() -> None:
    assert different([replaced(), policy(UNKNOWN)], [finished(), policy(ARN)]) == []
    changed = replace(policy(UNKNOWN, Action.UPDATE), before={"name": "save", "policy": ARN, "effect": "allow"})
    same = replace(changed, action=Action.NO_OP, after=changed.before)
    assert different([replaced(), changed], [finished(), same]) == []
    data = resource("data.aws_iam_policy_document.this", Action.READ, None, {"json": UNKNOWN}, managed=False)
    assert different([replaced(), data], [finished()]) == []


@pytest.mark.parametrize(
    "now",
    [
        replace(policy(ARN), after={"name": "save", "policy": ARN, "effect": "deny"}),
        replace(policy(ARN), action=Action.DELETE, before={"id": "save"}, after=None),
        replace(policy(ARN), address="aws_iam_role_policy.other"),
    ],
)
def test_of_what_depends_on_it_everything_else_stays_a_difference(now: Resource) -> None:
    assert different([replaced(), policy(UNKNOWN)], [finished(), now]) != []


def test_what_was_not_reviewed_at_all_is_a_difference() -> None:
    more = resource(LB, Action.DELETE, {"id": "lb"}, None)
    assert different([replaced()], [finished(), more]) == [f"{LB}: to be destroyed, and that was not reviewed"]
    known = replace(policy(ARN), after={"name": "save", "policy": "another", "effect": "allow"})
    assert different([replaced(), policy(ARN)], [finished(), known]) != []


def test_outputs_that_were_unknown_may_be_known_and_no_others() -> None:
    def differences(then_: Any, now: Any) -> list[str]:
        one, other = (
            Plan(resources=(item,), outputs=(Output("table", Action.CREATE, None, value),))
            for item, value in ((replaced(), then_), (finished(), now))
        )
        return comparison.differences(*kept.settled(one, other, [TABLE]))

    assert differences({"arn": UNKNOWN, "name": "stories"}, {"arn": ARN, "name": "stories"}) == []
    assert differences({"arn": UNKNOWN, "name": "stories"}, {"arn": ARN, "name": "others"}) != []
    assert differences("stories", "others") != []


def stopping(plan: Plan, **unfinished: str) -> list[Finding]:
    found = review.review(plan, context=Context(unfinished={TABLE: "never live"} if unfinished else {}))
    assert found.stops is not bool(unfinished)
    return [finding for finding in found.findings if not finding.excepted]


def test_the_replacement_of_what_was_never_live_stops_nothing_and_is_shown_with_why() -> None:
    plan = Plan(resources=(replaced(),))
    assert [finding.rule for finding in stopping(plan)] == ["data-replaced"]
    assert stopping(plan, excused="yes") == []
    (told,) = review.review(plan, context=Context(unfinished={TABLE: "never live"})).findings
    assert (told.rule, told.excepted) == ("data-replaced", "never live")


def test_of_a_tainted_resource_the_way_to_keep_it_is_named() -> None:
    (told,) = stopping(Plan(resources=(replaced(),)))
    assert f"`terraform untaint '{TABLE}'`" in told.advice
    (forced,) = stopping(Plan(resources=(replaced(replace_paths=(("hash_key",),)),)))
    assert "untaint" not in forced.advice


@pytest.mark.parametrize(
    ("then_", "now", "there", "same"),
    [
        (None, "STANDARD", "STANDARD", True),
        (None, "INFREQUENT", "STANDARD", False),
        (None, False, True, True),
        ({"class": None}, {"class": "STANDARD"}, {"class": "STANDARD"}, True),
        ([{"class": None}], [{"class": "STANDARD"}], [{"class": "OTHER"}], False),
        (1, True, 1, False),
        ('{"a": 1}', '{"a": 2}', '{"a": 2}', False),
        ({}, {"a": "new"}, {}, False),
        ({}, {"a": "there"}, {"a": "there"}, True),
    ],
)
def test_what_nobody_sets_may_be_what_is_there(then_: Any, now: Any, there: Any, same: bool) -> None:
    assert kept.fits(then_, now, there) is same
