"""Profiles whose role asks for an MFA code: botocore with an STS on this machine that gives out sessions."""

from __future__ import annotations

import os
import pty
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from orchestrator.aws import logins
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.project import environment
from orchestrator.system import notices

PROFILES = """
[profile person]
aws_access_key_id = AKIAPERSON
aws_secret_access_key = secret

[profile deployer]
role_arn = arn:aws:iam::123456789012:role/deployer
mfa_serial = arn:aws:iam::123456789012:mfa/person
source_profile = person

[profile beyond]
role_arn = arn:aws:iam::123456789012:role/beyond
source_profile = deployer

[profile plain]
role_arn = arn:aws:iam::123456789012:role/plain
source_profile = person
"""
ANSWERS = {
    "AssumeRole": (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId>"
        "<SecretAccessKey>of the session</SecretAccessKey><SessionToken>token</SessionToken>"
        "<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
        "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/deployer/x</Arn>"
        "<AssumedRoleId>id</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    ),
    "GetCallerIdentity": (
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><UserId>id</UserId>"
        "<Arn>arn:aws:sts::123456789012:assumed-role/deployer/x</Arn>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    ),
}


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """The calls that STS got; boto3 finds the profiles above, and nothing of this machine's."""
    got: list[dict[str, str]] = []

    class Sts(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            call = {name: values[0] for name, values in parse_qs(body).items()}
            got.append(call)
            answer = ANSWERS[call["Action"]].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Nothing to standard error."""

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(PROFILES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sts)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield got
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The questions that somebody at a terminal answered with a code, in the way that `getpass` asks them."""
    keyboard, terminal = pty.openpty()
    asked: list[str] = []

    def type_a_code(question: Callable[[], str]) -> str:
        asked.append("a code")
        return "123456"

    with os.fdopen(terminal) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        monkeypatch.setattr(notices, "_quietly", type_a_code)
        yield asked
    os.close(keyboard)


def aws(profile: str) -> Aws:
    """AWS itself, by that profile; the environment's account and region do not matter here."""
    return Aws(environment.load("staging"), None, {}, profile)


def codes_sent(calls: list[dict[str, str]]) -> list[str]:
    return [call["TokenCode"] for call in calls if "TokenCode" in call]


@pytest.mark.parametrize("profile", ["deployer", "beyond"])
def test_a_code_is_asked_for_once_for_all_clients_threads_and_runs(
    profile: str, calls: list[dict[str, str]], codes: list[str]
) -> None:
    here = aws(profile)
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda region: here.client("sts", region).get_caller_identity(), ["us-east-1"] * 4 + ["eu-west-1"] * 4
            )
        )
    assert {each["Account"] for each in found} == {"123456789012"}
    aws(profile).client("sts").get_caller_identity()
    assert (codes, codes_sent(calls)) == (["a code"], ["123456"])


def test_where_nobody_can_type_it_says_so_instead_of_waiting(
    calls: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        with pytest.raises(Failure, match="asks for an MFA code, and nobody can type one here") as caught:
            aws("deployer").client("sts").get_caller_identity()
    assert caught.value.exit_code == 5
    assert calls == []


def test_a_session_that_was_begun_at_a_terminal_serves_where_there_is_none(
    calls: list[dict[str, str]], codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws("deployer").client("sts").get_caller_identity()
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        assert aws("deployer").client("sts").get_caller_identity()["Account"] == "123456789012"
    kept = list((Path.home() / ".aws/cli/cache").iterdir())
    assert [file.stat().st_mode & 0o777 for file in kept] == [0o600]


def test_nothing_typed_is_no_code(
    calls: list[dict[str, str]], codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_quietly", lambda question: "")
    with pytest.raises(Failure, match="no MFA code was typed"):
        aws("deployer").client("sts").get_caller_identity()
    assert codes_sent(calls) == []


def test_terraform_gets_the_session_since_it_cannot_ask(
    calls: list[dict[str, str]], codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "deployer")
    given = aws("deployer").child_environment()
    assert (given["AWS_ACCESS_KEY_ID"], given["AWS_SESSION_TOKEN"], given.get("AWS_PROFILE")) == (
        "ASIASESSION",
        "token",
        None,
    )
    assert codes == ["a code"]


def test_what_terraform_can_renew_by_itself_is_left_to_it(
    calls: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "plain")
    given = aws("plain").child_environment()
    assert (given.get("AWS_ACCESS_KEY_ID"), given["AWS_PROFILE"]) == (None, "plain")
    assert (
        logins.for_children(
            logins.session("us-east-1", None, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "x"})
        )
        == {}
    )
