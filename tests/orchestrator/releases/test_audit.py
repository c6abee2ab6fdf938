"""The audit: a record of every changing command, written when it begins and when it ends, in the way of neither."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.releases import audit
from orchestrator.system import paths

CONSOLE = Console(live=False)


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    made = emulated()
    state.ensure_bucket(made)
    return made


def without_bucket(emulated: Callable[..., Aws]) -> Aws:
    """An AWS in which no record can be written."""
    return emulated()


def kept(aws: Aws) -> list[Path]:
    return sorted((aws.environment.work / "audit").glob("*.json"))


def test_a_command_is_recorded_with_who_ran_it_where_and_how_it_ended(aws: Aws) -> None:
    typed = {"service": "words", "count": 3}
    with audit.recorded(aws.environment, CONSOLE, verb="scale", arguments=typed, aws=aws) as it:
        (begun,) = audit.read(aws)
        assert (begun.outcome, begun.exit_code, begun.seconds, begun.has_ended) == ("begun", None, None, False)
        it.details["tasks"] = 3
    (record,) = audit.read(aws)
    assert (record.verb, record.arguments, record.details) == ("scale", typed, {"tasks": 3})
    assert record.identity == aws.client("sts").get_caller_identity()["Arn"]
    assert (record.person, record.host) == (audit.person(), os.uname().nodename)
    assert (record.outcome, record.exit_code, record.environment) == ("succeeded", 0, "blue")
    assert record.seconds is not None
    assert record.seconds > 0


@pytest.mark.parametrize(
    ("error", "code", "outcome"),
    [
        (Failure("no", reason="because"), 1, "failed"),
        (Failure("no", reason="because", exit_code=ExitCode.ROLLED_BACK), 4, "rolled back"),
        (Failure("no", reason="because", exit_code=ExitCode.STOPPED_BY_REVIEW), 3, "stopped by review"),
        (Interrupted("the soak"), 130, "interrupted"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("by zero"), 1, "failed"),
    ],
)
def test_a_failure_is_recorded_and_raised(aws: Aws, error: BaseException, code: int, outcome: str) -> None:
    with pytest.raises(type(error)), audit.recorded(aws.environment, CONSOLE, verb="up", aws=aws):
        raise error
    (record,) = audit.read(aws)
    assert (record.exit_code, record.outcome) == (code, outcome)
    assert record.error


def test_a_bundle_that_a_command_has_begun_to_deploy_is_known_also_after_it_was_killed(aws: Aws) -> None:
    with audit.recorded(aws.environment, CONSOLE, verb="up", aws=aws):
        audit.deploys({"commit": "abc", "bundle": ""})
    assert not audit.has_begun(aws, "f" * 64)
    with audit.recorded(aws.environment, CONSOLE, verb="ci apply", aws=aws):
        audit.deploys({"commit": "abc", "bundle": "f" * 64})
        assert audit.has_begun(aws, "f" * 64), "what is read is what is left of it if it is killed here"
        assert not audit.has_begun(aws, "e" * 64)


def test_a_command_inside_of_another_is_part_of_it(aws: Aws) -> None:
    with audit.recorded(aws.environment, CONSOLE, verb="ci apply") as outer:
        assert audit.read(aws) == []
        with audit.recorded(aws.environment, CONSOLE, verb="apply", aws=aws) as inner:
            assert inner is outer is audit.current()
    assert [record.verb for record in audit.read(aws)] == ["ci apply"]
    assert audit.current() is None


def test_what_never_reached_its_aws_leaves_no_record(aws: Aws) -> None:
    with pytest.raises(Failure), audit.recorded(aws.environment, CONSOLE, verb="up"):
        raise Failure("terraform is missing")
    assert audit.read(aws) == []


def test_reaching_aws_writes_only_for_a_command_that_is_recorded(aws: Aws) -> None:
    audit.reached(aws)
    audit.left()
    assert audit.read(aws) == []


def test_a_record_that_cannot_be_written_waits_and_is_no_failure(
    emulated: Callable[..., Aws], capsys: pytest.CaptureFixture[str]
) -> None:
    aws = without_bucket(emulated)
    with audit.recorded(aws.environment, CONSOLE, verb="scale", aws=aws):
        pass
    (file,) = kept(aws)
    assert str(file) in capsys.readouterr().err
    assert json.loads(file.read_text())["outcome"] == "succeeded"
    assert file.stat().st_mode & 0o077 == 0
    state.ensure_bucket(aws)
    with audit.recorded(aws.environment, CONSOLE, verb="freeze", aws=aws):
        pass
    assert {record.verb: record.outcome for record in audit.read(aws)} == {"scale": "succeeded", "freeze": "succeeded"}
    assert kept(aws) == []


def test_nor_is_one_that_cannot_be_kept_either(
    emulated: Callable[..., Aws], capsys: pytest.CaptureFixture[str]
) -> None:
    aws = without_bucket(emulated)
    paths.WORK.parent.mkdir(exist_ok=True)
    paths.WORK.write_text("a file, where the folder should be")
    with audit.recorded(aws.environment, CONSOLE, verb="scale", aws=aws):
        pass
    assert "nor can it be kept" in capsys.readouterr().err


def test_how_a_command_ended_that_stopped_its_own_aws_is_written_by_the_next(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    with audit.recorded(aws.environment, CONSOLE, verb="stop", aws=aws):
        audit.left()
    assert "warning" not in capsys.readouterr().err
    assert [record.outcome for record in audit.read(aws)] == ["begun"]
    with audit.recorded(aws.environment, CONSOLE, verb="up", aws=aws):
        pass
    assert {record.verb: record.outcome for record in audit.read(aws)} == {"stop": "succeeded", "up": "succeeded"}


def test_the_last_records_are_read_and_those_of_other_versions_too(aws: Aws) -> None:
    for number in range(3):
        record = audit.Record(f"2026-{number}", "blue", f"verb{number}", {}, "p", "h", "t")
        state.write(aws, audit.key(aws.environment, record.id), {**record.__dict__, "of_a_later_version": 1})
    assert [record.verb for record in audit.read(aws, last=2)] == ["verb1", "verb2"]
    assert len(audit.read(aws)) == 3


def test_records_of_one_second_are_in_the_order_in_which_they_began(aws: Aws) -> None:
    ids = [audit._begin(aws.environment, "scale", {}).id for _ in range(20)]
    assert ids == sorted(ids)
    assert {len(each) for each in ids} == {len("20270131T120000Z-01234567")}


def test_a_broken_record_is_named(aws: Aws) -> None:
    state.write(aws, audit.key(aws.environment, "x"), {"verb": "up"})
    with pytest.raises(state.Broken, match=r"blue/audit/x\.json") as caught:
        audit.read(aws)
    assert "only this record is lost" in caught.value.next_step


KILLED = """
import sys, time
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from pathlib import Path
environment = Environment("blue", sys.argv[1], "us-east-1", "X86_64", Path("blue.tfvars"))
keys = {"AWS_ACCESS_KEY_ID": sys.argv[1], "AWS_SECRET_ACCESS_KEY": "test"}
with audit.recorded(environment, Console(live=False), verb="up", aws=Aws(environment, sys.argv[2], keys)):
    print("inside", flush=True)
    time.sleep(60)
"""


def test_a_killed_command_leaves_a_record_that_it_began(aws: Aws) -> None:
    command = [sys.executable, "-c", KILLED, aws.environment.account_id, str(aws.endpoint)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=paths.ROOT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "inside\n"
        process.send_signal(signal.SIGKILL)
    (record,) = audit.read(aws)
    assert (record.verb, record.outcome, record.seconds) == ("up", "begun", None)
