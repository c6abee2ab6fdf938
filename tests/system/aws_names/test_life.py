"""An account's life under AWS's own names: from nothing to `down`, by a person and by a pipeline's jobs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.system import workloads
from tests.system.aws_names import evidence, planted, rehearsal, rights
from tests.system.aws_names.account import APPLY, PLAN, Account
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.rights import Needed
from tests.system.aws_names.world import DOMAIN, REGIONS, World

pytestmark = pytest.mark.system

CONTRACT, MAIN = "services/words/app/contract.py", "services/words/app/__main__.py"
PRICE = '  - get: /shop/price\n    status: 200\n    contains: "42"\n'
STORY = {"template": "The {noun} sleeps", "text": "The bear sleeps"}
STAGING_ROLE, PRODUCTION_ROLE = APPLY.format("staging"), APPLY.format("production")
STAGING = "terraform/environments/staging.tfvars"
PRODUCTION, SEOUL = "terraform/environments/production.tfvars", "terraform/environments/seoul.tfvars"
PLACEHOLDER = f"arn:aws:acm:{REGIONS[0]}:111111111111:certificate/00000000-0000-0000-0000-000000000000"
# With the name server, what a machine looks for that is not AWS: where images and providers come from.
LOOKED_FOR = {"registry-1.docker.io", "registry.terraform.io", "checkpoint-api.hashicorp.com"}
CERTIFICATE = """
import boto3
acm = boto3.client("acm", region_name={region!r})
print(acm.request_certificate(DomainName={domain!r}, ValidationMethod="DNS")["CertificateArn"])
"""
SECRETS = """
import boto3
secrets, parameters = (boto3.client(name, region_name={region!r}) for name in ("secretsmanager", "ssm"))
secrets.create_secret(Name="shop/api-key", SecretString='{{"key": "a-secret-of-19-signs"}}')
parameters.put_parameter(Name="/shop/parameter", Value="another", Type="SecureString")
"""
LEFT = """
import boto3, json
def of(service, operation, key, **given):
    return getattr(boto3.client(service, region_name={region!r}), operation)(**given)[key]
print(json.dumps({{
    "balancers": of("elbv2", "describe_load_balancers", "LoadBalancers"),
    "target groups": of("elbv2", "describe_target_groups", "TargetGroups"),
    "clusters": [arn for arn in of("ecs", "list_clusters", "clusterArns") if "storyizer" in arn],
    "tables": of("dynamodb", "list_tables", "TableNames"),
    "networks": of("ec2", "describe_vpcs", "Vpcs", Filters=[{{"Name": "tag:Project", "Values": ["storyizer"]}}]),
    "log groups": of("logs", "describe_log_groups", "logGroups"),
}}, default=str))
"""


@dataclass
class Elsewhere:
    """Two other environments, which come up while the first one is at work."""

    production: Future[dict[str, Any]]
    seoul: Future[dict[str, Any]]


@pytest.fixture(scope="module")
def account(checkout: Rehearsal) -> Account:
    """The account with a state bucket and the pipeline's roles."""
    made = Account(checkout, ["production", "staging"])
    made.set_up()
    return made


