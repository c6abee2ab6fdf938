"""A lock of Terraform's state is released where the Terraform that took it is certainly dead, and nowhere else."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import state, state_lock
from orchestrator.aws.session import Aws
from orchestrator.aws.state_lock import Lock, Started
from orchestrator.system import processes

ID = "6f1b0c2e-1111-2222-3333-1234567890ab"
NOW = 1_800_000_000.0
DEAD = Started(pid=2**22 + 1, began=1, boot="another", at=NOW)


def lock_of(who: str = "kim@desk", at: float = NOW + 3) -> dict[str, Any]:
    """What Terraform writes into its lock file."""
    created = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
    return {"ID": ID, "Operation": "OperationTypeApply", "Who": who, "Created": created}


def abandoned(lock: dict[str, Any], last: Started | None, *, emulated: bool = False, living: bool = False) -> bool:
    return state_lock.is_abandoned(lock, "kim@desk", last, emulated=emulated, living=living)


@pytest.mark.parametrize("emulated", [True, False])
def test_never_one_of_another_machine_or_user_or_of_a_terraform_that_lives(emulated: bool) -> None:
    assert abandoned(lock_of(), DEAD, emulated=emulated)
    assert not abandoned(lock_of("kim@laptop"), DEAD, emulated=emulated)
    assert not abandoned(lock_of("root@desk"), DEAD, emulated=emulated)
    assert not abandoned(lock_of(), DEAD, emulated=emulated, living=True)


def test_one_that_cannot_be_read_is_free_only_where_no_other_machine_can_have_it() -> None:
    assert abandoned({}, None, emulated=True)
    assert not abandoned({}, None, emulated=True, living=True)
    assert not abandoned({}, DEAD, emulated=False)


def test_an_emulated_aws_is_used_from_this_machine_alone() -> None:
    assert abandoned(lock_of(), None, emulated=True)
    assert not abandoned(lock_of(), None, emulated=False)


@pytest.mark.parametrize(
    ("taken", "ended", "is_free"),
    [(-0.1, None, False), (0, None, True), (119, None, True), (121, None, False), (500, 600, True), (601, 600, False)],
)
def test_on_aws_it_must_have_been_taken_while_our_terraform_ran(taken: float, ended: int | None, is_free: bool) -> None:
    last = replace(DEAD, ended=None if ended is None else NOW + ended)
    assert abandoned(lock_of(at=NOW + taken), last) is is_free


def test_on_aws_ours_must_be_dead() -> None:
    me = processes.identity(os.getpid())
    assert me is not None
    alive = Started(me.pid, me.began, state_lock._boot(), NOW)
    assert not abandoned(lock_of(), alive)
    assert abandoned(lock_of(), replace(alive, began=me.began + 1)), "another process has its number now"
    assert abandoned(lock_of(), replace(alive, boot="another")), "the machine was started anew"


@pytest.mark.parametrize("created", ["", "yesterday", "2026-99-01T00:00:00Z"])
def test_a_time_that_cannot_be_read_proves_nothing(created: str) -> None:
    assert not abandoned({**lock_of(), "Created": created}, DEAD)


def test_terraform_s_time_has_nanoseconds_and_is_utc() -> None:
    assert state_lock.seconds("1970-01-01T00:00:02.123456789Z") == pytest.approx(2.123456)
    assert state_lock.seconds("1970-01-01 00:00:02.5 +0000 UTC") is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_broken_lock_file_says_nothing(body: bytes) -> None:
    assert state_lock.parse(body) == {}


def test_what_was_started_is_remembered_until_it_ends_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "data" / "last-run.json"
    state_lock.started(file, os.getpid(), time.time())
    running = state_lock.recorded(file)
    assert running is not None and running.is_alive
    state_lock.ended(file, left_lock=True)
    killed = state_lock.recorded(file)
    assert killed is not None and killed.ended is not None
    assert time.time() - 60 < killed.ended <= time.time()
    state_lock.ended(file, left_lock=False)
    assert state_lock.recorded(file) is None


@pytest.fixture
def lock(emulated: Callable[..., Aws]) -> Lock:
    aws = emulated()
    state.ensure_bucket(aws)
    return Lock(aws, "blue/terraform.tfstate")


def put(lock: Lock, content: dict[str, Any]) -> None:
    lock.aws.client("s3").put_object(**lock._place, Body=json.dumps(content))


def ids(lock: Lock) -> list[str]:
    """The id in the lock file, if there is one."""
    keys = state.keys(lock.aws, lock._place["Key"])
    found = []
    for key in keys:
        content = state.read(lock.aws, key)
        assert content is not None
        found.append(content["ID"])
    return found


def test_the_lock_of_a_dead_terraform_is_released(lock: Lock) -> None:
    put(lock, lock_of(state_lock.me()))
    assert lock.release({"ID": ID}, None)
    assert ids(lock) == []


def test_the_lock_of_another_machine_stays(lock: Lock) -> None:
    put(lock, lock_of("kim@laptop"))
    assert not lock.release({"ID": ID}, DEAD)
    assert ids(lock) == [ID]


def test_one_that_is_gone_meanwhile_is_free(lock: Lock) -> None:
    assert lock.release({"ID": ID}, None)


def test_a_new_holder_that_comes_between_keeps_its_lock(lock: Lock) -> None:
    put(lock, lock_of(state_lock.me()))

    def another(**_: object) -> None:
        lock.aws.client("s3").meta.events.unregister("before-call.s3.DeleteObject", another)
        put(lock, {**lock_of(state_lock.me()), "ID": "new"})

    lock.aws.client("s3").meta.events.register("before-call.s3.DeleteObject", another)
    assert lock.release({"ID": ID}, None)
    assert ids(lock) == ["new"]


def test_two_that_release_it_at_once_both_go_on(lock: Lock) -> None:
    put(lock, lock_of(state_lock.me()))
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: lock.release({"ID": ID}, None), range(4)))
    assert ids(lock) == []
