"""Whatever is killed, and whenever: the next `up` heals it. `--long` kills everything in every stage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .kills import HUP, INT, KILL, TERM, Kill, Range, every_kill

pytestmark = pytest.mark.system

# One of each kind. What the others would show, `--long` shows.
CHOSEN = (
    Kill("base", "orchestrator", KILL),
    Kill("emulator", "emulator", KILL),
    Kill("build", "docker", KILL),
    Kill("push", "orchestrator", KILL),
    Kill("init", "orchestrator", KILL),
    Kill("plan", "orchestrator", KILL),
    Kill("plan", "terraform", KILL, 4.0),
    Kill("plan", "provider", KILL, 4.0),
    Kill("apply", "orchestrator", KILL),
    Kill("apply", "terraform", TERM, 3.0),
    Kill("applying", "terraform", KILL),
    Kill("applying", "orchestrator", INT),
    Kill("rollout", "orchestrator", HUP),
    Kill("smoke", "emulator", KILL),
    Kill("release", "orchestrator", KILL),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kill" in metafunc.fixturenames:
        kills = tuple(every_kill()) if metafunc.config.getoption("--long") else CHOSEN
        metafunc.parametrize("kill", kills, ids=str)


@pytest.fixture(scope="module")
def killing_range(own_clone) -> Iterator[Range]:
    """One clone for all of them: each kill costs an edit, a killed `up` and a healing one."""
    made = Range(own_clone)
    made.begin()
    yield made


def test_the_next_up_heals(killing_range, kill):
    killing_range.try_out(kill)


def test_at_least_sixty_kills_are_tried_at_full_length():
    assert len(set(every_kill())) >= 60
    assert set(CHOSEN) <= set(every_kill())
