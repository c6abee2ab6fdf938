"""Serves what stands for AWS on one port of this machine, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

import ministack.app
from hypercorn.asyncio import serve

from orchestrator.emulator.server import additions
from orchestrator.emulator.server.__main__ import listening
from orchestrator.emulator.server.answers.again import Again
from tests.system.aws_names.server import as_aws
from tests.system.aws_names.server.front import Front, Principals


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="rehearsal")
    parser.add_argument("--folder", required=True, type=Path, help="faults and logs")
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--account", required=True)
    parser.add_argument("--authorities", required=True, type=Path, help="certificate bundle for the tasks")
    parser.add_argument("--domain", action="append", default=[], help="NAME=LOAD-BALANCER")
    asyncio.run(run(parser.parse_args()))


async def run(options: argparse.Namespace) -> None:
    """Serve until a signal comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    principals = Principals(options.account, f"arn:aws:iam::{options.account}:user/engineer")
    domains = dict(item.split("=", 1) for item in options.domain)
    front = Front(Again(ministack.app.app), options.folder, principals, domains)
    additions.install(lambda: None, options.folder)
    as_aws.install(front, options.authorities)

    async def until_stopped() -> None:
        await stop.wait()

    await serve(front, listening(f"127.0.0.1:{options.port}"), shutdown_trigger=until_stopped)


if __name__ == "__main__":
    main()
