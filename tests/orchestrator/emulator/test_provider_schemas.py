"""Which schemas of its provider a run of Terraform gets, and what is kept of them: no process, no Terraform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.emulator.provider import kept_schema, mentioned, reattach, schema
from orchestrator.emulator.provider.attached import RelayProcess
from orchestrator.emulator.provider.mentioned import Mentioned
from orchestrator.project import survivors
from orchestrator.system import paths
from tests.orchestrator.emulator.conftest import eventually


def varint(value: int) -> bytes:
    last, more = value & 0x7F, value >> 7
    return bytes([last | 0x80]) + varint(more) if more else bytes([last])


def field(number: int, content: bytes) -> bytes:
    """A field of bytes, as protobuf writes it."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def entry(number: int, name: str, content: bytes) -> bytes:
    """An entry of a map."""
    return field(number, field(1, name.encode()) + field(2, content))


QUEUE = entry(2, "aws_sqs_queue", b"\x08\x01")
TABLE = entry(2, "aws_dynamodb_table", b"long" * 100)
TABLE_READ = entry(3, "aws_dynamodb_table", b"read")
REGION_READ = entry(3, "aws_region", b"")
SECRET = entry(8, "aws_secretsmanager_secret_version", b"once")
PROVIDER, META, FUNCTION = field(1, b"provider"), field(5, b"meta"), entry(7, "arn_parse", b"function")
# A number, and kinds of fields that no provider has used yet.
CAPABILITIES = field(6, varint(1 << 3) + varint(300))
NEWER = varint(20 << 3 | 1) + b"8 bytes." + varint(21 << 3 | 5) + b"4by." + varint(22 << 3) + varint(2**63)
ANSWER = QUEUE + PROVIDER + TABLE + TABLE_READ + REGION_READ + META + CAPABILITIES + FUNCTION + SECRET + NEWER


def test_the_types_that_are_wanted_stay_with_all_that_is_no_type() -> None:
    assert schema.reduced(ANSWER, {"aws_sqs_queue", "aws_region"}) == (
        QUEUE + PROVIDER + REGION_READ + META + CAPABILITIES + FUNCTION + NEWER
    )


def test_a_name_stands_for_the_resource_and_for_what_is_read_under_it() -> None:
    assert schema.reduced(ANSWER, {"aws_dynamodb_table", "aws_nothing"}) == (
        PROVIDER + TABLE + TABLE_READ + META + CAPABILITIES + FUNCTION + NEWER
    )


def test_all_that_is_wanted_is_all_that_there_is() -> None:
    everything = frozenset().union(*schema.names(ANSWER).values())
    assert schema.reduced(ANSWER, everything) == ANSWER


def test_the_types_are_told_by_the_word_that_declares_one() -> None:
    assert schema.names(ANSWER) == {
        "resource": {"aws_sqs_queue", "aws_dynamodb_table"},
        "data": {"aws_dynamodb_table", "aws_region"},
        "ephemeral": {"aws_secretsmanager_secret_version"},
    }


def test_an_entry_without_a_key_is_nobody_s() -> None:
    assert schema.reduced(field(2, field(2, b"content")), {"aws_sqs_queue"}) == b""


@pytest.mark.parametrize(
    "damaged", [ANSWER[:-1], QUEUE[:-1], b"\x12", b"\x12\xff", b"\x13", b"\xff" * 11, varint(1 << 3 | 1) + b"short"]
)
def test_what_is_cut_off_is_not_taken_for_an_answer(damaged: bytes) -> None:
    with pytest.raises(schema.NotUnderstood):
        schema.reduced(damaged, {"aws_sqs_queue"})
    assert not schema.is_sound(damaged)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_refused(content: bytes) -> None:
    try:
        cut = schema.reduced(content, ())
    except schema.NotUnderstood:
        return
    assert schema.names(cut) == {"resource": frozenset(), "data": frozenset(), "ephemeral": frozenset()}


def test_an_answer_with_a_complaint_is_not_kept() -> None:
    assert schema.is_sound(ANSWER)
    assert not schema.is_sound(ANSWER + field(4, b"something is wrong"))
    assert not schema.is_sound(PROVIDER)
    assert not schema.is_sound(b"")


CONFIGURATION = """
resource "aws_sqs_queue" "this" { name = "aws_like" }
  data "aws_region" "this" {}
removed { from = aws_dynamodb_table.gone }
# aws_kms_key is in a comment alone
"""


def test_every_word_that_could_be_a_type_is_mentioned() -> None:
    found = mentioned.in_configuration([CONFIGURATION, '{"resource": {"aws_lb": {}}}'])
    assert found.types == {
        "aws_sqs_queue", "aws_like", "aws_region", "aws_dynamodb_table", "aws_kms_key", "aws_lb"
    }  # fmt: skip
    assert found.declared == {("resource", "aws_sqs_queue"), ("data", "aws_region")}


