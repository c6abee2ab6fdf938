"""What a plan changes in the monthly bill: figures worked out by hand from the list prices, and what is not known."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.review.cost import change as cost
from orchestrator.review.cost import prices, words
from orchestrator.review.cost.result import Cost
from orchestrator.review.model import Context, Plan, Review
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html, json, markdown, terminal
from orchestrator.review.review import review
from tests.review.plans import change

REGION = {"provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}}}
TASK = {"family": "words", "cpu": "256", "memory": "512", "runtime_platform": [], "ephemeral_storage": []}
ARM = [{"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}]
X86 = [{"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}]
FARGATE = [{"capacity_provider": "FARGATE", "weight": 1, "base": 0}]
SERVICE = {
    "name": "words",
    "desired_count": 2,
    "task_definition": "arn:aws:ecs:us-east-1:111122223333:task-definition/words:7",
    "capacity_provider_strategy": FARGATE,
    "launch_type": None,
}


def plan(*changes: dict[str, Any], region: str = "us-east-1", refers: dict[str, list[str]] | None = None) -> Plan:
    blocks = [
        {
            "address": item["address"].partition("[")[0],
            "mode": "managed",
            "provider_config_key": "aws",
            "expressions": {"x": {"references": (refers or {}).get(item["address"], [])}},
        }
        for item in changes
    ]
    provider = {"name": "aws", "expressions": {"region": {"constant_value": region}} if region else {}}
    return read(
        {
            "format_version": "1.2",
            "resource_changes": list(changes),
            "configuration": {"provider_config": {"aws": provider}, "root_module": {"resources": blocks}},
        }
    )


def of(*changes: dict[str, Any], **more: Any) -> Cost:
    found = cost.of_plan(plan(*changes, **more))
    assert found is not None
    return found


def monthly(*changes: dict[str, Any], **more: Any) -> str:
    """The sum in dollars; an error if anything is unknown."""
    found = of(*changes, **more)
    assert found.unpriced == ()
    return words.dollars(found.monthly)


def reason(*changes: dict[str, Any], **more: Any) -> str:
    found = of(*changes, **more)
    assert found.lines == ()
    (item,) = found.unpriced
    return item.reason


# Fargate


@pytest.mark.parametrize(
    ("task", "count", "region", "expected"),
    [
        # (0.25 × 0.04048 + 0.5 × 0.004445) × 730 = 9.01 for each task
        ({}, 2, "us-east-1", "+$18.02"),
        ({}, 1, "us-east-1", "+$9.01"),
        # (1 × 0.04048 + 2 × 0.004445) × 730 = 36.0401
        ({"cpu": "1024", "memory": "2048"}, 1, "us-east-1", "+$36.04"),
        # (1 × 0.03238 + 2 × 0.00356) × 730 = 28.835
        ({"cpu": "1024", "memory": "2048", "runtime_platform": ARM}, 1, "us-east-1", "+$28.84"),
        ({"runtime_platform": X86}, 1, "us-east-1", "+$9.01"),
        # 9.0101 + 30 × 0.000111 × 730 = 9.0101 + 2.4309
        ({"ephemeral_storage": [{"size_in_gib": 50}]}, 1, "us-east-1", "+$11.44"),
        ({"ephemeral_storage": [{"size_in_gib": 20}]}, 1, "us-east-1", "+$9.01"),
        # (0.25 × 0.04656 + 0.5 × 0.00511) × 730 = 10.36235
        ({}, 1, "eu-central-1", "+$10.36"),
    ],
)  # fmt: skip
def test_tasks_cost_their_size_by_their_number(task: dict[str, Any], count: int, region: str, expected: str) -> None:
    definition = change("aws_ecs_task_definition.words", None, TASK | task)
    service = change("aws_ecs_service.words", None, SERVICE | {"desired_count": count})
    assert monthly(definition, service, region=region) == expected


def test_fewer_and_more_tasks_and_none() -> None:
    definition = change("aws_ecs_task_definition.words", TASK, TASK)
    for before, after, expected in ((2, 1, "-$9.01"), (2, 6, "+$36.04"), (2, 0, "-$18.02")):
        service = change(
            "aws_ecs_service.words", SERVICE | {"desired_count": before}, SERVICE | {"desired_count": after}
        )
        assert monthly(definition, service) == expected


def test_a_larger_task_definition_is_paid_for_by_the_service_that_refers_to_it() -> None:
    definition = change("aws_ecs_task_definition.words", TASK, TASK | {"cpu": "512", "memory": "1024"}, replaced=True)
    other = change("aws_ecs_task_definition.other", None, TASK | {"family": "other", "cpu": "4096"})
    after = {name: value for name, value in SERVICE.items() if name != "task_definition"}
    service = change("aws_ecs_service.words", SERVICE, after, unknown={"task_definition": True})
    refers = {"aws_ecs_service.words": ["aws_ecs_task_definition.words.arn", "aws_ecs_task_definition.words"]}
    assert monthly(definition, other, service, refers=refers) == "+$18.02"


def test_each_instance_of_a_service_has_its_own_task_definition() -> None:
    def task(key: str, cpu: str) -> dict[str, Any]:
        return change(f'aws_ecs_task_definition.this["{key}"]', None, TASK | {"family": key, "cpu": cpu}) | {
            "index": key
        }

    def service(key: str) -> dict[str, Any]:
        values = {name: value for name, value in SERVICE.items() if name != "task_definition"} | {"desired_count": 1}
        found = change(f'aws_ecs_service.this["{key}"]', None, values, unknown={"task_definition": True})
        return found | {"index": key}

    refers = {f'aws_ecs_service.this["{key}"]': ["aws_ecs_task_definition.this"] for key in "ab"}
    found = of(task("a", "256"), task("b", "1024"), service("a"), service("b"), refers=refers)
    # 0.25 or 1 vCPU, each with 0.5 GB: 7.3876 + 1.622425 and 29.5504 + 1.622425
    assert [words.dollars(line.monthly) for line in found.lines] == ["+$31.17", "+$9.01"]


def test_a_deploy_of_another_image_costs_nothing_and_says_nothing() -> None:
    before, after = TASK | {"container_definitions": "[1]"}, TASK | {"container_definitions": "[2]"}
    definition = change("aws_ecs_task_definition.words", before, after, replaced=True)
    later = {name: value for name, value in SERVICE.items() if name != "task_definition"}
    service = change("aws_ecs_service.words", SERVICE, later, unknown={"task_definition": True})
    refers = {"aws_ecs_service.words": ["aws_ecs_task_definition.words"]}
    assert cost.of_plan(plan(definition, service, refers=refers)) is None


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]}, "FARGATE_SPOT, whose price moves"),
        ({"capacity_provider_strategy": [], "launch_type": "EXTERNAL"}, "machine outside of AWS"),
        ({"capacity_provider_strategy": []}, "the cluster decides where its tasks run"),
        ({"capacity_provider_strategy": [*FARGATE, {"capacity_provider": "own"}]}, "spread over Fargate and others"),
        ({"task_definition": "arn:aws:ecs:us-east-1:111122223333:task-definition/elsewhere:1"}, "not in this plan"),
        ({"desired_count": "many"}, "`desired_count` is no number"),
        ({"desired_count": -1}, "`desired_count` is no number"),
        ({"desired_count": 10**400}, "`desired_count` is no number"),
    ],
)
def test_what_a_service_costs_may_not_be_known(service: dict[str, Any], expected: str) -> None:
    definition = change("aws_ecs_task_definition.words", TASK, TASK)
    assert expected in reason(definition, change("aws_ecs_service.words", None, SERVICE | service))


def test_tasks_on_instances_cost_nothing_by_themselves() -> None:
    definition = change("aws_ecs_task_definition.words", TASK, TASK)
    for own in ({"capacity_provider_strategy": [], "launch_type": "EC2"},
                {"capacity_provider_strategy": [{"capacity_provider": "own"}]}):  # fmt: skip
        assert cost.of_plan(plan(definition, change("aws_ecs_service.words", None, SERVICE | own))) is None


def test_of_a_spot_service_only_another_number_of_tasks_is_worth_a_word() -> None:
    spot = SERVICE | {"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]}
    tagged = change("aws_ecs_service.words", spot | {"tags": {"a": "1"}}, spot | {"tags": {"a": "2"}})
    assert cost.of_plan(plan(tagged)) is None
    assert "price moves" in reason(change("aws_ecs_service.words", spot, spot | {"desired_count": 3}))


# The network


@pytest.mark.parametrize(
    ("kind", "values", "region", "expected"),
    [
        ("aws_nat_gateway", {"connectivity_type": "public"}, "us-east-1", "+$32.85"),  # 0.045 × 730
        ("aws_nat_gateway", {"connectivity_type": "private"}, "eu-central-1", "+$37.96"),  # 0.052 × 730
        ("aws_nat_gateway", {}, "eu-west-1", "+$35.04"),  # 0.048 × 730
        ("aws_eip", {"domain": "vpc", "public_ipv4_pool": "amazon"}, "us-east-1", "+$3.65"),  # 0.005 × 730
        ("aws_lb", {"load_balancer_type": "application", "internal": True}, "us-east-1", "+$16.43"),  # 0.0225 × 730
        # with an address in each of three subnets: 16.425 + 3 × 3.65
        ("aws_lb", {"internal": False, "subnets": ["a", "b", "c"]}, "us-east-1", "+$27.38"),
        ("aws_lb", {"internal": False, "subnets": ["a", "b"], "ip_address_type": "dualstack-without-public-ipv4"},
         "us-east-1", "+$16.43"),
        ("aws_lb", {"load_balancer_type": "network", "internal": False, "subnets": ["a"],
                    "subnet_mapping": [{"subnet_id": "a", "allocation_id": "eipalloc-1"}]}, "us-east-1", "+$16.43"),
        ("aws_lb", {"internal": True}, "eu-central-1", "+$19.71"),  # 0.027 × 730
        # 0.01 × 730 in each of two subnets
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}, "us-east-1", "+$14.60"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a"]}, "eu-central-1", "+$8.76"),
        ("aws_kms_key", {"description": "x"}, "us-east-1", "+$1.00"),
        ("aws_secretsmanager_secret", {"name": "x"}, "us-east-1", "+$0.40"),
        ("aws_cloudwatch_dashboard", {"dashboard_name": "x"}, "us-east-1", "+$3.00"),
        ("aws_cloudwatch_metric_alarm", {"period": 60}, "us-east-1", "+$0.10"),
        ("aws_cloudwatch_metric_alarm", {"period": 10}, "us-east-1", "+$0.30"),
        ("aws_cloudwatch_metric_alarm", {"metric_query": [
            {"id": "e", "expression": "a / b", "metric": []},
            {"id": "a", "metric": [{"period": 60}]}, {"id": "b", "metric": [{"period": 60}]}]}, "us-east-1", "+$0.20"),
        # 20 × 0.00065 × 730 + 30 × 0.00013 × 730 = 9.49 + 2.847
        ("aws_dynamodb_table", {"billing_mode": "PROVISIONED", "read_capacity": 30, "write_capacity": 20},
         "us-east-1", "+$12.34"),
        # and an index with 10 of each: 4.745 + 0.949
        ("aws_dynamodb_table", {"billing_mode": "PROVISIONED", "read_capacity": 30, "write_capacity": 20,
                                "global_secondary_index": [{"read_capacity": 10, "write_capacity": 10}]},
         "us-east-1", "+$18.03"),
        ("aws_instance", {"instance_type": "t3.medium"}, "us-east-1", "+$30.37"),  # 0.0416 × 730
        ("aws_instance", {"instance_type": "t3.micro", "associate_public_ip_address": True}, "us-east-1", "+$11.24"),
        ("aws_instance", {"instance_type": "t3.small"}, "eu-central-1", "+$17.52"),  # 0.024 × 730
    ],
)  # fmt: skip
def test_a_thing_costs_its_list_price(kind: str, values: dict[str, Any], region: str, expected: str) -> None:
    assert monthly(change(f"{kind}.this", None, values), region=region) == expected
    assert monthly(change(f"{kind}.this", values, None), region=region) == expected.replace("+", "-")
    assert cost.of_plan(plan(change(f"{kind}.this", values, values | {"tags": {"a": "b"}}), region=region)) is None


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"}),
        ("aws_eip", {"public_ipv4_pool": "ipv4pool-ec2-1"}),
        ("aws_ecs_service", {"desired_count": 0, "launch_type": "FARGATE"}),
        ("aws_autoscaling_group", {"desired_capacity": 0, "min_size": 0}),
        ("aws_dynamodb_table", {"billing_mode": "PAY_PER_REQUEST"}),
        ("aws_dynamodb_table", {}),
        ("aws_cloudwatch_log_group", {"name": "x"}),
        ("aws_db_instance", {"instance_class": "db.t3.micro"}),
        ("aws_iam_role", {"name": "x"}),
        ("google_compute_instance", {"machine_type": "e2-small"}),
    ],
)
def test_nothing_is_said_where_nothing_that_has_a_price_changes(kind: str, values: dict[str, Any]) -> None:
    assert cost.of_plan(plan(change(f"{kind}.this", None, values))) is None


def test_a_load_balancer_whose_subnets_are_known_later_has_two_addresses_or_more() -> None:
    found = of(change("aws_lb.this", None, {"internal": False}, unknown={"subnets": True}))
    assert words.dollars(found.monthly) == "+$23.73"  # 16.425 + 2 × 3.65
    assert found.lines[0].what.endswith("in 2 subnets or more")


@pytest.mark.parametrize(
    ("kind", "values", "unknown", "expected"),
    [
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface"}, {"subnet_ids": True}, "known only after apply"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "GatewayLoadBalancer"}, {}, "of the type GatewayLoadBalancer"),
        ("aws_lb", {"load_balancer_type": "gateway"}, {}, "a gateway load balancer"),
        ("aws_instance", {"instance_type": "x1e.32xlarge"}, {}, "x1e.32xlarge in us-east-1"),
        ("aws_instance", {"instance_type": "t3.micro", "tenancy": "dedicated"}, {}, "dedicated hardware"),
        ("aws_instance", {"instance_type": "t3.micro", "instance_market_options": [{"a": "b"}]}, {}, "moves"),
        ("aws_autoscaling_group", {"desired_capacity": 2, "mixed_instances_policy": [{"a": 1}]}, {}, "mixes types"),
        ("aws_autoscaling_group", {"desired_capacity": 2}, {}, "its launch template is not in this plan"),
        ("aws_cloudwatch_metric_alarm", {"threshold_metric_id": "a"}, {}, "anomaly detection"),
        ("aws_cloudwatch_metric_alarm", {"metric_query": [{"expression": "SUM(SEARCH('x'))"}]}, {}, "how many metrics"),
        ("aws_dynamodb_table", {"read_capacity": 5, "table_class": "STANDARD_INFREQUENT_ACCESS"}, {}, "infrequent"),
        ("aws_cloudwatch_metric_alarm", {"metric_query": ["odd"]}, {}, "not as the provider writes them"),
    ],
)  # fmt: skip
def test_what_is_not_known_says_why(kind: str, values: dict[str, Any], unknown: dict[str, Any], expected: str) -> None:
    assert expected in reason(change(f"{kind}.this", None, values, unknown=unknown))


def test_a_group_has_as_many_instances_as_it_wants_of_its_templates_type() -> None:
    template = change("aws_launch_template.this", {"instance_type": "t3.small"}, {"instance_type": "t3.small"})
    refers = {"aws_autoscaling_group.this": ["aws_launch_template.this.id", "aws_launch_template.this"]}
    more = change("aws_autoscaling_group.this", {"desired_capacity": 2}, {"desired_capacity": 5})
    assert monthly(template, more, refers=refers) == "+$45.55"  # 3 × 0.0208 × 730
    least = change("aws_autoscaling_group.this", None, {"desired_capacity": None, "min_size": 1})
    assert monthly(template, least, refers=refers) == "+$15.18"


# The region


def test_the_region_may_be_told_by_a_variable() -> None:
    shown = {
        "format_version": "1.2",
        "variables": {"region": {"value": "eu-central-1"}},
        "resource_changes": [change("aws_nat_gateway.this", None, {})],
        "configuration": {
            "provider_config": {"aws": {"expressions": {"region": {"references": ["var.region"]}}}},
            "root_module": {"resources": [{"address": "aws_nat_gateway.this", "provider_config_key": "aws"}]},
        },
    }
    found = cost.of_plan(read(shown))
    assert found is not None and found.regions == ("eu-central-1",)


def test_the_region_may_be_told_by_the_resource_itself_or_another_one() -> None:
    key = change("aws_kms_key.this", {"arn": "arn:aws:kms:eu-central-1:111122223333:key/x"}, None)
    assert of(key, region="us-east-1").regions == ("eu-central-1",)
    subnet = change("aws_subnet.this", {"availability_zone": "us-east-1b"}, {"availability_zone": "us-east-1b"})
    assert of(subnet, change("aws_nat_gateway.this", None, {}), region="").regions == ("us-east-1",)


def test_without_a_region_and_in_one_without_prices_the_cost_is_not_known() -> None:
    nat = change("aws_nat_gateway.this", None, {})
    assert reason(nat, region="") == "the plan does not say in which region it is"
    assert reason(nat, region="sa-east-1") == "there is no price here for a NAT gateway in sa-east-1"
    two = (
        change("aws_subnet.a", {"availability_zone": "us-east-1b"}, {"availability_zone": "us-east-1b"}),
        change("aws_subnet.b", {"availability_zone": "eu-west-1a"}, {"availability_zone": "eu-west-1a"}),
    )
    assert "which region" in reason(nat, *two, region="")


# The table and the words


def test_every_price_is_positive_and_has_a_source_that_is_named() -> None:
    table = prices.table()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", prices.compiled())
    used = set()
    for region, rows in table.items():
        if region in ("compiled", "sources"):
            continue
        for name, row in rows.items():
            assert row.keys() - {"date"} in ({"hour", "source"}, {"month", "source"}), (region, name)
            assert Decimal(row.get("hour", row.get("month"))) > 0
            assert row.get("date", "2000")[:10] <= prices.compiled()
            used.add(row["source"])
    assert used == table["sources"].keys()


def test_the_words_count_what_is_not_known_and_name_what_is_not_in_the_price() -> None:
    found = of(
        change("aws_nat_gateway.this", None, {}),
        change("aws_kms_key.this", {"description": "x"}, None),
        change("aws_cloudwatch_log_group.this", None, {"name": "x"}),
        change("aws_db_instance.this", None, {"instance_class": "db.t3.micro"}),
    )
    assert words.headline(found) == "Cost: about +$31.85 per month; of 2 resources it is not known."
    assert words.basis(found) == (
        f"us-east-1 list prices (table of {prices.compiled()}), on demand, for 730 hours, of what has a price "
        "here. Without data transfer, requests, storage, discounts and taxes. On top of that come the data that NAT "
        "gateways and endpoints process."
    )
    assert list(words.lines(found)) == [
        ("+$32.85", "aws_nat_gateway.this", "a NAT gateway"),
        ("-$1.00", "aws_kms_key.this", "a KMS key, gone"),
    ]
    assert words.unknown(found) == [
        ("it depends on how much is logged", ["aws_cloudwatch_log_group.this"]),
        ("there is no price here for databases", ["aws_db_instance.this"]),
    ]


def test_what_goes_and_comes_at_the_same_price_is_about_the_same() -> None:
    found = of(change("aws_kms_key.a", None, {"x": 1}), change("aws_kms_key.b", {"x": 1}, None))
    assert words.headline(found) == "Cost: about the same per month."


def reviewed(*changes: dict[str, Any], **more: Any) -> Review:
    return review(plan(*changes), context=Context(**more))


def test_every_rendering_shows_the_cost() -> None:
    result = reviewed(
        change("aws_nat_gateway.this", None, {}), change("aws_cloudwatch_log_group.x", None, {"name": "x"})
    )
    for text in (terminal.render(result, width=300), markdown.render(result), html.render(result)):
        assert "+$32.85 per month; of 1 resource it is not known" in text.replace("\\", "")
        assert "a NAT gateway" in text
        assert "it depends on how much is logged" in text
        assert "us-east-1 list prices" in text
    assert json.as_dict(result)["cost"] == {
        "monthly_usd": 32.85,
        "regions": ["us-east-1"],
        "prices_compiled": prices.compiled(),
        "basis": words.basis(result.cost) if result.cost else "",
        "lines": [{"address": "aws_nat_gateway.this", "what": "a NAT gateway", "monthly_usd": 32.85}],
        "unknown": [{"address": "aws_cloudwatch_log_group.x", "reason": "it depends on how much is logged"}],
    }


def test_a_cost_that_is_not_known_at_all_is_said_to_be() -> None:
    result = review(plan(change("aws_nat_gateway.this", None, {}), region=""))
    assert result.cost is not None and words.headline(result.cost) == "Cost: not known."
    assert json.as_dict(result)["cost"]["monthly_usd"] is None
    assert "Not known, the plan does not say in which region it is" in terminal.render(result)


def test_where_nothing_is_paid_for_nothing_is_said() -> None:
    nat = change("aws_nat_gateway.this", None, {})
    assert reviewed(nat, is_billed=False).cost is None
    unpaid = review(plan(change("aws_iam_role.this", None, {"name": "x"})))
    assert json.as_dict(unpaid)["cost"] is None
    for text in (terminal.render(unpaid), markdown.render(unpaid), html.render(unpaid).partition("<body>")[2]):
        assert "Cost" not in text


def test_many_lines_are_cut_with_their_sum() -> None:
    found = of(*(change(f"aws_kms_key.k{number}", None, {"x": 1}) for number in range(40)))
    assert len(list(words.lines(found))) == words.LINES
    assert words.left_out(found) == "10 more resources: +$10.00"
