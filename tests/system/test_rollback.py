"""Back to an earlier release by the commands: nobody's request is lost, whatever lies between the two."""

from __future__ import annotations

import json
import os
import shutil
import signal
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from orchestrator.project.routing import listener_priority
from tests.orchestrator.project.manifests import sharing
from tests.system.conftest import Clone, Run
from tests.system.look import STATE_BUCKET
from tests.system.polling import Polling
from tests.system.states import States

pytestmark = pytest.mark.system

WORDS = "services/words/service.yaml"
VERSION = "services/words/app/contract.py"
# A hundred requests per second on the three paths together.
INTERVAL_SECONDS = 0.03


# Both would have the place of /api/words among the load balancer's rules, and come before it by name.
VERBS, QUIPS = islice(sharing("/api/words"), 2)


def add_service(clone: Clone, name: str, path: str) -> None:
    """One more service: words on a path of its own."""
    shutil.copytree(clone.folder / "services/words", clone.folder / "services" / name)
    clone.edit(f"services/{name}/service.yaml", "paths: [/api/words]", f"paths: [{path}]")


class RolledBack(NamedTuple):
    """A clone that went back: what its two `up --json` and the `rollback --json` said, and what became of requests.

    `refused` is another rollback that was tried meanwhile.
    """

    clone: Clone
    first: dict[str, Any]
    second: dict[str, Any]
    ended: Run
    refused: Run
    asked: int
    lost: list[str]


@pytest.fixture
def rolled_back(states: States) -> RolledBack:
    """Up with `verbs` as a service, then with much of it changed, then back again."""

    def make() -> RolledBack:
        clone = states.base()
        add_service(clone, "verbs", VERBS)
        first = clone.up()
        assert clone.get(f"{VERBS}?kind=noun&count=3").status == 200
        shutil.rmtree(clone.folder / "services/verbs")
        add_service(clone, "quips", QUIPS)
        clone.edit(WORDS, "port: 8000 ", "port: 9000 ")
        clone.edit(WORDS, "table: none ", "table: read-only ")
        clone.edit(VERSION, '"1.0"', '"2.0"')
        second = clone.up()
        assert clone.words_version() == "2.0"
        assert clone.get(f"{QUIPS}?kind=noun&count=3").status == 200
        with Polling(clone.url, interval_seconds=INTERVAL_SECONDS) as polling:
            running = clone.begin("rollback", "--json")
            running.wait_for("terraform plan")
            refused = clone.run("rollback", first["release"]["name"], code=1)
            return RolledBack(clone, first, second, running.end(), refused, *polling.take())

    return states.given("rolled back", make, keep=True)


def test_a_rollback_takes_back_port_services_and_access_and_loses_no_request(rolled_back: RolledBack) -> None:
    clone, first, second = rolled_back.clone, rolled_back.first["release"], rolled_back.second["release"]
    ended = rolled_back.ended
    assert "another run is at work on local" in rolled_back.refused.stderr
    # A machine with other things to do answers fewer.
    assert (rolled_back.lost, rolled_back.asked > 300) == ([], True), f"{rolled_back.lost} of {rolled_back.asked}"
    said = ended.json()
    assert (said["rolled_back_to"], said["before"], said["was_live"]) == (first["name"], second["name"], False)
    assert said["release"]["rollback_of"] == first["name"]
    assert said["release"]["number"] == second["number"] + 1
    assert said["release"]["commit"] == first["commit"]
    digests = {name: image["digest"] for name, image in said["images"].items()}
    assert digests == {name: image["digest"] for name, image in rolled_back.first["images"].items()}
    # As before the second `up`, and Terraform has nothing to add.
    assert clone.words_version() == "1.0"
    assert clone.get(f"{VERBS}?kind=noun&count=3").status == 200
    assert clone.get(f"{QUIPS}?kind=noun&count=3").status != 200
    assert clone.plain_terraform_plan() == 0
    # Nobody has moved for a path that came or went.
    place = listener_priority("/api/words")
    numbers = {path: int(rule["Priority"]) for rule in ways(clone) for path in rule["Conditions"][0]["Values"]}
    assert (numbers["/api/words"], numbers[VERBS]) == (place, place + 1)
    status = clone.run("status", "--json").json()
    assert set(status["services"]) == {"save", "verbs", "website", "words"}
    assert status["served_by_standby"] == []
    # What is said of it: the stages of any deploy, what stays, and what an `up` would do now.
    assert {"standby", "rollout", "smoke test", "soak", "hand over"} <= {stage["name"] for stage in said["stages"]}
    assert "are not part of a release" in ended.stderr
    assert said["next_up"] == (
        "an `up local` from this checkout undoes this: it deploys words and adds quips and removes verbs"
    )


def ways(clone: Clone) -> list[dict[str, Any]]:
    """The listener's rules, but for the default action."""
    balancers = clone.client("elbv2")
    (balancer,) = balancers.describe_load_balancers()["LoadBalancers"]
    (listener,) = balancers.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    found = balancers.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    return [rule for rule in found if not rule["IsDefault"]]


