"""What happens to an environment that is live: each fault is told, what was live serves, and the next run goes on."""

from __future__ import annotations

import re

import pytest

from orchestrator.terraform import silence
from tests.system.aws_names.faults.seen import NAMED_SECONDS, denied, expired, tell, throttling
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.world import World

pytestmark = pytest.mark.system

BUCKET = "storyizer-tfstate-111111111111-us-east-1"
CONTRACT = "services/words/app/contract.py"
ME = "arn:aws:iam::111111111111:user/engineer"
PERSON = "*user/engineer"
# What Terraform waits for is named when it has waited for longer than is usual.
WAITED_FOR_SECONDS = silence.PATIENCE_SECONDS + 10


def test_the_state_bucket_is_refused(world: World, checkout: Rehearsal, live: str) -> None:
    world.fault({"service": "s3", "code": "AccessDenied", "status": 403})
    told = tell(checkout, "plan", "staging")
    told.is_one_message(f"the state bucket {BUCKET} is not accessible", ME, "s3:ListBucket", code=1)


def test_the_state_bucket_is_in_another_region(world: World, checkout: Rehearsal, live: str) -> None:
    world.fault({"service": "s3", "effect": "redirect", "region": "ap-northeast-2"})
    told = tell(checkout, "plan", "staging")
    told.is_one_message(
        f"the state bucket {BUCKET} is not in us-east-1", "It is in ap-northeast-2", code=1, without=["credentials"]
    )


@pytest.mark.parametrize(
    ("service", "action", "resource"),
    [
        ("s3", "PutObject", f"arn:aws:s3:::{BUCKET}/staging/terraform.tfstate.tflock"),
        ("ecr", "DescribeImages", "arn:aws:ecr:us-east-1:111111111111:repository/storyizer/words"),
        ("elasticloadbalancing", "DescribeLoadBalancers", "*"),
    ],
)
def test_a_missing_right_is_named_with_who_lacks_it_on_what(
    world: World, checkout: Rehearsal, live: str, service: str, action: str, resource: str
) -> None:
    world.fault(denied(service, action, resource))
    told = tell(checkout, "plan", "staging")
    told.is_one_message(f"{service}:{action} on resource: {resource}", ME, code=1, without=["aws sso login"])


def test_a_name_that_is_lost_on_the_way_is_told(world: World, checkout: Rehearsal, live: str) -> None:
    name = "elasticloadbalancing.us-east-1.amazonaws.com"
    world.unknown(name)
    told = tell(checkout, "plan", "staging")
    told.is_one_message(
        f"lookup {name}", "no such host", "check the network and its DNS", code=1, without=["sso login"]
    )
    assert told.seconds < NAMED_SECONDS


def test_what_terraform_waits_for_is_named_and_the_plan_goes_on_when_it_answers(
    world: World, checkout: Rehearsal, live: str
) -> None:
    world.fault(
        # Not a number of times: between two of them the provider waits for as long as chance will have it.
        throttling("ecs", action="DescribeClusters", lasts=WAITED_FOR_SECONDS),
        {"service": "dynamodb", "action": "DescribeTable", "effect": "hang", "seconds": 45, "times": 1},
    )
    told = tell(checkout, "plan", "staging")
    assert told.code == 0, told.said
    assert (
        "Terraform waits for ECS DescribeClusters: ecs.us-east-1.amazonaws.com answers ThrottlingException" in told.said
    )
    assert "Terraform waits for DynamoDB DescribeTable: " in told.said
    assert "sso login" not in told.said


def test_a_push_that_fails_half_way_and_credentials_that_end_in_the_apply_are_gone_on_from(
    world: World, checkout: Rehearsal, live: str
) -> None:
    checkout.edit(CONTRACT, '"1.0"', '"after faults"')
    text = f"User: {ME} is not authorized to perform: ecr:PutImage"
    world.fault({"service": "registry", "method": "PUT", "path": "*/manifests/*", "code": "DENIED", "message": text,
                 "status": 403})  # fmt: skip
    pushed = tell(checkout, "up", "staging", "--yes")
    pushed.is_one_message("the push of words was not finished", text, "allow ecr:PutImage", code=1)
    assert "1.0" in served(checkout, live)

    # Terraform has changed the service, and its credentials end before it can read or write anything more.
    world.fault(expired(principal=PERSON, since="UpdateService"))
    ended = tell(checkout, "up", "staging", "--yes")
    ended.is_one_message(
        "terraform apply failed",
        "api error ExpiredToken",
        "renew the credentials (aws sso login)",
        "run `up` again",
        code=1,
    )
    world.fault()
    assert served(checkout, live)
    done = tell(checkout, "up", "staging", "--yes")
    assert done.code == 0, done.said
    assert "what an earlier apply could not write is written" in done.said
    assert "after faults" in served(checkout, live)


