"""Ways to log in: a code typed once, roles by roles, a program, a token; what Terraform gets of them."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest

from tests.system.aws_names.faults.seen import Told, tell
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.world import ACCOUNT, World

pytestmark = pytest.mark.system

PROCESS = """echo '{"Version":1,"AccessKeyId":"AKIAREHEARSALPROGRAM","SecretAccessKey":"rehearsal"}'"""
CONFIG = f"""
[profile person]
aws_access_key_id = AKIAREHEARSALPERSON
aws_secret_access_key = rehearsal
[profile coded]
role_arn = arn:aws:iam::{ACCOUNT}:role/coded
source_profile = person
mfa_serial = arn:aws:iam::{ACCOUNT}:mfa/person
[profile middle]
role_arn = arn:aws:iam::{ACCOUNT}:role/middle
source_profile = person
[profile chained]
role_arn = arn:aws:iam::{ACCOUNT}:role/chained
source_profile = middle
[profile program]
credential_process = {PROCESS}
[profile garbled]
credential_process = echo no
"""
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


@pytest.fixture
def profiles(folder: Path) -> dict[str, str]:
    """The environment variables of a person with these profiles, and a home with no session in it."""
    (folder / "config").write_text(CONFIG)
    home = folder / "home"
    home.mkdir()
    return {**NO_KEYS, "AWS_CONFIG_FILE": str(folder / "config"), "HOME": str(home), "XDG_CACHE_HOME": cache()}


def cache() -> str:
    """The machine's own cache, where Terraform's provider is."""
    return os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")


def at_terminal(checkout: Rehearsal, typed: bytes, *arguments: str, **environment: str) -> Told:
    """Run a command at a terminal where that is typed once it asks."""
    program = [sys.executable, "-I", "-X", "utf8", str(checkout.folder / "orchestrator" / "__main__.py"), *arguments]
    command = checkout.world.command(*program, cwd=checkout.folder)
    variables = checkout.world.environment(**environment)
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, variables)
    said, asked = b"", 0
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        said += more
        if said.count(b"MFA code for") > asked:
            asked += 1
            os.write(terminal, typed)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return Told(os.waitstatus_to_exitcode(status), said.decode(errors="replace").replace("\r\n", "\n"), 0.0)


def principals(world: World, before: int) -> set[str]:
    """Who has called AWS since."""
    return {call["principal"].split(":", 5)[-1].rsplit("/", 1)[0] for call in world.calls()[before:] if call["action"]}


def test_a_code_is_asked_once_and_terraform_gets_the_session(
    world: World, checkout: Rehearsal, live: str, profiles: dict[str, str]
) -> None:
    before = len(world.calls())
    done = at_terminal(checkout, b"123456\n", "plan", "staging", **profiles, AWS_PROFILE="coded")
    assert done.code == 0, done.said
    assert done.said.count("MFA code for") == 1
    taken = [call for call in world.calls()[before:] if call["action"] == "AssumeRole"]
    assert len(taken) == 1
    called = {call["service"] for call in world.calls()[before:] if "assumed-role/coded" in call["principal"]}
    assert {"ecs", "elasticloadbalancing", "dynamodb", "s3"} <= called
    again = tell(checkout, "status", "staging", **profiles, AWS_PROFILE="coded")
    assert again.code == 0, "the session is kept: nobody is asked, not even without a terminal"


def test_without_a_terminal_or_without_an_answer_it_is_told_what_to_do(
    checkout: Rehearsal, live: str, profiles: dict[str, str]
) -> None:
    nobody = tell(checkout, "status", "staging", **profiles, AWS_PROFILE="coded")
    nobody.is_one_message("asks for an MFA code, and nobody can type one here", "In a pipeline", code=5)
    for typed in (b"\x04", b"\n"):
        silent = at_terminal(checkout, typed, "status", "staging", **profiles, AWS_PROFILE="coded")
        assert silent.code == 5 and "no MFA code was typed" in silent.said, silent.said
        assert "defect" not in silent.said and "Traceback" not in silent.said


@pytest.mark.parametrize(("profile", "principal"), [("chained", "assumed-role/chained"), ("program", "user")])
def test_roles_by_roles_and_programs_reach_the_environment(
    world: World, checkout: Rehearsal, live: str, profiles: dict[str, str], profile: str, principal: str
) -> None:
    before = len(world.calls())
    done = tell(checkout, "status", "staging", **profiles, AWS_PROFILE=profile)
    assert done.code == 0, done.said
    assert principal in principals(world, before)


def test_a_program_that_gives_no_credentials_is_told(checkout: Rehearsal, live: str, profiles: dict[str, str]) -> None:
    told = tell(checkout, "status", "staging", **profiles, AWS_PROFILE="garbled")
    told.is_one_message("no usable AWS credentials for staging", "credential_process", code=5)


def test_a_pipelines_token_reaches_the_environment(
    world: World, checkout: Rehearsal, live: str, profiles: dict[str, str], folder: Path
) -> None:
    (folder / "token").write_text("token")
    before = len(world.calls())
    token = {
        "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/job", "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "token"),
        "AWS_CONFIG_FILE": "/dev/null",
    }  # fmt: skip
    done = tell(checkout, "status", "staging", **{**profiles, **token})
    assert done.code == 0, done.said
    assert "assumed-role/job" in principals(world, before)
