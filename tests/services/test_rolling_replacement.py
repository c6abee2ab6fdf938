"""Two tasks behind a load balancer are replaced one by one, again and again, while clients ask: nobody may notice.

The balancer is a real HAProxy with health checks and reused connections, and it never repeats a request. The two orders
are ECS's own: a deployment takes a task out of the balancer and ends it when the deregistration is over; a stopped task
or an interrupted Spot instance gets SIGTERM first, and the balancer learns of it while requests go on arriving. Times
are those of production divided by about ten.
"""

import itertools
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .haproxy import Balancer
from .load import Load, Question, Tally
from .running import RunningService

TASKS = 2
CONNECTIONS = 48
"""So many that some are busy at any moment: a task that closed its connections at SIGTERM would be found out."""
DRAIN_SECONDS = 5
DEREGISTRATION_SECONDS = 1
UNTOLD_SECONDS = 1
"""How long the balancer does not know that a task has got SIGTERM."""
LONG_REQUESTS = 50_000
"""Requests of each order at full length."""
MOST_SECONDS = 300

QUESTIONS = (
    Question("GET", "/api/words?kind=noun&count=3", lambda answer: len(set(answer["words"])) == 3),
    Question("GET", "/api/words?kind=adjective&count=7", lambda answer: len(set(answer["words"])) == 7),
    Question(
        "POST",
        "/api/words/fill",
        lambda answer: answer["text"].endswith(" sleeps") and "{" not in answer["text"],
        b'{"template": "The {adjective} {noun} sleeps"}',
    ),
)


@dataclass
class Task:
    """A task as the balancer knows it."""

    name: str
    service: RunningService


class Deployment:
    """Tasks behind the balancer, the oldest first."""

    def __init__(self, balancer: Balancer, start: Callable[..., RunningService], drain_seconds: int) -> None:
        self._balancer = balancer
        self._start = start
        self._drain_seconds = drain_seconds
        self._numbers = itertools.count(1)
        self._ending: list[Task] = []
        self.ended: list[Task] = []
        self.tasks: deque[Task] = deque()
        for _ in range(TASKS):
            self.add()

    def add(self) -> None:
        """Starts a task, and returns when the balancer sends requests to it."""
        drain = {"ENVIRONMENT": "staging", "DRAIN_SECONDS": str(self._drain_seconds)}
        service = self._start("words", SERVICE_NAME="words", BASE_PATH="/api/words", **drain)
        task = Task(f"task-{next(self._numbers)}", service)
        self._balancer.register(task.name, service.port)
        self._balancer.wait_until_healthy(task.name)
        self.tasks.append(task)

    def replace_deregistering_first(self) -> None:
        """As a deployment does: a new task, then the oldest goes out of the balancer, then it gets SIGTERM."""
        self.add()
        task = self.tasks.popleft()
        self._balancer.deregister(task.name)
        time.sleep(DEREGISTRATION_SECONDS)
        self._signal(task)

    def replace_signalling_first(self) -> None:
        """As StopTask and Spot do: the oldest task gets SIGTERM, and the balancer learns of it later."""
        self.add()
        task = self.tasks.popleft()
        self._signal(task)
        time.sleep(UNTOLD_SECONDS)
        self._balancer.deregister(task.name)

    def wait_for_ends(self) -> None:
        """Returns when all tasks that were told to end have ended, as a task should."""
        for task in self._ending:
            assert task.service.process.wait(timeout=30) == 0
            self._balancer.remove(task.name)
        self.ended += self._ending
        self._ending.clear()

    def _signal(self, task: Task) -> None:
        task.service.process.send_signal(signal.SIGTERM)
        self._ending.append(task)


@pytest.fixture
def balancer(program: Callable[..., str], tmp_path: Path) -> Iterator[Balancer]:
    running = Balancer(program("haproxy"), tmp_path)
    yield running
    running.stop()


@pytest.fixture
def deploy(balancer: Balancer, start_service: Callable[..., RunningService]) -> Iterator[Callable[[int], Deployment]]:
    """Two tasks that serve, with the given drain time."""
    deployments: list[Deployment] = []

    def make(drain_seconds: int) -> Deployment:
        deployments.append(Deployment(balancer, start_service, drain_seconds))
        return deployments[-1]

    yield make
    for task in itertools.chain.from_iterable(deployment.tasks for deployment in deployments):
        task.service.process.kill()
        task.service.process.wait()


@pytest.fixture
def report(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Writes a line of figures to the terminal, although pytest captures what tests write."""

    def write(text: str) -> None:
        with capsys.disabled():
            pytestconfig.get_terminal_writer().line(f"\n{text}")

    return write


def roll(replace: Callable[[], None], deployment: Deployment, balancer: Balancer, least_requests: int) -> Tally:
    """Replaces all tasks under load, and again until that many requests were made."""
    with Load(balancer.port, QUESTIONS, connections=CONNECTIONS, seconds=MOST_SECONDS) as load:
        while True:
            for _ in range(TASKS):
                replace()
            deployment.wait_for_ends()
            if load.is_over or load.tally.requests >= least_requests:
                break
    return load.tally


def requests_after_sigterm(task: Task) -> int:
    """How many requests a task answered in its drain."""
    messages = [line["message"] for line in task.service.lines()]
    return messages[messages.index("draining") :].count("request")


@pytest.mark.parametrize("order", ["deregistering_first", "signalling_first"])
def test_no_request_is_lost_while_tasks_are_replaced(
    order: str, deploy: Callable[[int], Deployment], balancer: Balancer, long_run: bool, report: Callable[[str], None]
) -> None:
    deployment = deploy(DRAIN_SECONDS)
    least = LONG_REQUESTS if long_run else 1
    tally = roll(getattr(deployment, f"replace_{order}"), deployment, balancer, least)
    seen = balancer.counters("BACKEND")
    answered = ", ".join(f"{count} {method}" for method, count in tally.right.items())
    report(f"{order}: {answered} answered, {len(tally.failures)} failed, {len(deployment.ended)} tasks replaced")
    assert not tally.failures, "\n".join(tally.failures[:20])
    assert tally.requests >= max(least, 500)
    assert tally.right["POST"] > tally.right["GET"] / 3
    # The balancer saw the same, and it did reuse connections: those are what a careless end resets.
    assert [int(seen[name]) for name in ("econ", "eresp", "wretr", "wredis", "hrsp_5xx")] == [0] * 5
    assert int(seen["reuse"]) > tally.requests / 2
    if order == "signalling_first":
        assert min(requests_after_sigterm(task) for task in deployment.ended) > 20


def test_without_a_drain_the_same_load_does_lose_requests(
    deploy: Callable[[int], Deployment], balancer: Balancer
) -> None:
    """What the test above would show if services ended at once."""
    deployment = deploy(0)
    tally = roll(deployment.replace_signalling_first, deployment, balancer, 1)
    refused = int(balancer.counters("BACKEND")["econ"])
    assert 0 < refused <= len(tally.failures) < tally.requests
