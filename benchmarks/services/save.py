"""The save service against bare botocore, both against the same stub of DynamoDB; and its health while it is busy."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Final

from orchestrator.errors import Failure

from . import probe, servers, wrk
from .machine import Cores, say
from .plan import Plan
from .servers import Program, Running

PATH: Final = "/api/stories"
STORY: Final = json.dumps({"template": "The {adjective} {noun} {verb:present}", "text": "The quiet bear sings"})
PROBE_INTERVAL_SECONDS: Final = 0.05
"""As long as an answer may take: probes of one connection would otherwise wait for each other."""


def service(stub: Running) -> Program:
    """The save service with the stub as its DynamoDB."""
    return servers.service("save", PATH, STORIES_TABLE="stories", **_aws(stub))


def stub() -> Program:
    """A DynamoDB that is faster than any client."""
    return servers.rival("dynamodb")


def measure(cores: Cores, plan: Plan) -> dict[str, Any]:
    """Writes per second of both, the stub's own, and health latencies in milliseconds. Raises Failure."""
    rates: dict[str, list[float]] = {"service": [], "botocore": [], "botocore_tuned": []}
    health: list[float] = []
    with servers.running(stub(), cpu=cores.load) as database:
        request = _captured_request(cores, database)
        for number in range(plan.rounds):
            rates["botocore"].append(_botocore(cores, plan, database, request))
            rates["botocore_tuned"].append(_botocore(cores, plan, database, request, TUNED="1"))
            with servers.running(service(database), cpu=cores.server) as running:
                _load(running, plan, plan.warm_seconds)
                rates["service"].append(_load(running, plan, plan.save_seconds))
                with probe.latencies_ms(running.port, PROBE_INTERVAL_SECONDS) as found:
                    _load(running, plan, plan.save_seconds)
                health += found
            last = ", ".join(f"{name} {values[-1]:,.0f}" for name, values in rates.items())
            say(f"save, round {number + 1} of {plan.rounds}: {last} writes/s, health p99 {probe.p99(found):.1f} ms")
        # wrk shares the stub's core here, so the stub is at least as fast as this.
        alone = wrk.requests_per_second(
            database.url("/"),
            connections=plan.threads,
            seconds=plan.warm_seconds,
            body=_without_condition(request),
        )
    return {"writes_per_second": rates, "stub_per_second": alone, "health_ms": health}


def _load(running: Running, plan: Plan, seconds: int) -> float:
    return wrk.requests_per_second(running.url(PATH), connections=plan.save_connections, seconds=seconds, body=STORY)


def _aws(database: Running) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": database.url(""),
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def _captured_request(cores: Cores, database: Running) -> str:
    """The PutItem that the service makes of a story: the rival sends the same."""
    with servers.running(service(database), cpu=cores.server) as running:
        wrk.requests_per_second(running.url(PATH), connections=1, seconds=1, body=STORY)
    return servers.get(database.port, "/last").decode()


def _without_condition(request: str) -> str:
    """Sent as it is again and again, it would fail from the second time on."""
    return json.dumps({name: value for name, value in json.loads(request).items() if name != "ConditionExpression"})


def _botocore(cores: Cores, plan: Plan, database: Running, request: str, **variables: str) -> float:
    program = servers.rival(
        "botocore_puts",
        REQUEST=request,
        THREADS=str(plan.threads),
        WARM_SECONDS=str(plan.warm_seconds),
        SECONDS=str(plan.save_seconds),
        **_aws(database),
        **variables,
    )
    done = subprocess.run(
        program.command,
        cwd=program.cwd,
        env=servers.environment(program.variables),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, {cores.server}),
    )
    if done.returncode:
        raise Failure("the botocore rival failed", details=done.stderr.splitlines()[-5:])
    return float(done.stdout)
