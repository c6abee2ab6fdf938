"""Whether tasks will reach AWS, judged of plans: of an environment that is not there yet, and of a network that is."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws.session import Aws
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.verify import check
from orchestrator.verify.check import Check
from orchestrator.verify.network import checks, live, planned, reach
from orchestrator.verify.network.model import Network, Tasks
from tests.terraform.plans import Plan, Terraform

ROOT = Path(__file__).parents[2]
REGION = "us-west-2"
SERVICES = ("ecr.api", "ecr.dkr", "s3", "logs")
NETWORK = {
    "source": "./modules/network", "name": "storyizer-blue", "region": REGION, "flow_logs": False,
    "availability_zones": [f"{REGION}a", f"{REGION}b"], "kms_key_arn": "arn:aws:kms:us-west-2:111111111111:key/1",
}  # fmt: skip


def judged(shown: Mapping[str, Any], environment: str) -> list[Check]:
    services = manifest.load(ROOT / "services", environment=environment)
    return checks.judge(planned.network(shown), planned.tasks(shown), services, repairs=False)


def without(shown: dict[str, Any], *names: str) -> dict[str, Any]:
    """The plan without the resources whose addresses have one of these texts in them."""
    changed = copy.deepcopy(shown)

    def prune(module: dict[str, Any]) -> None:
        module["resources"] = [
            item for item in module.get("resources", ()) if not any(name in item["address"] for name in names)
        ]
        for child in module.get("child_modules", ()):
            prune(child)

    prune(changed["planned_values"]["root_module"])
    assert changed != shown
    return changed


@pytest.fixture(scope="session")
def with_endpoints(first_plan: Callable[..., Plan]) -> Plan:
    """The first plan of an environment whose tasks reach AWS through endpoints."""
    return first_plan("staging", "-var=egress=endpoints")


def test_the_first_plan_of_every_environment_gives_its_tasks_their_ways(plan: Plan) -> None:
    found = judged(plan.content, plan.environment)
    assert check.failed(found) == []
    names = {item.name for item in found if item.status == "OK"}
    assert names >= {f"{name} to {what}" for name in ("website", "words", "save") for what in SERVICES}
    assert "save to dynamodb" in names
    assert {item.why for item in found if item.name == "words to ecr.api"} == {
        f'through module.network.aws_nat_gateway.this["{_zone(plan)}"]'
    }


def _zone(plan: Plan) -> str:
    subnets = planned.tasks(plan.content)[0].subnets
    return subnets[0].partition('["')[2].removesuffix('"]')


def test_without_nat_they_go_through_endpoints(with_endpoints: Plan) -> None:
    found = judged(with_endpoints.content, "staging")
    assert check.failed(found) == []
    ways = {item.name: item.why for item in found if item.status == "OK"}
    for what in ("ecr.api", "ecr.dkr", "logs"):
        assert ways[f"words to {what}"] == f'through module.network.aws_vpc_endpoint.interface["{what}"]'
    assert ways["words to s3"] == 'through module.network.aws_vpc_endpoint.gateway["s3"]'


@pytest.mark.parametrize(
    ("gone", "name", "words"),
    [
        ("aws_route.nat", "words to logs", "has no route to the internet"),
        ("aws_nat_gateway.this", "words to logs", "is known after the apply alone"),
        ("aws_route.internet", "words to logs", "does not lead to an internet gateway"),
        ("aws_internet_gateway.this", "words to logs", "is known after the apply alone"),
        ("egress_rule.internet", "words to s3", "lets no HTTPS out"),
        ("aws_route_table_association.private", "words to ecr.api", "the route table of"),
    ],
)
def test_what_a_plan_leaves_out_is_found(plans: dict[str, Plan], gone: str, name: str, words: str) -> None:
    found = judged(without(plans["staging"].content, gone), "staging")
    (line,) = [item for item in found if item.name == name]
    assert words in line.why
    assert line.status == ("SKIP" if "known" in line.why else "NG")
    assert line.status == "SKIP" or line.blocks


@pytest.mark.parametrize(
    ("gone", "name", "words"),
    [
        ('interface["logs"]', "words to logs", "no route to the internet"),
        ('gateway["s3"]', "words to s3", "no route to the internet"),
        ("ingress_rule.endpoints", "words to ecr.api", "lets no HTTPS in"),
        ("egress_rule.endpoints", "words to ecr.api", "lets no HTTPS out"),
    ],
)
def test_a_missing_endpoint_is_found(with_endpoints: Plan, gone: str, name: str, words: str) -> None:
    (line,) = [item for item in judged(without(with_endpoints.content, gone), "staging") if item.name == name]
    assert (line.status, line.blocks) == ("NG", True)
    assert words in line.why


@pytest.fixture
def applied(moto: str, tmp_path: Path, terraform_env: dict[str, str]) -> Iterator[Callable[[str], Terraform]]:
    """`applied("endpoints")` is Terraform that has made a network with that way out, at an emulated AWS."""
    (tmp_path / "modules").symlink_to(ROOT / "terraform" / "modules")
    shutil.copy(ROOT / "terraform" / "environment" / ".terraform.lock.hcl", tmp_path)
    shutil.copy(ROOT / "terraform" / "modules" / "network" / "versions.tf", tmp_path)
    aws = {
        "AWS_ENDPOINT_URL": moto, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION
    }  # fmt: skip
    here = Terraform(tmp_path, {**terraform_env, **aws})

    def apply(egress: str) -> Terraform:
        group = {"vpc_id": "${module.network.vpc_id}", "name": "tasks", "egress": [{
            "from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "description": "AWS",
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": False,
        }]}  # fmt: skip
        blocks = {
            "module": {"network": {**NETWORK, "egress": egress}},
            "resource": {"aws_security_group": {"tasks": group}},
        }
        (tmp_path / "main.tf.json").write_text(json.dumps(blocks))
        here.must("init", "-input=false", "-no-color")
        here.must("apply", "-auto-approve", "-input=false", "-no-color")
        return here

    yield apply
    here.must("destroy", "-auto-approve", "-input=false", "-no-color")


def client(endpoint: str, tmp_path: Path) -> Aws:
    environment = Environment("blue", "123456789012", REGION, "X86_64", tmp_path / "blue.tfvars")
    return Aws(environment, endpoint, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})


def ways(network: Network) -> dict[str, str]:
    """How tasks in the private subnets reach what they need."""
    private = tuple(name for name, subnet in network.subnets.items() if subnet.cidr.endswith("/20"))
    (group,) = [name for name, item in network.groups.items() if any(rule.first == 443 for rule in item.egress)]
    tasks = Tasks("words", tuple(sorted(private)), frozenset({group}))
    return {what: reach.way(network, tasks, what).why for what in (*SERVICES, "dynamodb")}


def test_terraform_s_network_is_judged_alike_as_it_runs_and_as_a_plan_has_it(
    applied: Callable[[str], Terraform], moto: str, tmp_path: Path
) -> None:
    here, aws = applied("nat_per_zone"), client(moto, tmp_path)

    def shown() -> dict[str, Any]:
        here.must("plan", "-input=false", "-no-color", "-out=saved")
        found: dict[str, Any] = json.loads(here.must("show", "-json", "saved"))
        return found

    running = live.read(aws)
    assert isinstance(running, Network)
    well = ways(running)
    assert all(why.startswith(("through nat-", "through vpce-")) for why in well.values()), well
    assert ways(planned.network(shown())) == well

    nat = next(iter(running.nats))
    aws.client("ec2").delete_nat_gateway(NatGatewayId=nat)
    broken = live.read(aws)
    assert isinstance(broken, Network)
    assert f"leads to {nat}, which is not there" in ways(broken)["logs"]
    # The plan makes another one: its way is known before it is there.
    healed = ways(planned.network(shown()))
    assert all(why.startswith("through ") for why in healed.values()), healed
