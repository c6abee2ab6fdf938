"""Everything that this server changes in MiniStack, before it starts."""

from __future__ import annotations

from ministack.services import ecs

from orchestrator.emulator.server.answers import services
from orchestrator.emulator.server.replacing import replace
from orchestrator.emulator.server.tasks import options, secrets, starting, stopping, watching


def install() -> None:
    """Put all of it in place."""
    _tasks()
    _services()


def _tasks() -> None:
    watch = watching.Watch()
    ecs._STOP_SEQUENCE = stopping.STOPPING
    replace(ecs, "_register_task_definition", starting.registered)
    replace(ecs, "_resolve_container_secrets", secrets.resolved)
    replace(
        ecs, "_build_run_kwargs", lambda build: starting.with_companion(options.with_definition(build), lambda arn: {})
    )
    replace(ecs, "_container_ip", starting.container_address)
    replace(ecs, "_run_docker_container", starting.after_dependencies)
    replace(ecs, "_start_task_worker", lambda start: starting.in_order(start, lambda arn: {}))
    replace(ecs, "_mark_task_stopped", stopping.with_own_codes)
    replace(ecs, "_cleanup_task_resources", stopping.in_background)
    replace(ecs, "_watch_task_lifecycle", watch.started)
    replace(ecs, "_maybe_mark_stopped", watch.asked)
    replace(ecs, "_record_service_task_healthy", watch.steady)


def _services() -> None:
    replace(ecs, "_sanitize", services.shown)
    replace(ecs, "_make_deployment", services.deployed)
    for action in ("_create_service", "_update_service", "_delete_service"):
        replace(ecs, action, services.changing(lambda: None))
