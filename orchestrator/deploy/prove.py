"""Proving a version: live on every task, answering as it should, and well through its soak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.aws import refusals
from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.prepare.prepare import Prepared
from orchestrator.proof import evidence, smoke
from orchestrator.proof.rollout import Expected, Observer
from orchestrator.proof.smoke import SmokeFailed
from orchestrator.proof.watch import RolloutFailed, Watch
from orchestrator.standby.standby import Standby


class Unwatched(Failure):
    """The rollout goes on without anybody watching: AWS did not answer. Nothing is rolled back for that."""

    def __init__(self, error: Exception) -> None:
        told = refusals.failure(
            error,
            "the new version could not be watched to its end",
            next_step="run the same command again: it changes nothing more, and looks again",
        )
        super().__init__(told.message, reason=told.reason, next_step=told.next_step)


@dataclass(frozen=True)
class How:
    """How much is asked of a version: `soak_seconds` of being watched; `behind_standby` where people's requests go
    to a standby meanwhile, so that the version itself is reached by a header only."""

    soak_seconds: float = 0.0
    behind_standby: bool = False


def prove(prepared: Prepared, expected: Mapping[str, Expected], console: Console, how: How) -> str:
    """Wait for the rollout, try every service, watch it through its soak, try again; the URL.

    Raises `RolloutFailed` or `SmokeFailed` if the version is not live, `Overtaken` if another deploy came, and
    `Unwatched` if AWS did not let it be watched: that says nothing against the version.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _prove(prepared, expected, console, how)
    except (BotoCoreError, ClientError) as error:
        raise Unwatched(error) from error


def _prove(prepared: Prepared, expected: Mapping[str, Expected], console: Console, how: How) -> str:
    services, target = prepared.services, prepared.target
    running = [service for service in services if service.runs]
    watch = Watch(target, running, expected)
    with console.stage("rollout") as stage:
        tasks = watch.until_live(stage)
        stage.result = f"{len(running)} services run"
    address = target.address()
    if address is None:
        raise Failure("there is no load balancer", next_step="run the same command again")
    with_tasks = [service for service in running if service.is_web and tasks[service.name]]
    headers = Standby(target).open_proof(with_tasks) if how.behind_standby else {}

    def try_all() -> None:
        try:
            with console.stage("smoke test") as stage:
                smoke.test(
                    address, with_tasks, stage, environment=target.environment.name, headers=headers,
                    meanwhile=lambda: watch.look_again(stage),
                )  # fmt: skip
        except SmokeFailed as failed:
            _add_evidence(prepared, expected, failed)
            raise

    try_all()
    if how.soak_seconds:
        with console.stage("soak") as stage:
            watch.soak(stage, how.soak_seconds)
            stage.result = f"well for {how.soak_seconds:.0f} s"
        try_all()
    if address.host != address.balancer and not address.resolves:
        console.say(f"warning: {address.host} does not resolve yet: point it (CNAME or alias) to {address.balancer}")
    return address.url


def _add_evidence(prepared: Prepared, expected: Mapping[str, Expected], failed: SmokeFailed) -> None:
    """What the service's task wrote, which going back may take away."""
    target, name = prepared.target, failed.service
    found = evidence.collect(target, name, Observer(target).observe(name), expected[name])
    evidence.keep(target, name, found, f"{failed.message}: {failed.reason}")
    failed.details, failed.evidence = found.log, found


__all__ = ["How", "RolloutFailed", "Unwatched", "prove"]