@pytest.fixture(scope="module")
def elsewhere(world: World, account: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """Production with workloads of every kind, by a job, and an environment in another region, by a person."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with ThreadPoolExecutor(2) as threads:
        yield Elsewhere(
            threads.submit(_production, account, rehearsal.make(world, folder / "production")),
            threads.submit(_seoul, rehearsal.make(world, folder / "seoul")),
        )


def _production(account: Account, checkout: Rehearsal) -> dict[str, Any]:
    arn = checkout.python(CERTIFICATE.format(domain=DOMAIN, region=REGIONS[0])).strip()
    checkout.edit(PRODUCTION, PLACEHOLDER, arn)
    account.bound(checkout, "production")
    workloads.add(checkout.folder / "services")
    # Names of Service Connect are the local environment's matter: what stands for them is not always quick enough here.
    checkout.edit("services/shop/service.yaml", PRICE, "")
    checkout.python(SECRETS.format(region=REGIONS[0]))
    said = checkout.json("up", "production", "--yes", **account.job(PRODUCTION_ROLE))
    status, page = checkout.get(said["url"])
    insecure = checkout.world.run("python3", "-c", NO_REDIRECT, DOMAIN).stdout.split()
    # Not by the person whose calls the documentation lists.
    verifying: dict[str, Any] = dict(planted.SABOTEUR)
    healthy = checkout.json("verify", "production", **verifying)
    checkout.python(planted.script(), **planted.SABOTEUR)
    checkout.edit(PRODUCTION, arn, planted.CERTIFICATE)
    broken = checkout.json("verify", "production", code=5, **verifying)
    return {
        "said": said, "status": status, "page": page, "insecure": insecure, "healthy": healthy["checks"],
        "broken": broken["checks"],
    }  # fmt: skip


# What plain HTTP answers, and where it leads.
NO_REDIRECT = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
connection.request("GET", "/stories")
answer = connection.getresponse()
print(answer.status, answer.headers.get("Location"))
"""


def _seoul(checkout: Rehearsal) -> dict[str, Any]:
    text = (checkout.folder / "terraform/environments/staging.tfvars").read_text()
    zones = [f'"{REGIONS[0]}{zone}"' for zone in "ab"]
    text = text.replace('environment = "staging"', 'environment = "seoul"')
    text = text.replace(", ".join(zones), f'"{REGIONS[1]}a", "{REGIONS[1]}c"').replace(REGIONS[0], REGIONS[1])
    (checkout.folder / SEOUL).write_text(text)
    said = checkout.json("up", "seoul", "--yes")
    status, _ = checkout.get(said["url"])
    story = checkout.post(f"{said['url']}api/stories", STORY)
    lost = checkout.run("down", "seoul", "--yes")
    left = json.loads(checkout.python(LEFT.format(region=REGIONS[1])))
    again = checkout.run("down", "seoul", "--yes", code=None)
    return {"said": said, "status": status, "story": story, "lost": lost.stderr, "left": left, "again": again}


@pytest.fixture(scope="module")
def staging(account: Account, elsewhere: Elsewhere) -> dict[str, Any]:
    """What the first `up` of staging says, by a job that has nothing but the pipeline's rights."""
    job = account.job(STAGING_ROLE)
    said: dict[str, Any] = account.checkout.json("up", "staging", "--yes", **job)
    return said


@pytest.fixture(scope="module")
def url(staging: dict[str, Any]) -> str:
    """The load balancer's own name, with a slash."""
    return str(staging["url"])


@pytest.fixture(scope="module")
def merged(account: Account, url: str) -> dict[str, Any]:
    """What a pull request's job and, after it, the merge's say of one changed line."""
    checkout = account.checkout
    checkout.edit(CONTRACT, '"1.0"', '"merged"')
    commit = checkout.commit("Another version of the words")
    out = ["--commit", commit, "--out", str(checkout.folder / ".storyizer" / "report")]
    planned = checkout.json("ci", "plan", "staging", *out, **account.job(PLAN))
    applied = checkout.json("ci", "apply", "staging", *out, **account.job(STAGING_ROLE))
    return {"planned": planned, "applied": applied, "version": version(checkout, url)}


def version(checkout: Rehearsal, url: str) -> str:
    """The version that words answers with, through the load balancer."""
    found: str = json.loads(checkout.get(f"{url}api/words/openapi.json")[1])["info"]["version"]
    return found


def test_an_empty_account_becomes_live_by_the_pipelines_rights_alone(
    account: Account, staging: dict[str, Any], url: str
) -> None:
    assert staging["changes"]["add"] >= 70 and staging["changes"]["destroy"] == 0
    assert f".{REGIONS[0]}.elb.amazonaws.com/" in url
    assert account.checkout.get(url)[0] == 200
    story = account.checkout.post(f"{url}api/stories", STORY)
    assert account.checkout.get(f"{url}api/stories/{story['id']}")[0] == 200


def test_a_second_plan_is_clean_and_a_second_up_changes_nothing(account: Account, url: str) -> None:
    checkout, job = account.checkout, account.job(STAGING_ROLE)
    checkout.run("plan", "staging", "--detailed-exitcode", code=0, **job)
    said = checkout.json("up", "staging", "--yes", **job)
    assert (said["changes"]["add"], said["changes"]["change"], said["changes"]["destroy"]) == (0, 0, 0)
    assert said["terraform_runs"][:1] == ["plan environment"]
    vouched = checkout.json("up", "staging", "--yes", "--if-changed", **job)
    assert vouched["terraform_runs"] == [] and vouched["release"] == said["release"]
    checkout.edit(STAGING, "log_retention_days       = 30", "log_retention_days       = 30 # a month")
    read = checkout.json("up", "staging", "--yes", "--if-changed", **job)
    assert read["terraform_runs"][:1] == ["plan environment"] and read["changes"]["change"] == 0
    checkout.edit(STAGING, "log_retention_days       = 30 # a month", "log_retention_days       = 30")


def test_a_changed_line_is_planned_by_a_pull_request_and_live_after_its_merge(merged: dict[str, Any]) -> None:
    assert merged["planned"]["exit_code"] == 0 and merged["applied"]["exit_code"] == 0
    assert merged["version"] == "merged"


def test_a_version_that_crashes_is_refused_and_the_one_before_serves(account: Account, url: str) -> None:
    checkout = account.checkout
    before = (checkout.folder / MAIN).read_text()
    served = version(checkout, url)
    (checkout.folder / MAIN).write_text(f'raise SystemExit("it does not start")\n{before}')
    try:
        failed = checkout.run("up", "staging", "--yes", code=4, **account.job(STAGING_ROLE))
    finally:
        (checkout.folder / MAIN).write_text(before)
    assert "words did not go live" in failed.stderr and "it does not start" in failed.stderr
    assert version(checkout, url) == served


def test_a_plan_that_is_kept_is_applied_as_it_is(account: Account, url: str) -> None:
    checkout, job = account.checkout, account.job(STAGING_ROLE)
    checkout.edit(STAGING, "log_retention_days       = 30", "log_retention_days       = 60")
    checkout.run("plan", "staging", **job)
    kept = checkout.folder.parent / "kept"
    shutil.copytree(checkout.folder / ".storyizer" / "staging" / "bundle", kept)
    applied = checkout.run("apply", str(kept), **job)
    assert "4 changed" in applied.stderr
    again = checkout.run("apply", str(kept), **job)
    assert "is applied already, nothing is left to change" in again.stderr
    assert checkout.get(url)[0] == 200


def test_production_serves_by_its_domain_with_tls_in_three_zones(elsewhere: Elsewhere) -> None:
    found = elsewhere.production.result()
    assert found["said"]["url"] == f"https://{DOMAIN}/"
    assert found["status"] == 200 and "<html" in found["page"]
    assert found["insecure"] == ["301", f"https://{DOMAIN}:443/stories"]
    assert {name: image["built"] for name, image in found["said"]["images"].items()} != {}


def test_verify_finds_nothing_in_a_healthy_environment_and_each_of_twelve_planted_faults(elsewhere: Elsewhere) -> None:
    found = elsewhere.production.result()
    assert [item for item in found["healthy"] if item["status"] == "failed"] == []
    assert len([item for item in found["healthy"] if item["status"] == "ok"]) > 30
    assert planted.unfound(found["broken"]) == []


def test_another_region_is_live_and_down_leaves_nothing_of_it(elsewhere: Elsewhere) -> None:
    found = elsewhere.seoul.result()
    assert f".{REGIONS[1]}.elb.amazonaws.com/" in found["said"]["url"] and found["status"] == 200
    assert found["story"]["id"]
    assert "the stories in storyizer-seoul-stories (1)" in found["lost"]
    assert {name: left for name, left in found["left"].items() if left} == {}
    assert found["again"].returncode == 0


def test_nothing_but_aws_is_looked_for(world: World, url: str, elsewhere: Elsewhere, merged: dict[str, Any]) -> None:
    elsewhere.production.result(), elsewhere.seoul.result()
    foreign = {asked["name"] for asked in world.names_asked() if not asked["known"]}
    assert foreign <= LOOKED_FOR


def test_every_image_is_pushed_and_pulled_with_the_registrys_login(world: World, merged: dict[str, Any]) -> None:
    registry = [call for call in world.calls() if call["service"] == "registry"]
    assert {call["method"] for call in registry if call["login"]} >= {"POST", "PUT", "GET"}
    assert {call["status"] for call in registry if not call["login"]} == {401}


def test_tasks_have_their_roles_credentials_and_nobody_elses(world: World, url: str) -> None:
    tables = [call for call in world.calls() if call["service"] == "dynamodb" and call["action"] == "PutItem"]
    assert tables
    assert {call["principal"].rpartition("/")[0].rpartition("/")[2] for call in tables} <= {
        f"storyizer-{name}-save-task" for name in ("staging", "production", "seoul")
    }


def test_the_files_of_the_machine_outside_are_as_they_were(world: World) -> None:
    inside = world.run("cat", "/etc/resolv.conf").stdout
    assert Path("/etc/resolv.conf").read_text() != inside
    assert "rehearsal" not in Path("/etc/hosts").read_text()


@pytest.fixture(scope="module")
def roles(account: Account, elsewhere: Elsewhere, merged: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The statements of the pipeline's roles, behind all that their jobs have done."""
    elsewhere.production.result()
    return {role: account.policies(role) for role in (PLAN, STAGING_ROLE, PRODUCTION_ROLE)}


@pytest.fixture(scope="module")
def needs(world: World, roles: dict[str, Any]) -> dict[str, set[Needed]]:
    """What the roles' jobs have asked AWS for."""
    calls = world.calls()
    return {role: rights.recorded(calls, role) | rights.pushed(calls) for role in roles}


def test_each_role_is_allowed_what_its_jobs_asked_for(
    roles: dict[str, list[dict[str, Any]]], needs: dict[str, set[Needed]]
) -> None:
    of = {PLAN: "staging", STAGING_ROLE: "staging", PRODUCTION_ROLE: "production"}
    assert {role: rights.lacking(roles[role], needs[role], of[role]) for role in roles} == {role: [] for role in roles}


def test_hosts_and_actions_are_those_that_the_documentation_lists(
    world: World, roles: dict[str, Any], tmp_path: Path
) -> None:
    found = evidence.of(world.calls())
    new = tmp_path / evidence.FILE.name
    new.write_text(evidence.text(found))
    listed = evidence.read()
    advice = f"if the change is meant: cp {new} {evidence.FILE}, then python -m tools.pages"
    assert found["hosts"] == listed["hosts"], advice
    # A call that is made now and then, such as one that is tried again, may be missing in one run.
    more = {who: sorted(set(actions) - set(listed["actions"][who])) for who, actions in found["actions"].items()}
    assert more == {who: [] for who in more}, advice


def test_no_role_is_allowed_what_nobody_asks_for(
    roles: dict[str, list[dict[str, Any]]], needs: dict[str, set[Needed]]
) -> None:
    applied = needs[STAGING_ROLE] | needs[PRODUCTION_ROLE] | rights.provider_calls(writing=True) | rights.other_days()
    planned = needs[PLAN] | needs[PRODUCTION_ROLE] | rights.provider_calls(writing=False) | rights.other_days()
    assert rights.unneeded(roles[STAGING_ROLE], applied) == []
    assert rights.unneeded(roles[PLAN], planned) == []


@pytest.mark.long
def test_a_statement_that_is_taken_away_or_added_is_found(
    roles: dict[str, list[dict[str, Any]]], needs: dict[str, set[Needed]]
) -> None:
    evidence = needs[STAGING_ROLE] | needs[PRODUCTION_ROLE] | rights.provider_calls(writing=True) | rights.other_days()
    own = [each for each in evidence if "production" not in each.resource]
    statements = roles[STAGING_ROLE]
    spare = [
        statement["Sid"] for place, statement in enumerate(statements)
        if not rights.lacking([*statements[:place], *statements[place + 1:]], own, "staging")
    ]  # fmt: skip
    assert spare == []
    added = {"Sid": "Added", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutBucketWebsite"], "Resource": "*"}
    assert rights.unneeded([*statements, added], evidence) == ["Added: s3:PutBucketWebsite"]
