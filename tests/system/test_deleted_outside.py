"""What somebody deletes behind Terraform's back is told before it is made again."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import Any

import pytest

from tests.system.conftest import PYTHON, STORY, Clone, Run, Running
from tests.system.states import States

pytestmark = pytest.mark.system

TABLE = 'module.storage.module.table["stories"].aws_dynamodb_table.this'
LOGS = 'module.service["words"].aws_cloudwatch_log_group.this'
RULE = 'module.load_balancer.aws_lb_listener_rule.this["/api/words"]'
TABLE_NAME = "storyizer-local-stories"
LOG_GROUP = "/ecs/storyizer-local/words"
HEAD = "Deleted outside of Terraform, what they held is gone (2 resources):"
EXCEPTION = """
[[exception]]
address = '{}'
rule = "deleted-outside"
reason = "nothing in it was wanted"
expires = 2099-12-31
"""


def at_a_terminal(clone: Clone, answer: str, *arguments: str) -> Run:
    """A command typed at a terminal by somebody who answers so."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, answer.encode() + b"\n")
        process = subprocess.Popen(
            [PYTHON, "orchestrate.py", *arguments], cwd=clone.folder, text=True, stdin=terminal,
            env={name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        clone.runs.append(Running(process))
        return clone.runs[-1].end(None)
    finally:
        os.close(terminal)
        os.close(keyboard)


def delete(clone: Clone) -> None:
    """The table with its stories, a log group, and the way to the words."""
    clone.client("dynamodb").delete_table(TableName=TABLE_NAME)
    clone.client("logs").delete_log_group(logGroupName=LOG_GROUP)
    balancers = clone.client("elbv2")
    (rule,) = [item for item in rules(clone) if "/api/words" in str(item["Conditions"])]
    balancers.delete_rule(RuleArn=rule["RuleArn"])


def rules(clone: Clone) -> list[dict[str, Any]]:
    """The listener's rules."""
    balancers = clone.client("elbv2")
    (balancer,) = balancers.describe_load_balancers()["LoadBalancers"]
    (listener,) = balancers.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return list(balancers.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"])


def there(clone: Clone) -> tuple[bool, bool, bool]:
    """Whether table, log group and rule are there."""
    groups = clone.client("logs").describe_log_groups()["logGroups"]
    return (
        TABLE_NAME in clone.client("dynamodb").list_tables()["TableNames"],
        LOG_GROUP in [item["logGroupName"] for item in groups],
        any("/api/words" in str(item["Conditions"]) for item in rules(clone)),
    )


@pytest.fixture
def deleted(states: States) -> Clone:
    """A clone whose table, with a story in it, log group and rule were just deleted."""

    def make() -> Clone:
        clone = states.base()
        assert clone.post("/api/stories", STORY).status == 201
        delete(clone)
        return clone

    return states.given("deleted", make)


def test_where_nobody_can_answer_nothing_is_applied_and_all_of_it_is_named(deleted: Clone) -> None:
    stopped = deleted.run("up", "--yes", code=3)
    head, _, _ = stopped.stderr.partition("\nFindings")
    assert "DANGEROUS" in head
    assert HEAD in head
    assert f"Deleted outside of Terraform, made again by this plan:\n  {RULE}\n" in head
    assert f'The table "{TABLE_NAME}" was deleted outside of Terraform; what it held is gone' in stopped.stderr
    assert f"nothing was applied to local: {TABLE} and {LOGS} were deleted outside of Terraform" in stopped.stderr
    assert 'rule = "deleted-outside"' in stopped.stderr
    assert stopped.stdout == ""
    assert there(deleted) == (False, False, False)
    assert list((deleted.folder / ".storyizer").rglob("*.tfplan")) == []


def test_another_answer_than_yes_applies_nothing(deleted: Clone) -> None:
    stopped = at_a_terminal(deleted, "no", "up")
    assert stopped.code == 3, stopped.stderr
    assert "Make them again, empty, and apply this to local? Type yes to go on:" in stopped.stderr
    assert "The question was not answered with yes." in stopped.stderr
    assert there(deleted) == (False, False, False)


def test_who_answers_yes_gets_them_again(deleted: Clone) -> None:
    done = at_a_terminal(deleted, "yes", "up")
    assert done.code == 0, done.stderr
    assert there(deleted) == (True, True, True)
    assert deleted.story_ids() == []
    assert deleted.get("/api/words?kind=noun").status == 200


@pytest.mark.long
def test_who_applies_a_bundle_has_read_of_it(deleted: Clone) -> None:
    planned = deleted.run("plan", "--json").json()
    lost = [item["address"] for item in planned["review"]["deleted_outside"] if item["lost"]]
    assert sorted(lost) == [LOGS, TABLE]
    deleted.run("apply", planned["bundle_path"], "--sha256", planned["bundle"])
    assert there(deleted) == (True, True, True)


@pytest.mark.long
def test_an_exception_goes_on_and_says_it_again(deleted: Clone) -> None:
    policy = deleted.folder / "terraform" / "review.toml"
    policy.write_text(policy.read_text() + EXCEPTION.format(TABLE) + EXCEPTION.format(LOGS))
    done = deleted.run("up")
    assert HEAD in done.stderr
    assert "nothing in it was wanted" in done.stderr
    assert there(deleted) == (True, True, True)
    # Nothing is deleted: nothing is found, nothing is asked.
    assert "deleted outside" not in deleted.run("up").stderr.lower()


@pytest.mark.long
def test_what_somebody_opened_is_said_also_where_the_plan_changes_nothing(base: Clone) -> None:
    """A rule beside those of Terraform, which knows nothing of it and leaves it so."""
    client = base.client("ec2")
    found = client.describe_security_groups(Filters=[{"Name": "tag:Name", "Values": ["storyizer-local-words"]}])
    (group,) = found["SecurityGroups"]
    client.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    done = base.run("up", "--json")
    says = 'warning: module.service["words"].aws_security_group.this: Somebody changed this outside of Terraform'
    assert says in done.stderr and "The whole internet can reach tcp 22 (SSH)" in done.stderr
    assert done.json()["changes"]["change"] == 0
    assert says in base.run("up").stderr, "it is said again, as long as it is so"
    planned = base.run("plan", "--json").json()
    assert [item["rule"] for item in planned["review"]["findings"]] == ["weakened-outside"]
    assert planned["stops"] is False, "there is nothing that it could stop"
