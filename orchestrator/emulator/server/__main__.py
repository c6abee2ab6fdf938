"""Serves the emulated AWS on one port and its load balancer on another, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import ministack.app
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core import container_reaper

from orchestrator.emulator.server import additions, balancers, room
from orchestrator.emulator.server.answers.again import Again
from orchestrator.emulator.server.front import Front
from orchestrator.emulator.server.logs import own_log
from orchestrator.emulator.server.snapshots import Snapshots, quicken, settle

# Longer than any client keeps an idle connection (Go's 90 s): a server that closes first may do so under a request,
# which is then carried out, goes unanswered, and is sent once more.
KEEP_ALIVE_SECONDS = 600.0
# How often dead containers are looked for, and how long one stays.
REAP_SECONDS = 10.0
DEAD_SECONDS = 20.0


def main() -> None:
    """Run until SIGTERM or SIGINT; the state is written before the process ends."""
    parser = argparse.ArgumentParser(prog="emulator")
    parser.add_argument("--identity", required=True, help="answered at /_storyizer, identifies this copy")
    parser.add_argument("--state", required=True, type=Path, help="folder that keeps everything")
    parser.add_argument("--api-port", required=True, type=int)
    parser.add_argument("--balancer-port", required=True, type=int)
    parser.add_argument("--gateway", required=True, help="this machine's address as containers see it")
    parser.add_argument("--code", help="identifies the version of this code; read from the command line by who looks")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the process that holds its input")
    asyncio.run(run(parser.parse_args()))


async def run(options: argparse.Namespace) -> None:
    """Serve until a signal comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.until_stdin_ends:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    _spare_containers_of_others()
    # A service whose tasks die at once leaves a dead container every few seconds. Its log lines are kept elsewhere.
    container_reaper.REAP_INTERVAL, container_reaper.EXITED_GRACE = REAP_SECONDS, DEAD_SECONDS
    quicken()
    snapshots = Snapshots(options.state)

    def changed() -> None:
        loop.call_soon_threadsafe(snapshots.request, "state")

    additions.install(changed, options.state.parent)
    front = Front(
        Again(ministack.app.app),
        identity=options.identity,
        balancer_port=options.balancer_port,
        balancer_name=balancers.name,
        on_change=snapshots.request,
        lacking=lambda: room.lacking(options.state),
    )
    # The API needs no login and can start containers: this machine alone, and the engine's bridge for the tasks.
    addresses = (
        f"127.0.0.1:{options.api_port}",
        f"{options.gateway}:{options.api_port}",
        *(f"{address}:{options.balancer_port}" for address in balancers.ADDRESSES),
    )
    beside = [asyncio.create_task(snapshots.run()), asyncio.create_task(own_log.keep_short())]

    async def until_stopped() -> None:
        await stop.wait()
        # From here on only the emulator writes: in its lifespan's end, which also ends the tasks' containers.
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)

    await serve(front, listening(*dict.fromkeys(addresses)), shutdown_trigger=until_stopped)
    settle(options.state)


def listening(*addresses: str) -> Config:
    """How the server of an emulated AWS treats its clients' connections."""
    config = Config()
    config.bind = list(addresses)
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.graceful_timeout = 2.0
    config.accesslog = None
    config.loglevel = "WARNING"
    return config


def _end_with_stdin() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _spare_containers_of_others() -> None:
    """The emulator's clean-up at its start also takes containers without an instance label: not this one's."""
    sweep = ministack.app._stop_docker_containers
    ministack.app._stop_docker_containers = lambda include_unlabelled=False: sweep(False)


if __name__ == "__main__":
    main()
