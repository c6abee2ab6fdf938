"""What was opened or weakened outside of Terraform: told by what it means, and by whether the plan leaves it so."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Finding, Review
from orchestrator.review.reading.reading import read
from orchestrator.review.render import terminal
from orchestrator.review.review import review
from tests.review.plans import change

GROUP = "aws_security_group.web"
CLOSED = {"id": "sg-1", "name": "web", "ingress": []}
RULE = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
OPEN = CLOSED | {"ingress": [RULE]}


def _reviewed(drift: dict[str, Any], *changes: dict[str, Any], configured: tuple[str, ...] = ()) -> Review:
    block = {"address": drift["address"], "type": drift["type"], "name": drift["name"], "mode": "managed"}
    block["expressions"] = {key: {} for key in configured}
    shown = {
        "format_version": "1.2",
        "resource_changes": list(changes),
        "resource_drift": [drift],
        "configuration": {"root_module": {"resources": [block]}},
    }
    return review(read(shown))


def _told(found: Review) -> list[Finding]:
    return [item for item in found.findings if item.rule == "weakened-outside"]


def test_a_group_that_was_opened_by_hand_and_is_left_so_is_as_bad_as_one_that_a_plan_opens() -> None:
    for configured in (("name", "ingress"), ("name",)):
        found = _reviewed(change(GROUP, CLOSED, OPEN), change(GROUP, OPEN, OPEN), configured=configured)
        assert [str(item.severity) for item in _told(found)] == ["critical"]
        assert "leaves it so" in _told(found)[0].reason
        assert [item.address for item in found.plan.drift] == [GROUP]
        assert "without bearing" not in terminal.render(found)


def test_what_the_plan_changes_back_is_a_remark() -> None:
    found = _reviewed(change(GROUP, CLOSED, OPEN), change(GROUP, OPEN, CLOSED), configured=("name", "ingress"))
    assert [str(item.severity) for item in _told(found)] == ["low"]
    assert "changes it back" in _told(found)[0].reason


def test_rules_that_have_resources_of_their_own_were_not_made_by_hand() -> None:
    own = {"security_group_id": "sg-1", "from_port": 22, "to_port": 22, "ip_protocol": "tcp", "cidr_ipv4": "0.0.0.0/0"}
    rule = change("aws_vpc_security_group_ingress_rule.ssh", own, own)
    assert _told(_reviewed(change(GROUP, CLOSED, OPEN), change(GROUP, OPEN, OPEN), rule, configured=("name",))) == []


def test_protection_and_policies_that_were_changed_by_hand_are_told() -> None:
    on, off = {"deletion_protection": True}, {"deletion_protection": False}
    database = change("aws_db_instance.d", on, off)
    left = _reviewed(database, change("aws_db_instance.d", off, off), configured=("deletion_protection",))
    assert [str(item.severity) for item in _told(left)] == ["high"]
    restored = _reviewed(database, change("aws_db_instance.d", off, on), configured=("deletion_protection",))
    assert [str(item.severity) for item in _told(restored)] == ["low"]
    gone = _reviewed(database, change("aws_db_instance.d", off, None), configured=("deletion_protection",))
    assert _told(gone) == []
    narrow = {"policy": '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'}
    wide = {"policy": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'}
    policy = change("aws_iam_policy.p", narrow, wide)
    found = _reviewed(policy, change("aws_iam_policy.p", wide, wide), configured=("policy",))
    assert {str(item.severity) for item in _told(found)} >= {"critical"}


def test_what_was_closed_by_hand_or_is_filled_in_by_other_resources_says_nothing() -> None:
    assert _told(_reviewed(change(GROUP, OPEN, CLOSED), change(GROUP, CLOSED, CLOSED), configured=("ingress",))) == []
    role = change(
        "aws_iam_role.r",
        {"managed_policy_arns": []},
        {"managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
    )
    same = change("aws_iam_role.r", role["change"]["after"], role["change"]["after"])
    assert _told(_reviewed(role, same, configured=("name",))) == []
