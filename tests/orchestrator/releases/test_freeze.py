"""A freeze in the state bucket: put once, lifted once, and whoever deploys is stopped by it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.releases import audit, freeze
from orchestrator.releases.freeze import Freeze, Frozen

KEY = "blue/freeze.json"


def test_an_environment_that_was_never_deployed_can_be_frozen(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    assert freeze.current(aws) is None
    assert freeze.refuse(aws) is None
    assert freeze.lift(aws) is None
    made = freeze.put(aws, "a migration")
    assert freeze.current(aws) == made
    assert made.reason == "a migration"
    assert made.identity.startswith("arn:aws:")
    assert made.created_by
    assert state.ensure_bucket(aws) is False


def test_whoever_deploys_is_stopped_and_reads_who_why_since_when_and_what_to_do(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    made = freeze.put(aws, "a migration, ask Anna")
    with pytest.raises(Frozen) as caught:
        freeze.refuse(aws)
    text = caught.value.render()
    assert caught.value.exit_code == ExitCode.FAILURE
    for part in ("blue is frozen; nothing was changed", made.created_by, made.identity, made.created_at,
                 "a migration, ask Anna", "orchestrate.py unfreeze blue", "--despite-freeze"):  # fmt: skip
        assert part in text


def test_with_a_reason_it_goes_on_and_the_freeze_is_named(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    said: list[str] = []
    made = freeze.put(aws, "a migration")
    assert freeze.pass_over(aws, "fixes the outage", said.append) == made
    (line,) = said
    assert "blue is frozen" in line
    assert "fixes the outage" in line
    assert made.reason in line
    assert freeze.current(aws) == made
    freeze.lift(aws)
    assert freeze.pass_over(aws, "fixes the outage", said.append) is None
    assert len(said) == 1


def test_the_reason_is_in_the_record_of_the_command(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    made = freeze.put(aws, "a migration")
    with audit.recorded(aws.environment, Console(live=False), verb="apply", aws=aws):
        freeze.pass_over(aws, "fixes the outage", lambda line: None)
    (record,) = audit.read(aws)
    assert record.details["despite_freeze"] == {"reason": "fixes the outage", "freeze": freeze.describe(made)}


def test_of_many_who_freeze_at_once_one_has_done_it_and_the_others_are_answered_whose_it_is(
    emulated: Callable[..., Aws],
) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    together = threading.Barrier(6)

    def try_it(number: int) -> Freeze | Failure:
        together.wait()
        try:
            return freeze.put(aws, f"reason {number}")
        except Failure as failure:
            return failure

    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(try_it, range(6)))
    (made,) = [item for item in ended if isinstance(item, Freeze)]
    refused = [item for item in ended if isinstance(item, Failure)]
    assert freeze.current(aws) == made
    assert len(refused) == 5
    assert all(made.reason in item.reason and "frozen already" in item.message for item in refused)


def test_lifting_is_done_once_and_says_what_was_lifted(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    made = freeze.put(aws, "a migration")
    assert freeze.lift(aws) == made
    assert freeze.lift(aws) is None
    assert freeze.current(aws) is None
    again = freeze.put(aws, "another")
    assert freeze.current(aws) == again


def test_only_the_freeze_that_was_read_is_lifted(emulated: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch) -> None:
    aws = emulated()
    freeze.put(aws, "the first")
    read = freeze._stored

    def read_while_another_takes_its_place(aws_again: Aws) -> tuple[Freeze, str] | None:
        found = read(aws_again)
        monkeypatch.setattr(freeze, "_stored", read)
        freeze.lift(aws)
        freeze.put(aws, "the second")
        return found

    monkeypatch.setattr(freeze, "_stored", read_while_another_takes_its_place)
    with pytest.raises(Failure, match="was replaced meanwhile"):
        freeze.lift(aws)
    assert "the second" in str(freeze.current(aws))


@pytest.mark.parametrize("content", [b"", b"no JSON", b"[]", b'{"reason": 5}', b'{"reason": "r"}', b"null", b"\xff"])
def test_a_record_that_cannot_be_read_holds_until_it_is_lifted(emulated: Callable[..., Aws], content: bytes) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    aws.client("s3").put_object(Bucket=aws.environment.state_bucket, Key=KEY, Body=content)
    with pytest.raises(Frozen, match="blue is frozen") as caught:
        freeze.refuse(aws)
    assert "its record cannot be read" in caught.value.reason
    assert freeze.lift(aws) is not None
    assert freeze.refuse(aws) is None


def test_a_record_moves_no_terminal(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    state.ensure_bucket(aws)
    state.write(
        aws, KEY, {"created_at": "t", "created_by": "\x1b]0;x\x07eve", "identity": "", "reason": "a\x1b[2Jb\nc"}
    )
    assert str(freeze.current(aws)) == "eve froze it at t: ab c"


def test_environments_are_frozen_apart(emulated: Callable[..., Aws]) -> None:
    blue = emulated()
    green = emulated("green")
    freeze.put(blue, "blue alone")
    assert freeze.current(green) is None
    assert freeze.describe(None) is None
    assert (freeze.describe(freeze.current(blue)) or {})["reason"] == "blue alone"
