"""Watches a deploy until it is live, and through its soak: asks again and again, with bounded patience."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.project.manifest import Service
from orchestrator.proof import evidence, probe, stops
from orchestrator.proof.evidence import Evidence
from orchestrator.proof.probe import Complaint
from orchestrator.proof.rollout import ASKERS, Expected, Observation, Observer, Verdict, judge
from orchestrator.system import interrupt
from orchestrator.target import Target

POLL_SECONDS = 2.0
LOCAL_POLL_SECONDS = 0.5
# ECS's own circuit breaker gives up well before this; it bounds what nobody else bounds.
DEADLINE_SECONDS = 900.0
# For so long in all may a version that runs be unwell: the health check grace period, twice. Flapping adds up.
UNWELL_SECONDS = 60.0
# An answer that no process gives because it has only just begun: three health checks.
LASTING_SECONDS = 15.0
# What lies between two looks counts as unwell if both ends are, and something else may have been done in between.
LONGEST_LOOK_SECONDS = 10.0


class RolloutFailed(Failure):
    """A version did not go live. `services` are those that failed or whose tasks die; `evidence` is of the first."""

    services: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def service(self) -> str:
        """The one that failed."""
        return self.services[0] if self.services else ""


class Overtaken(Failure):
    """Another deploy changed the service while this one waited. Going back would undo that one."""

    def __init__(self, target: Target, name: str, text: str) -> None:
        super().__init__(
            f"the new version of {name} did not get to its end: {text}",
            reason="Somebody deploys to the same environment from another checkout. Nothing was rolled back.",
            next_step=f"python3 orchestrate.py status {target.environment.name}",
        )


@dataclass
class _Watched:
    service: Service
    expected: Expected
    known: frozenset[str] | None = None
    """Stopped tasks from before this run, which say nothing of it; None before the first look."""
    unwell_seconds: float = 0.0
    lasting_seconds: float = 0.0
    seen: Observation = field(default_factory=lambda: Observation({}))

    def see(self, now: Observation) -> None:
        """Take what ECS says now for what is seen, without the tasks that had stopped before."""
        if self.known is None:
            moved = self.expected.definition not in (None, self.expected.before)
            self.known = frozenset() if moved else frozenset(str(task["taskArn"]) for task in now.stopped)
        fresh = [task for task in now.stopped if str(task["taskArn"]) not in self.known]
        self.seen = replace(now, stopped=fresh)

    @property
    def failures(self) -> list[Mapping[str, Any]]:
        return self.seen.failures(self.expected)


class Watch:
    """One deploy under observation."""

    def __init__(self, target: Target, services: Sequence[Service], expected: Mapping[str, Expected]) -> None:
        self._target = target
        self._observer = Observer(target)
        self._watched = {service.name: _Watched(service, expected[service.name]) for service in services}
        self._teller = _EventTeller()
        self._before: set[str] = set()
        self._missed: set[str] = set()
        self._passed, self._looked = 0.0, time.monotonic()
        self._poll_seconds = LOCAL_POLL_SECONDS if target.containers is not None else POLL_SECONDS

    def until_live(self, stage: Stage) -> dict[str, int]:
        """Return when every service runs what is expected on every task and answers: per service the number of tasks.

        Raises `RolloutFailed` with evidence, or `Overtaken`.
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        live: set[str] = set()
        while True:
            verdicts = self._look(stage)
            for name, verdict in verdicts.items():
                if verdict.outcome == "live" and name not in live:
                    stage.event(f"{name} is live, {verdict.text}")
                    live.add(name)
            waiting = {name: verdict for name, verdict in verdicts.items() if verdict.outcome != "live"}
            if not waiting:
                self._before = {str(task["taskArn"]) for item in self._watched.values() for task in item.failures}
                return {name: int(item.seen.service.get("desiredCount", 0)) for name, item in self._watched.items()}
            stage.note("; ".join(f"{name}: {verdict.text}" for name, verdict in waiting.items()))
            if time.monotonic() > deadline:
                raise self._failure(next(iter(waiting)), f"not live after {DEADLINE_SECONDS / 60:.0f} minutes")
            self._sleep("the rollout")

    def soak(self, stage: Stage, seconds: float) -> None:
        """Watch what is live for so long. Raises `RolloutFailed` if a task ends by itself or is unwell meanwhile."""
        deadline = time.monotonic() + DEADLINE_SECONDS + seconds
        well_since = time.monotonic()
        while (left := well_since + seconds - time.monotonic()) > 0:
            stage.note(f"{left:.0f} s to go")
            self._sleep("the soak", min(self._poll_seconds, left))
            verdicts = self.look_again(stage)
            unwell = {name: verdict for name, verdict in verdicts.items() if verdict.outcome != "live"}
            if unwell:
                well_since = time.monotonic()
                stage.note("; ".join(f"{name}: {verdict.text}" for name, verdict in unwell.items()))
                if time.monotonic() > deadline:
                    raise self._failure(next(iter(unwell)), "it did not stay well")

    def look_again(self, stage: Stage) -> dict[str, Verdict]:
        """How every service is after all were live. Raises `RolloutFailed` if a task has ended by itself since."""
        verdicts = self._look(stage)
        for name, item in self._watched.items():
            if any(str(task["taskArn"]) not in self._before for task in item.failures):
                raise self._failure(name, "a task of it stopped while it was watched")
        return verdicts

    def failing(self) -> tuple[str, ...]:
        """The services of which tasks have ended by themselves."""
        return tuple(sorted(name for name, item in self._watched.items() if item.failures))

    def _sleep(self, during: str, seconds: float | None = None) -> None:
        interrupt.sleep(self._poll_seconds if seconds is None else seconds, during)

    def _look(self, stage: Stage) -> dict[str, Verdict]:
        verdicts, now = {}, time.monotonic()
        containers = self._target.containers() if self._target.containers is not None else None
        self._passed, self._looked = min(now - self._looked, LONGEST_LOOK_SECONDS), now
        observed = self._observer.observe_all(self._watched)
        for name, item in self._watched.items():
            item.see(observed[name])
            self._teller.tell(stage, name, item.seen.service.get("events", []))
            if containers is not None:
                self._replace_gone(item.seen, containers, stage)
            verdicts[name] = self._told(name, judge(item.seen, item.expected))
        content = [self._watched[name] for name, verdict in verdicts.items() if verdict.outcome == "live"]
        with ThreadPoolExecutor(max_workers=ASKERS) as pool:
            complaints = list(pool.map(self._complaint, content))
        for item, found in zip(content, complaints, strict=True):
            name = item.service.name
            verdicts[name] = self._told(name, self._proven(item, verdicts[name], found))
        return verdicts

    def _told(self, name: str, verdict: Verdict) -> Verdict:
        if verdict.outcome == "overtaken":
            raise Overtaken(self._target, name, verdict.text)
        if verdict.outcome == "failed":
            raise self._failure(name, verdict.text)
        return verdict

    def _complaint(self, item: _Watched) -> Complaint | None:
        return probe.complaint(self._target, item.service, item.seen.service, item.seen.tasks)

    def _proven(self, item: _Watched, verdict: Verdict, found: Complaint | None) -> Verdict:
        """ECS is content: now the load balancer and, where they can be asked, the tasks must say that they are well."""
        if found is None:
            return verdict
        item.unwell_seconds += self._passed
        item.lasting_seconds = item.lasting_seconds + self._passed if found.lasting else 0.0
        too_long = item.unwell_seconds > UNWELL_SECONDS or item.lasting_seconds > LASTING_SECONDS
        return Verdict("failed" if too_long else "waiting", found.text)

    def _replace_gone(self, seen: Observation, containers: Collection[str], stage: Stage) -> None:
        """The emulator takes a container that was removed behind its back for one that it cannot see at the moment.

        A task is replaced that had none at two looks in a row: one that has just ended may still be said to run, and
        one that has just begun be said to run already. Told the count that it has, the emulator looks after a service
        whose task was stopped from outside.
        """
        ecs, cluster = self._target.aws.client("ecs"), self._target.environment.prefix
        for task in seen.tasks:
            arn = str(task["taskArn"])
            if not probe.is_gone(task, containers):
                self._missed.discard(arn)
            elif arn not in self._missed:
                self._missed.add(arn)
            else:
                stage.event(f"task {stops.short_id(task)} has lost its container and is replaced")
                ecs.stop_task(cluster=cluster, task=arn, reason="its container is gone")
                count = seen.service.get("desiredCount", 0)
                ecs.update_service(cluster=cluster, service=seen.service["serviceName"], desiredCount=count)

    def _failure(self, name: str, reason: str) -> RolloutFailed:
        """The failure of one service's rollout with its task's reason, exit code and last log lines."""
        item = self._watched[name]
        item.seen = self._observer.observe(name) if not item.failures else item.seen
        others = [other for other in self.failing() if other != name]
        found = evidence.collect(self._target, name, item.seen, item.expected)
        evidence.keep(self._target, name, found, reason)
        more = f"\nTasks of {', '.join(others)} stop as well." if others else ""
        failed = RolloutFailed(
            f"the new version of {name} did not go live: {reason}",
            reason=found.reason + more,
            details=found.log,
            next_step=f"python3 orchestrate.py logs {name} {self._target.environment.name}",
        )
        failed.services, failed.evidence = (name, *others), found
        return failed


class _EventTeller:
    """Passes on each ECS event once, and none from before this run."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def tell(self, stage: Stage, name: str, events: Sequence[Mapping[str, Any]]) -> None:
        known = self._seen.get(name)
        fresh = [event for event in events if known is not None and event.get("id") not in known]
        self._seen[name] = {str(event.get("id")) for event in events}
        for event in reversed(fresh):
            stage.event(str(event.get("message", "")))
