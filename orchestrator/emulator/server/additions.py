"""Everything that this server changes in MiniStack, and in the HTTP server below it, before it starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.protocol.h11 import H11Protocol
from ministack.core import container_reaper
from ministack.services import alb, autoscaling, cloudwatch, cloudwatch_logs, ec2, ecs, scheduler, stepfunctions

from orchestrator.emulator.server import services
from orchestrator.emulator.server.answers import alarms, capacity, deployments, twice, whole
from orchestrator.emulator.server.answers import services as ecs_services
from orchestrator.emulator.server.logs import forwarding
from orchestrator.emulator.server.logs.retention import Retention, into_its_stream
from orchestrator.emulator.server.names.addresses import Addresses
from orchestrator.emulator.server.names.connect import Connect
from orchestrator.emulator.server.replacing import replace
from orchestrator.emulator.server.scaling import service as scaling
from orchestrator.emulator.server.schedules import state_machines
from orchestrator.emulator.server.schedules.runner import Runner
from orchestrator.emulator.server.tasks import options, reloading, secrets, starting, stopping, watching


def install(changed: Callable[[], None], folder: Path) -> None:
    """Put all of it in place. `changed` is called, from any thread, where state changes without a request.

    `folder` holds everything that is kept.
    """
    label = container_reaper.INSTANCE_LABEL
    connect = Connect(Addresses({label: container_reaper.instance_id()}))
    replace(H11Protocol, "_send_h11_event", whole.together)
    replace(TCPServer, "_read_data", whole.closed)
    _tasks(connect, folder)
    _services(connect)
    _alarms()
    _logs()
    _schedules(Runner(changed))
    services.add("scaling", scaling, scaling.PREFIX)


def _tasks(connect: Connect, folder: Path) -> None:
    watch = watching.Watch()
    ecs._STOP_SEQUENCE = stopping.STOPPING
    replace(ecs, "_register_task_definition", starting.registered)
    replace(ecs, "_resolve_container_secrets", secrets.resolved)
    replace(
        ecs, "_build_run_kwargs", lambda build: starting.with_companion(options.with_definition(build), connect.hosts)
    )
    replace(ecs, "_build_run_kwargs", lambda build: reloading.with_reloader(build, folder))
    replace(ecs, "_container_ip", starting.container_address)
    replace(ecs, "_run_docker_container", starting.after_dependencies)
    replace(ecs, "_start_task_worker", lambda start: starting.in_order(start, connect.hosts))
    replace(ecs, "_mark_task_stopped", stopping.with_own_codes)
    replace(ecs, "_restore_state", stopping.with_restored)
    replace(ecs, "_cleanup_task_resources", stopping.in_background)
    replace(ecs, "_watch_task_lifecycle", watch.started)
    replace(ecs, "_maybe_mark_stopped", watch.asked)
    replace(ecs, "_record_service_task_healthy", watch.steady)


def _logs() -> None:
    replace(cloudwatch_logs, "_put_log_events", Retention(cloudwatch_logs).putting)
    replace(ecs, "_emit_awslogs_event", lambda emit: into_its_stream(cloudwatch_logs, emit))
    replace(ecs, "_start_awslogs_forwarder", forwarding.announced)
    replace(ecs, "_forward_awslogs", forwarding.ending)


def _services(connect: Connect) -> None:
    replace(ecs, "_sanitize", ecs_services.shown)
    replace(ecs, "_make_deployment", deployments.begun)
    replace(ecs, "_make_deployment", ecs_services.deployed)
    replace(ecs, "_record_service_task_failure", deployments.given_up)
    for action in ("_create_service", "_update_service", "_delete_service"):
        replace(ecs, action, ecs_services.changing(connect.changed))
    replace(ecs, "_reconcile_restored_services", connect.before)
    replace(ecs, "_create_capacity_provider", capacity.draining)
    replace(ec2, "_parse_lt_data", capacity.template_read)
    replace(ec2, "_lt_data_xml", capacity.template_shown)
    autoscaling._ACTION_MAP["SetInstanceProtection"] = capacity.set_instance_protection
    replace(alb, "_create_lb", twice.load_balancer)
    replace(alb, "_create_tg", twice.target_group)
    replace(alb, "_create_listener", twice.listener)
    replace(alb, "_create_rule", twice.rule)


def _alarms() -> None:
    replace(cloudwatch, "_put_metric_alarm", alarms.kept("_alarms"))
    replace(cloudwatch, "_put_composite_alarm", alarms.kept("_composite_alarms"))
    replace(cloudwatch, "_describe_alarms", alarms.whole)


def _schedules(runner: Runner) -> None:
    replace(scheduler, "_create_schedule", runner.checked)
    replace(scheduler, "_update_schedule", runner.checked)
    replace(scheduler, "start_scheduler", runner.start)
    replace(stepfunctions, "_invoke_resource_with_timeout", state_machines.limited)
    replace(stepfunctions, "_execute_task", state_machines.executed)
    stepfunctions._SERVICE_DISPATCH[state_machines.RUN_TASK] = state_machines.run_task
