"""The timing budget of a rolling deploy: Terraform's half and the services' half are one."""

from __future__ import annotations

from types import ModuleType

from tests.terraform.plans import Plan


def test_the_load_balancer_holds_its_part(plan: Plan, timing: ModuleType) -> None:
    assert plan.one("aws_lb")["idle_timeout"] == timing.LOAD_BALANCER_IDLE_SECONDS == 60
    groups = plan.resources("aws_lb_target_group")
    assert len(groups) == len(plan.containers())
    for address, group in groups.items():
        assert int(group["deregistration_delay"]) == timing.LOAD_BALANCER_DEREGISTRATION_SECONDS == 30, address
        (check,) = group["health_check"]
        assert (check["interval"], check["timeout"]) == (5, 2), address
        assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 2), address


def test_ecs_holds_its_part(plan: Plan, timing: ModuleType) -> None:
    for name, container in plan.containers().items():
        assert container["stopTimeout"] == timing.STOP_TIMEOUT_SECONDS == 60, name
    for address, service in plan.resources("aws_ecs_service").items():
        assert service["health_check_grace_period_seconds"] == 30, address
        assert service["deployment_minimum_healthy_percent"] == 100, address
        assert service["deployment_maximum_percent"] == 200, address


def test_the_load_balancer_closes_idle_connections_before_the_servers_do(plan: Plan, timing: ModuleType) -> None:
    assert plan.one("aws_lb")["idle_timeout"] < timing.KEEP_ALIVE_SECONDS


def test_a_container_has_time_to_drain_and_to_finish_before_it_is_killed(plan: Plan, timing: ModuleType) -> None:
    needed = timing.DRAIN_SECONDS + timing.GRACEFUL_SHUTDOWN_SECONDS
    assert timing.REQUEST_DEADLINE_SECONDS < timing.GRACEFUL_SHUTDOWN_SECONDS
    assert all(container["stopTimeout"] >= needed + 10 for container in plan.containers().values())


def test_the_load_balancer_has_stopped_sending_before_a_container_stops_answering(
    plan: Plan, timing: ModuleType
) -> None:
    for address, group in plan.resources("aws_lb_target_group").items():
        (check,) = group["health_check"]
        noticed = check["interval"] * check["unhealthy_threshold"]
        assert noticed < timing.DRAIN_SECONDS, address


def test_a_health_check_ends_before_the_next_begins(plan: Plan) -> None:
    for group in plan.resources("aws_lb_target_group").values():
        assert group["health_check"][0]["timeout"] < group["health_check"][0]["interval"]
