"""What an earlier run has left half made: what is kept, what is made again, what is left to the review."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.aws.stored import Stored
from orchestrator.prepare import unfinished
from orchestrator.project import manifest
from orchestrator.releases.releases import Release
from orchestrator.review import kept
from orchestrator.review.model import Action, Plan, Resource

TABLE = 'module.storage.module.table["stories"].aws_dynamodb_table.this'
NEW = 'module.storage.module.table["drafts"].aws_dynamodb_table.this'
KEY, BALANCER = "aws_kms_key.this", "module.alb.aws_lb.this"


def marked(address: str, before: dict[str, Any] | None = None, **more: Any) -> Resource:
    """A resource that is replaced for its mark."""
    kind = address.split(".")[-2]
    values = {"action": Action.REPLACE, "action_reason": "replace_because_tainted", **more}
    return Resource(address, "", kind, "this", "aws", before=before or {"name": "x", "id": "x"}, after={}, **values)


def table(name: str, items: int = 0, **more: Any) -> Stored:
    return Stored("table", name, "items", {"items": items}, **more)


def never(kind: str, name: str) -> Stored:
    raise AssertionError("AWS is asked for nothing")


def test_before_the_first_release_data_are_kept_and_nobody_asks_what_they_hold() -> None:
    found = unfinished.judged([marked(TABLE), marked(KEY)], False, (), never)
    assert (set(found.kept), set(found.again)) == ({TABLE, KEY}, set())


def test_before_the_first_release_the_rest_is_made_again_unless_aws_does_not_delete_it() -> None:
    protected = marked("module.alb.aws_lb.other", {"name": "y", "enable_deletion_protection": True})
    found = unfinished.judged([marked(BALANCER), protected], False, (), never)
    assert (set(found.kept), set(found.again)) == ({protected.address}, {BALANCER})


@pytest.mark.parametrize(
    ("known", "stays"),
    # Who may not count may keep: that takes nothing from anybody.
    [
        (table("x"), True),
        (table("x", 1), False),
        (table("x", unknown="AccessDenied"), True),
        (table("x", about="about"), True),
    ],
)
def test_what_a_live_environment_does_not_know_yet_is_kept_if_it_holds_nothing(known: Stored, stays: bool) -> None:
    found = unfinished.judged([marked(NEW)], True, ["drafts"], lambda kind, name: known)
    assert (set(found.kept), set(found.again)) == ({NEW} if stays else set(), set())


def test_what_was_live_is_left_to_the_review_empty_or_not() -> None:
    live = [marked(TABLE), marked(KEY), marked(BALANCER), marked('module.service["words"].aws_ecs_service.this')]
    assert unfinished.judged(live, True, ["drafts"], never) == unfinished.Unfinished()


def test_a_new_service_s_parts_are_made_again_and_its_log_group_is_kept() -> None:
    group, service = (
        f'module.service["verbs"].{kind}.this' for kind in ("aws_cloudwatch_log_group", "aws_ecs_service")
    )
    found = unfinished.judged([marked(group), marked(service)], True, ["verbs"], never)
    assert (set(found.kept), set(found.again)) == ({group}, {service})


@pytest.mark.parametrize(
    ("known", "again"),
    [
        (table("x"), True),
        (table("x", 3), False),
        (table("x", unknown="AccessDenied"), False),
        (table("x", about="about"), False),  # AWS's number is up to six hours old
    ],
)
def test_what_is_to_be_replaced_for_more_than_its_mark_is_made_again_if_it_holds_nothing(
    known: Stored, again: bool
) -> None:
    forced = marked(TABLE, replace_paths=(("hash_key",),))
    found = unfinished.judged([forced, marked(KEY, replace_paths=(("x",),))], False, (), lambda kind, name: known)
    assert (set(found.kept), set(found.again)) == (set(), {TABLE} if again else set())


def test_only_what_is_replaced_for_its_mark_is_looked_at() -> None:
    others = Plan(resources=(marked(TABLE, action_reason=""), marked(KEY, action=Action.NO_OP)))
    assert list(kept.tainted(others)) == []
    assert list(kept.tainted(Plan(resources=(marked(TABLE),)))) == [marked(TABLE)]


def test_new_is_what_the_last_release_did_not_have() -> None:
    services = manifest.load()
    texts = {service.name: (service.folder / manifest.FILE_NAME).read_text() for service in services}
    last = Release(1, "2026-05-04T12:00:00Z", "kim", "abc", {}, {}, texts)
    assert unfinished.new_keys(services, last) == frozenset()
    assert {"words", "stories"} <= unfinished.new_keys(services, None)
    del texts["save"]
    assert unfinished.new_keys(services, last) >= {"save", "stories"}
    # A release that cannot be read has had anything.
    texts["save"] = "no: manifest\n"
    assert unfinished.new_keys(services, last) == frozenset()


def test_each_is_said_in_one_line() -> None:
    found = unfinished.judged(
        [marked(TABLE, {"name": "storyizer-staging-stories"}), marked(BALANCER)], False, (), never
    )
    assert list(unfinished.kept_lines(found)) == [
        "the table storyizer-staging-stories was left unfinished by an earlier run; it is kept and finished: "
        f"nothing is replaced ({TABLE})"
    ]
    (will,) = unfinished.will_lines(found)
    assert "it will be kept and finished by the apply" in will
    (again,) = unfinished.again_lines(found)
    assert again.startswith("the load balancer x was left unfinished") and "it is made again" in again