def test_what_is_live_already_is_left_alone(rolled_back: RolledBack) -> None:
    clone = rolled_back.clone
    said = clone.run("releases", "--json").json()
    told, live = said["releases"], said["live"]
    said = clone.run("rollback", live, "--json").json()
    assert (said["was_live"], said["release"]["name"]) == (True, live)
    assert clone.run("releases", "--json").json()["releases"] == told


def test_the_releases_say_what_was_deployed_and_what_failed(rolled_back: RolledBack) -> None:
    clone = rolled_back.clone
    (clone.folder / "services/words/Dockerfile").write_text("FROM scratch\nCOPY /nowhere /\n")
    failed = clone.run("up", code=1)
    (clone.folder / "services/words/Dockerfile").unlink()
    said = clone.run("releases", "--json").json()
    newest, (live, second, first) = said["releases"][0], [item for item in said["releases"] if item["proven"]][:3]
    assert (newest["proven"], newest["name"], newest["verb"], newest["outcome"]) == (False, None, "up", "failed")
    assert newest["error"]["message"] in failed.stderr
    assert (second["name"], first["name"]) == (
        rolled_back.second["release"]["name"],
        rolled_back.first["release"]["name"],
    )
    assert said["live"] == live["name"]
    assert (live["live"], second["live"], live["rollback_of"]) == (True, False, first["name"])
    assert live["images"] == first["images"] != second["images"]
    for item in (live, second, first):
        assert item["proven"] and len(item["plan"]) == 64
        assert item["created_by"] and item["host"] and item["identity"].startswith("arn:aws") and item["seconds"] > 1
    one = clone.run("releases", second["name"], "--json").json()
    assert one["release"] == second
    drawn = Path(one["picture"]).read_text(encoding="utf-8")
    assert f"{second['name']} went live" in drawn and f"{live['name']} went live" not in drawn
    assert str(Path(one["picture"]).relative_to(clone.folder)) in clone.run("releases", second["name"]).stdout
    shown = clone.run("releases").stdout
    assert f"proven, {first['name']} again (live)" in shown
    assert newest["error"]["message"][:40] in shown


def test_every_command_leaves_a_record_also_one_that_was_killed(rolled_back: RolledBack) -> None:
    clone = rolled_back.clone
    (clone.folder / "services/words/Dockerfile").write_text("FROM scratch\nCOPY /nowhere /\n")
    clone.run("up", code=1)
    (clone.folder / "services/words/Dockerfile").unlink()
    running = clone.begin("up")
    running.wait_for(r"terraform plan \.\.\.")
    os.killpg(running.process.pid, signal.SIGKILL)
    running.end(code=-9)
    clone.run("rollback", "r999999", code=64)
    records = clone.run("releases", "--audit", "--json").json()["records"]
    killed, *before = records
    assert (killed["verb"], killed["outcome"], killed["seconds"]) == ("up", "begun", None)
    assert before[0]["outcome"] == "failed"
    # The oldest are those of the base, of two deploys and of the way back; a system that is kept was stopped.
    oldest = [record for record in before if record["verb"] != "stop"][-4:]
    went_back, brought_up = ("rollback", "succeeded"), ("up", "succeeded")
    told = [(record["verb"], record["outcome"]) for record in oldest]
    assert told == [went_back, brought_up, brought_up, brought_up]
    assert oldest[0]["release_name"] != oldest[1]["release_name"]
    assert "began, and never ended" in clone.run("releases", "--audit").stdout


def test_releases_that_cannot_be_gone_back_to_are_refused_before_anything_begins(rolled_back: RolledBack) -> None:
    clone, first, second = rolled_back.clone, rolled_back.first["release"], rolled_back.second["release"]
    s3, bucket = clone.client("s3"), STATE_BUCKET
    live = clone.run("releases", "--json").json()["live"]

    ended = clone.run("rollback", "r999999", code=64)
    assert "local has no release r999999" in ended.stderr
    ended = clone.run("rollback", "yesterday", code=64)
    assert "'yesterday' names no release" in ended.stderr
    ended = clone.run("rollback", "r1", "nowhere", code=64)
    assert "there is no environment 'nowhere'" in ended.stderr

    # An image that somebody has deleted.
    digest = rolled_back.second["images"]["quips"]["digest"]
    clone.client("ecr").batch_delete_image(repositoryName="storyizer/quips", imageIds=[{"imageDigest": digest}])
    ended = clone.run("rollback", second["name"], code=1)
    assert f"images of {second['name']} are gone from the registry: quips" in ended.stderr
    assert digest in ended.stderr

    # A release whose images are in another account's registry.
    key = f"local/releases/{first['number']:06d}.json"
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    kept = json.loads(text)
    for name, uri in kept["images"].items():
        kept["images"][name] = f"999999999999.dkr.ecr.us-east-1.amazonaws.com/{uri.partition('/')[2]}"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(kept).encode())
    ended = clone.run("rollback", first["name"], code=1)
    s3.put_object(Bucket=bucket, Key=key, Body=text)
    assert f"{first['name']} is of another account or region than local" in ended.stderr

    assert "storyizer" not in clone.run("promote", "local", "local", code=64).stdout
    assert clone.run("releases", "--json").json()["live"] == live
    assert clone.run("status", "--json").json()["release"]["name"] == live
