"""Who reaches whom, and by which way, in every environment."""

from __future__ import annotations

from typing import Any

from tests.terraform.plans import Plan

INGRESS = "aws_vpc_security_group_ingress_rule"
EGRESS = "aws_vpc_security_group_egress_rule"


def test_every_security_group_and_rule_is_described(plan: Plan) -> None:
    for kind in (INGRESS, EGRESS, "aws_security_group"):
        described = plan.resources(kind)
        assert described
        for address, values in described.items():
            assert values["description"] and values["description"] != "Managed by Terraform", address


def test_only_the_load_balancer_is_open_to_addresses(plan: Plan) -> None:
    ports = {}
    for address, values in plan.resources(INGRESS).items():
        if values["cidr_ipv4"] or values["cidr_ipv6"]:
            assert address.startswith("module.load_balancer."), address
            ports[values["from_port"]] = values["to_port"]
    assert ports == ({80: 80, 443: 443} if plan.environment == "production" else {80: 80})


def test_tasks_are_reached_from_a_security_group_on_their_port_alone(plan: Plan) -> None:
    containers = plan.containers()
    for name, container in containers.items():
        port = container["portMappings"][0]["containerPort"]
        address = f'module.service["{name}"].{INGRESS}.load_balancer["{port}"]'
        rule = plan.resources(INGRESS)[address]
        assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (port, port, "tcp")
        assert plan.unknown(address)["referenced_security_group_id"] is True
    tasks = [address for address in plan.resources(INGRESS) if address.startswith("module.service")]
    assert len(tasks) == len(containers)


def test_nothing_may_send_anything_anywhere(plan: Plan) -> None:
    for address, values in plan.resources(EGRESS).items():
        assert values["ip_protocol"] == "tcp", address
        if values["cidr_ipv4"]:
            assert (values["from_port"], values["to_port"]) == (443, 443), address


def test_rules_stand_alone_and_the_default_group_is_closed(plan: Plan) -> None:
    for address, values in plan.resources("aws_security_group").items():
        assert not values.get("ingress") and not values.get("egress"), address
    default = plan.one("aws_default_security_group")
    assert not default.get("ingress") and not default.get("egress")


def test_tasks_are_private_and_spread_over_zones(plan: Plan) -> None:
    for address, values in plan.resources("aws_ecs_service").items():
        assert values["network_configuration"][0]["assign_public_ip"] is False, address
    zones = {
        values["availability_zone"] for address, values in plan.resources("aws_subnet").items() if "private" in address
    }
    assert len(zones) == (3 if plan.environment == "production" else 2)


def test_production_survives_the_loss_of_a_zone(plans: dict[str, Any]) -> None:
    production = plans["production"]
    assert len(production.resources("aws_nat_gateway")) == len(production.resources("aws_route_table")) - 1 == 3
    for address, values in production.resources("aws_ecs_service").items():
        assert values["desired_count"] >= 2, address


def test_the_emulated_environment_asks_for_nothing_that_it_does_not_hold(plans: dict[str, Any]) -> None:
    kinds = {change["type"] for change in plans["local"].content["resource_changes"]}
    assert not kinds & {"aws_flow_log", "aws_cloudwatch_metric_alarm", "aws_appautoscaling_target"}
    endpoints = plans["local"].resources("aws_vpc_endpoint").values()
    assert {values["vpc_endpoint_type"] for values in endpoints} == {"Gateway"}