def test_credentials_that_end_after_the_apply_are_gone_on_from(world: World, checkout: Rehearsal, live: str) -> None:
    checkout.edit(CONTRACT, '"after faults"', '"after the apply"')
    world.fault(expired(service="ecs", action="ListServices", principal=PERSON, since="UpdateService"))
    unwatched = tell(checkout, "up", "staging", "--yes")
    unwatched.is_one_message(
        "the new version could not be watched to its end",
        "The credentials have expired",
        "renew the credentials (aws sso login), then: run the same command again",
        code=1,
    )
    assert served(checkout, live)

    world.fault(expired(service="s3", action="PutObject", path="*/releases/*", principal=PERSON))
    unwritten = tell(checkout, "up", "staging", "--yes")
    unwritten.is_one_message(
        "the new version is live, but its release could not be written down",
        "renew the credentials (aws sso login), then: run the same command again",
        code=1,
    )
    assert "after the apply" in served(checkout, live)

    world.fault()
    before = len(world.calls())
    done = tell(checkout, "up", "staging", "--yes")
    assert done.code == 0, done.said
    assert not [call for call in world.calls()[before:] if call["action"] == "UpdateService"]


def test_a_bundle_that_was_applied_and_not_proven_is_gone_on_with_by_the_same_command(
    world: World, checkout: Rehearsal, live: str
) -> None:
    set_version(checkout, "from a bundle")
    planned = checkout.json("plan", "staging")
    same = ("apply", planned["bundle_path"], "--sha256", planned["bundle"])
    world.fault(expired(service="ecs", action="ListServices", principal=PERSON))
    unchanged = tell(checkout, *same)
    unchanged.is_one_message("nothing was changed", "then: run the same command again", code=1)

    world.fault(expired(service="ecs", action="ListServices", principal=PERSON, since="UpdateService"))
    unwatched = tell(checkout, *same)
    unwatched.is_one_message(
        "the new version could not be watched to its end", "then: run the same command again", code=1
    )
    assert served(checkout, live)

    world.fault(expired(service="s3", action="PutObject", path="*/releases/*", principal=PERSON))
    unwritten = tell(checkout, *same)
    unwritten.is_one_message(
        "the new version is live, but its release could not be written down", "then: run the same command again", code=1
    )
    assert "from a bundle" in served(checkout, live)

    world.fault()
    before = len(world.calls())
    done = checkout.json(*same)
    assert done["release"]["bundle"] == planned["bundle"]
    assert not [call for call in world.calls()[before:] if call["action"] == "UpdateService"]


def test_a_job_that_applied_and_could_not_prove_is_run_again(world: World, checkout: Rehearsal, live: str) -> None:
    set_version(checkout, "from a job")
    commit = checkout.commit("The words' next version")
    checkout.run("ci", "plan", "staging", "--commit", commit)
    job = ("ci", "apply", "staging", "--commit", commit)
    # The rollout asks for tasks, and Terraform does not.
    world.fault(expired(service="ecs", action="ListTasks", principal=PERSON, since="UpdateService"))
    unwatched = tell(checkout, *job)
    unwatched.is_one_message(
        "the new version could not be watched to its end", "then: run the same command again", code=1
    )
    assert served(checkout, live)

    world.fault()
    before = len(world.calls())
    done = checkout.json(*job)
    assert done["exit_code"] == 0
    assert f"Bundle {done['bundle'][:12]} is applied already" in done["notes"][0]
    assert done["release"]["bundle"] == done["bundle"]
    assert "from a job" in served(checkout, live)
    assert not [call for call in world.calls()[before:] if call["action"] == "UpdateService"]


def set_version(checkout: Rehearsal, version: str) -> None:
    """Another version of words, whatever it was."""
    file = checkout.folder / CONTRACT
    file.write_text(re.sub(r'"[^"]*"\)$', f'"{version}")', file.read_text(), count=1, flags=re.MULTILINE))
    assert f'"{version}")' in file.read_text()


def served(checkout: Rehearsal, url: str) -> str:
    """What words says of itself, through the load balancer."""
    status, body = checkout.get(f"{url}api/words/openapi.json")
    assert status == 200
    return body


def test_a_second_plan_is_clean_after_all_of_it(checkout: Rehearsal, live: str) -> None:
    told = tell(checkout, "plan", "staging", "--detailed-exitcode")
    assert told.code == 0, told.said
