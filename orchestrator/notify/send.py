"""Sends a notice to the hooks of an environment. Whatever becomes of that, the deploy goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from orchestrator.console import Console
from orchestrator.notify import command, webhook
from orchestrator.notify.notice import Notice
from orchestrator.notify.webhook import BOUNDS, Bounds, NotSent
from orchestrator.project.environment import Environment


def send(environment: Environment, notice: Notice, console: Console, bounds: Bounds = BOUNDS) -> None:
    """Send it to the environment's webhook and to its command. What does not arrive is a warning, and no failure."""
    document = notice.document()
    if environment.notify_webhook:
        setting = environment.notify_webhook
        name = f"${webhook.variable(setting)}" if webhook.variable(setting) else webhook.shown(setting)
        _try(name, notice, console, lambda: _to_webhook(setting, document, bounds))
    if environment.notify_command:
        _try(environment.notify_command[0], notice, console,
             lambda: command.run(environment.notify_command, document, bounds))  # fmt: skip


def _to_webhook(setting: str, document: Any, bounds: Bounds) -> None:
    webhook.send(webhook.resolved(setting, os.environ), document, bounds)


def _try(name: str, notice: Notice, console: Console, deliver: Callable[[], None]) -> None:
    try:
        deliver()
    except NotSent as error:
        console.say(f"warning: {name} was not notified of the {notice.event}: {error}")
    except Exception as error:  # whatever it is, the deploy does not fail for it; its text might hold the URL
        console.say(f"warning: {name} was not notified of the {notice.event}: {type(error).__name__}")
    else:
        console.say(f"{name} was notified of the {notice.event}")