def test_a_state_mentions_its_types() -> None:
    state = {"resources": [{"type": "aws_lb", "name": "aws_not_this"}, {"type": "terraform_data"}, {}, 1]}
    assert mentioned.in_state(state) == Mentioned(frozenset(("aws_lb", "terraform_data")))
    assert mentioned.in_state(None) == mentioned.in_state([]) == mentioned.in_state({}) == Mentioned()


def test_a_plan_mentions_what_it_carries(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plan", "w") as plan:
        plan.writestr("tfstate", '{"resources": [{"type": "aws_lb"}]}')
        plan.writestr("tfconfig/m-/main.tf", 'resource "aws_sqs_queue" "this" {}')
        plan.writestr("tfplan", b"\xff\x00aws_kms_key\x00")
    assert mentioned.in_plan(tmp_path / "plan").types == {"aws_lb", "aws_sqs_queue", "aws_kms_key"}
    (tmp_path / "broken").write_bytes(b"PK")
    assert mentioned.in_plan(tmp_path / "broken") == mentioned.in_plan(tmp_path / "none") == Mentioned()


def test_modules_are_read_where_init_has_found_them(tmp_path: Path) -> None:
    folder, data = tmp_path / "root", tmp_path / "data"
    for name, text in (("root/main.tf", "one"), ("root/two.tf.json", "two"), ("modules/a/main.tf", "three")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "modules" / "unused.tf").write_text("four")
    assert mentioned.configuration(folder, data) == ["one", "two"]
    noted = {"Modules": [{"Key": "", "Dir": "."}, {"Key": "a", "Dir": "../modules/a"}]}
    (data / "modules").mkdir(parents=True)
    (data / "modules" / "modules.json").write_text(json.dumps(noted))
    assert sorted(mentioned.configuration(folder, data)) == ["one", "three", "two"]


PLAIN = 'provider "aws" {\n  region = "us-east-1"\n}\n'


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        ([], True),
        ([PLAIN, "variable x {\n  alias = optional(string)\n}\n"], True),
        ([PLAIN, 'provider "aws" {\n  alias = "west"\n}\n'], False),
        (['provider "aws" {\n  alias="west"\n}\n'], False),
        (
            [PLAIN, "terraform {\n  required_providers {\n    aws = { configuration_aliases = [aws.west] }\n  }\n}"],
            False,
        ),
        ([PLAIN, '{"provider" : {"aws": {}}}'], False),
    ],
)
def test_one_process_serves_one_configuration_of_a_provider(texts: list[str], one: bool) -> None:
    assert mentioned.has_one_provider(texts) is one


def test_this_project_s_own_configuration_has_one_provider() -> None:
    for name in ("environment", "registry"):
        folders = [paths.TERRAFORM / name, *(paths.TERRAFORM / "modules").iterdir()]
        assert mentioned.has_one_provider(file.read_text() for folder in folders for file in folder.glob("*.tf"))


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return kept_schema.folder()


def test_an_answer_is_kept_for_that_very_program(cache: Path, tmp_path: Path) -> None:
    program = tmp_path / "terraform-provider-aws"
    program.write_text("one")
    kept = kept_schema.file(program)
    assert kept.parent == cache
    assert kept_schema.read(kept) is None
    kept_schema.write(kept, ANSWER)
    assert kept_schema.read(kept_schema.file(program)) == ANSWER
    program.write_text("another")
    assert kept_schema.read(kept_schema.file(program)) is None
    program.write_text("one")
    os.utime(program, ns=(1, 1))
    assert kept_schema.read(kept_schema.file(program)) is None


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 32, b"\0" * 100])
def test_a_damaged_answer_counts_for_nothing_and_is_replaced(cache: Path, damage: bytes) -> None:
    kept = cache / "some"
    cache.mkdir(parents=True)
    kept.write_bytes(damage)
    assert kept_schema.read(kept) is None
    kept_schema.write(kept, ANSWER)
    assert kept_schema.read(kept) == ANSWER
    kept.write_bytes(kept.read_bytes()[:-1])
    assert kept_schema.read(kept) is None


def test_few_programs_answers_are_kept(cache: Path) -> None:
    for number in range(6):
        kept_schema.write(cache / str(number), ANSWER)
        os.utime(cache / str(number), (number, number))
    kept_schema.write(cache / "last", ANSWER)
    assert sorted(file.name for file in cache.iterdir()) == ["4", "5", "last"]


def test_a_relay_keeps_its_provider_from_being_an_orphan() -> None:
    assert reattach.NAME in survivors.KEEPERS
    assert len(reattach.NAME) <= 15  # the longest that Linux has for a process


def test_a_relay_of_which_only_threads_are_left_does_not_run_any_more(tmp_path: Path) -> None:
    # Its first thread is a zombie, and it cannot be waited for: so is one for a moment that was killed.
    program = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "print(flush=True)\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        relay = RelayProcess(tmp_path, process)
        assert process.stdout is not None and process.stdout.readline() == b"\n"
        assert eventually(lambda: not relay.is_alive())
        assert process.poll() is None
        process.kill()
