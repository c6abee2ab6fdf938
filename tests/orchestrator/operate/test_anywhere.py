"""Machines outside AWS: which activation lets them in, which machine can register, and that the code stays secret.

Neither emulator holds activations: what AWS says of one comes from botocore's Stubber, which keeps to AWS's own model.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from orchestrator import places
from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.cli import answer, usage
from orchestrator.cli.verbs.operate import anywhere as verb
from orchestrator.console import Console, Stage
from orchestrator.errors import ExitCode, Failure, PrerequisiteMissing
from orchestrator.operate.anywhere import activation, agent, host, install
from orchestrator.operate.anywhere.activation import Activation, Use
from orchestrator.operate.anywhere.host import Host
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.target import Target

NOW = datetime(2027, 1, 20, 12, tzinfo=UTC)
LATER = datetime(2027, 1, 31, 12, tzinfo=UTC)
IDENTITY = "11111111-2222-3333-4444-555555555555"
CODE = "s3cretC0de+/xyz12345"
FOUND = Activation("us-east-1", "storyizer-blue", IDENTITY, CODE)
EXTERNAL = 'environment = "blue"\nexternal = { machines = 3, expires_at = "2027-01-31T12:00:00Z" }\n'
SETTINGS = {"machines": 3, "expires_at": "2027-01-31T12:00:00Z"}
DEBIAN = Host("debian", "12", "X86_64", is_root=True, has_systemd=True, has_docker=False)
ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/storyizer-blue/abc"


def described(**changes: Any) -> dict[str, Any]:
    """An activation as Systems Manager describes it."""
    item = {
        "ActivationId": IDENTITY, "RegistrationLimit": 3, "RegistrationsCount": 1, "Expired": False,
        "ExpirationDate": datetime.now(UTC) + timedelta(days=9),
    }  # fmt: skip
    return {**item, **changes}


@pytest.fixture
def blue(emulated: Callable[..., Aws]) -> Target:
    """An environment with external machines, deployed: its state has the activation."""
    aws = emulated("blue")
    aws.environment.file.write_text(EXTERNAL)
    state.ensure_bucket(aws)
    value = {"region": FOUND.region, "cluster": FOUND.cluster, "id": IDENTITY, "code": CODE, "expires_at": "x"}
    outputs = {"activation": {"value": value, "type": "dynamic", "sensitive": True}}
    state.write(aws, "blue/terraform.tfstate", {"version": 4, "lineage": "l", "serial": 1, "outputs": outputs})
    return Target(aws.environment, aws)


def answering(target: Target, *items: dict[str, Any]) -> Stubber:
    """Systems Manager that describes just these activations, once."""
    answers = Stubber(target.aws.client("ssm"))
    asked = {"Filters": [{"FilterKey": "ActivationIds", "FilterValues": [IDENTITY]}]}
    answers.add_response("describe_activations", {"ActivationList": list(items)}, asked)
    return answers


def run(target: Target, monkeypatch: pytest.MonkeyPatch, **options: bool) -> int:
    """`anywhere register` for an environment that is reached already."""
    monkeypatch.setattr(places, "reach", lambda environment: target)
    typed = argparse.Namespace(**{"action": "register", "json": False, "run": False, **options})
    console = Console(live=False)
    code = verb.run(target.environment, console, typed)
    if typed.json:
        answer.end(console, code, None)
    return code


def test_the_command_is_all_of_standard_output(
    blue: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(blue, described(ExpirationDate=datetime.now(UTC).replace(microsecond=0) + timedelta(days=9))):
        assert run(blue, monkeypatch) == ExitCode.SUCCESS
    said = capsys.readouterr()
    assert said.out == install.command(FOUND) + "\n"
    assert said.out.endswith(
        f"sudo bash ecs-anywhere-install.sh --region us-east-1 --cluster storyizer-blue --activation-id {IDENTITY} "
        f"--activation-code {CODE}\n"
    )
    assert "2 of 3 registrations are left" in said.err
    assert "a secret" in said.err


@pytest.mark.parametrize("as_json", [False, True])
def test_the_code_is_on_standard_output_alone(
    blue: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    with answering(blue, described()):
        run(blue, monkeypatch, json=as_json)
    said = capsys.readouterr()
    assert CODE in said.out
    assert CODE not in said.err
    (record,) = audit.read(blue.aws)
    assert (record.verb, record.outcome, record.details) == ("anywhere", audit.SUCCEEDED, {"activation": IDENTITY})
    assert CODE not in repr(record)
    assert CODE not in repr(FOUND)
    if as_json:
        found = json.loads(said.out)
        assert (found["activation_code"], found["registrations_left"]) == (CODE, 2)
        assert found["command"] == install.command(FOUND)


@pytest.mark.parametrize(
    ("items", "message", "next_step"),
    [
        ([], "AWS does not have the activation", "up blue"),
        ([described(Expired=True)], "has expired", "set a new expires_at at"),
        ([described(ExpirationDate=NOW - timedelta(seconds=1))], "has expired", ".tfvars:2 has another"),
        ([described(RegistrationsCount=3)], "no registration is left", "machines"),
    ],
)
def test_an_activation_that_lets_nobody_in_says_how_it_is_renewed(
    blue: Target, items: list[dict[str, Any]], message: str, next_step: str
) -> None:
    if "another" not in next_step:
        # The file and AWS agree on when it expires.
        items = [{**item, "ExpirationDate": LATER} for item in items]
    with answering(blue, *items), pytest.raises(Failure, match=message) as refused:
        activation.usable(blue, NOW)
    assert next_step in refused.value.next_step
    assert CODE not in refused.value.render()


USE = Use(LATER, 3, 1)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (USE, None), (replace(USE, used=2), None), (replace(USE, used=3), "no registration is left"),
        (replace(USE, used=9), "no registration is left"), (replace(USE, expires_at=NOW), "has expired"),
        (replace(USE, expired=True), "has expired"), (replace(USE, expires_at=NOW, used=3), "has expired"),
        (None, "does not have"),
    ],
)  # fmt: skip
def test_an_activation_is_judged_by_its_time_and_what_is_left(use: Use | None, message: str | None) -> None:
    refused = activation.refusal("blue", "blue.tfvars:2", SETTINGS, use, NOW)
    assert (refused is None) if message is None else (refused is not None and message in refused.message)


def test_a_new_time_that_was_not_deployed_yet_is_named() -> None:
    settings = {"expires_at": "2027-02-15T00:00:00Z"}
    refused = activation.refusal("blue", "blue.tfvars:2", settings, replace(USE, expired=True), NOW)
    assert refused is not None
    assert refused.next_step.startswith("blue.tfvars:2 has another expires_at, 2027-02-15T00:00:00Z")


@pytest.mark.parametrize(
    ("content", "line"),
    [('environment = "blue"\n', 2), ('environment = "blue"\n\n\nexternal = null\n', 4), ("", 1)],
)
def test_without_external_capacity_file_and_line_are_named(
    emulated: Callable[..., Aws], content: str, line: int
) -> None:
    environment = emulated("blue").environment
    environment.file.write_text(content)
    with pytest.raises(Failure, match="has no capacity outside AWS") as refused:
        activation.refuse_without(environment)
    assert f"{environment.file}:{line}: " in refused.value.reason
    assert "external = {" in refused.value.next_step
    assert refused.value.exit_code is ExitCode.USAGE


def test_in_the_emulated_aws_no_machine_registers() -> None:
    with pytest.raises(Failure, match="no machine registers with local"):
        activation.refuse_without(Environment("local", "000000000000", "us-east-1", "X86_64", Path("local.tfvars")))


@pytest.mark.parametrize("outputs", [{}, {"activation": {"value": None, "type": "dynamic"}}, None])
def test_before_the_first_deploy_there_is_none(blue: Target, outputs: dict[str, Any] | None) -> None:
    key = "blue/terraform.tfstate"
    if outputs is None:
        blue.aws.client("s3").delete_object(Bucket=blue.environment.state_bucket, Key=key)
    else:
        state.write(blue.aws, key, {"version": 4, "outputs": outputs})
    with pytest.raises(Failure, match="blue has no activation yet") as refused:
        activation.usable(blue, NOW)
    assert refused.value.next_step == "python3 orchestrate.py up blue"


def test_what_the_role_may_not_do_is_said(blue: Target) -> None:
    with Stubber(blue.aws.client("ssm")) as answers:
        answers.add_client_error("describe_activations", "AccessDeniedException", "not allowed", http_status_code=400)
        with pytest.raises(Failure, match="could not be read") as refused:
            activation.usable(blue, NOW)
    assert "ssm:DescribeActivations" in refused.value.next_step


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (DEBIAN, None), (replace(DEBIAN, system="ubuntu", version="24.04"), None),
        (replace(DEBIAN, system="opensuse-tumbleweed", version="20261101"), None),
        (replace(DEBIAN, system="rhel", version="9.4", has_docker=True), None),
        (replace(DEBIAN, system="rhel", version="9.4"), "Docker is not installed"),
        (replace(DEBIAN, system="alpine", version="3.20"), "does not support alpine 3.20"),
        (replace(DEBIAN, version="9"), "does not support debian 9"),
        (replace(DEBIAN, system="", version=""), "a system without /etc/os-release"),
        (replace(DEBIAN, architecture="ARM64"), "this machine is ARM64, and the tasks of blue are X86_64"),
        (replace(DEBIAN, has_systemd=False), "was not started by systemd"),
        (replace(DEBIAN, is_root=False), "only root"),
    ],
)  # fmt: skip
def test_a_machine_that_cannot_register_is_refused_before_anything_is_asked(machine: Host, message: str | None) -> None:
    refused = host.refusal(machine, "blue", "X86_64")
    if message is None:
        assert refused is None
    else:
        assert refused is not None
        assert message in refused.message
        assert refused.next_step


def test_this_machine_is_looked_at_without_a_fault() -> None:
    found = Host.found()
    assert found.architecture
    assert found.has_systemd is Path("/run/systemd/system").is_dir()


def script(folder: Path, text: str) -> Path:
    file = folder / "script.sh"
    file.write_text(f"#!/bin/bash\n{text}\n")
    return file


def test_the_script_gets_its_arguments_and_its_lines_are_shown_without_the_code(tmp_path: Path) -> None:
    lines: list[str] = []
    file = script(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/given; echo "registering with $8"; echo "$8" >&2')
    install.run_script(file, install.options(FOUND), CODE, lines.append)
    assert (tmp_path / "given").read_text().split() == install.options(FOUND)
    assert lines == ["registering with (hidden)"]


def test_a_script_that_fails_is_shown_with_its_last_lines_and_without_the_code(tmp_path: Path) -> None:
    file = script(tmp_path, 'echo "no package"; echo "refused: $8" >&2; exit 3')
    with pytest.raises(Failure, match="ended with 3") as failed:
        install.run_script(file, install.options(FOUND), CODE, lambda line: None)
    assert failed.value.details == ("no package", "refused: (hidden)")
    assert CODE not in failed.value.render()


class _Answers(BaseHTTPRequestHandler):
    """Answers each path with what the server has for it."""

    def do_GET(self) -> None:
        content = self.server.content.get(self.path)  # type: ignore[attr-defined]
        self.send_response(200 if content is not None else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, bytes]]]:
    """An address, and what is to be found there by path."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    content: dict[str, bytes] = {}
    server.content = content  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", content
    server.shutdown()
    server.server_close()


def test_only_a_script_is_taken_for_one(served: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, content = served
    file = tmp_path / "script"
    content |= {"/good": b"#!/bin/bash\n", "/page": b"<html>log in</html>", "/huge": b"#!" + b"x" * 1_000_000}
    install.download(f"{address}/good", file)
    assert file.read_bytes() == b"#!/bin/bash\n"
    for path, why in (("page", "no shell script"), ("huge", "no shell script"), ("gone", "404")):
        with pytest.raises(Failure, match="could not be downloaded") as failed:
            install.download(f"{address}/{path}", file)
        assert why in failed.value.reason


OURS = {"Cluster": "storyizer-blue", "ContainerInstanceArn": ARN}
ACTIVE = {"status": "ACTIVE", "agentConnected": True}


@pytest.mark.parametrize(
    ("told", "seen", "why"),
    [
        ({}, None, "does not answer"),
        ({"Cluster": "storyizer-blue", "ContainerInstanceArn": None}, None, "has not registered yet"),
        (OURS, None, "does not list it yet"),
        (OURS, {**ACTIVE, "status": "REGISTERING"}, "is REGISTERING"),
        (OURS, {**ACTIVE, "agentConnected": False}, "not connected"),
        (OURS, ACTIVE, ""),
        ({**OURS, "Cluster": "arn:aws:ecs:us-east-1:1:cluster/storyizer-blue"}, ACTIVE, ""),
    ],
)
def test_a_machine_serves_once_agent_and_cluster_say_so(
    told: dict[str, Any], seen: dict[str, Any] | None, why: str
) -> None:
    missing = agent.missing(told, seen, "storyizer-blue")
    assert why in missing
    assert bool(missing) is bool(why)


def test_a_machine_of_another_cluster_is_refused() -> None:
    agent.refuse_other_cluster({}, "storyizer-blue")
    agent.refuse_other_cluster(OURS, "storyizer-blue")
    with pytest.raises(Failure, match="registered with the cluster other"):
        agent.refuse_other_cluster({**OURS, "Cluster": "other"}, "storyizer-blue")


@pytest.fixture
def cluster(moto: str, tmp_path: Path) -> Target:
    """An environment in the emulator that holds container instances."""
    file = tmp_path / "blue.tfvars"
    file.write_text(EXTERNAL)
    environment = Environment("blue", "123456789012", "us-east-1", "X86_64", file)
    aws = Aws(environment, moto, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    aws.client("ecs").create_cluster(clusterName=environment.prefix)
    # Without its policy, which wants TLS.
    aws.client("s3").create_bucket(Bucket=environment.state_bucket)
    return Target(environment, aws)


def registered(target: Target) -> str:
    """A container instance of the cluster, registered as an agent registers it."""
    (image,) = target.aws.client("ec2").describe_images(Owners=["amazon"])["Images"][:1]
    (instance,) = target.aws.client("ec2").run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1)["Instances"]
    document = json.dumps({"instanceId": instance["InstanceId"], "region": "us-east-1"})
    made = target.aws.client("ecs").register_container_instance(
        cluster=target.environment.prefix, instanceIdentityDocument=document
    )
    return str(made["containerInstance"]["containerInstanceArn"])


def test_it_is_waited_until_the_cluster_has_the_machine(
    cluster: Target, served: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, content = served
    monkeypatch.setattr(agent, "ADDRESS", address)
    monkeypatch.setattr(agent, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(agent, "WAIT_SECONDS", 0.5)
    stage = Stage("test")
    with pytest.raises(Failure, match="does not serve storyizer-blue") as failed:
        agent.wait(cluster, "storyizer-blue", stage)
    assert failed.value.reason == "The ECS agent does not answer on this machine."

    arn = registered(cluster)
    monkeypatch.setattr(agent, "WAIT_SECONDS", 60.0)
    told = json.dumps({"Cluster": "storyizer-blue", "ContainerInstanceArn": arn}).encode()
    threading.Timer(0.5, lambda: content.update({"/v1/metadata": told})).start()
    assert agent.wait(cluster, "storyizer-blue", stage) == arn
    assert stage.latest == "the ECS agent does not answer on this machine"


def test_a_machine_that_is_registered_is_left_as_it_is(
    cluster: Target,
    served: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, content = served
    arn = registered(cluster)
    content["/v1/metadata"] = json.dumps({"Cluster": "storyizer-blue", "ContainerInstanceArn": arn}).encode()
    monkeypatch.setattr(agent, "ADDRESS", address)
    monkeypatch.setattr(Host, "found", classmethod(lambda cls: DEBIAN))
    # It needs no activation, so that one that has expired is no hindrance.
    assert run(cluster, monkeypatch, run=True, json=True) == ExitCode.SUCCESS
    found = json.loads(capsys.readouterr().out)
    assert (found["container_instance"], found["was_registered"]) == (arn, True)


def test_a_machine_is_installed_registered_and_waited_for(
    cluster: Target,
    served: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, content = served
    told = json.dumps({"Cluster": "storyizer-blue", "ContainerInstanceArn": registered(cluster)}).encode()
    value = {"region": "us-east-1", "cluster": "storyizer-blue", "id": IDENTITY, "code": CODE}
    state.write(cluster.aws, "blue/terraform.tfstate", {"outputs": {"activation": {"value": value}}})
    content["/install.sh"] = f'#!/bin/bash\necho "$@" | tee {tmp_path}/given\n'.encode()
    monkeypatch.setattr(install, "URL", f"{address}/install.sh")
    monkeypatch.setattr(agent, "ADDRESS", address)
    monkeypatch.setattr(agent, "POLL_SECONDS", 0.1)
    rhel = replace(DEBIAN, system="rhel", version="9.4", has_docker=True)
    monkeypatch.setattr(Host, "found", classmethod(lambda cls: rhel))
    # The agent that the script would have started.
    threading.Thread(target=lambda: _after(tmp_path / "given", content, told), daemon=True).start()
    with answering(cluster, described()):
        assert run(cluster, monkeypatch, run=True) == ExitCode.SUCCESS
    assert (tmp_path / "given").read_text().split() == [*install.options(FOUND), "--docker-install-source", "none"]
    said = capsys.readouterr()
    assert said.out == ""
    assert "--activation-code (hidden)" in said.err
    assert CODE not in said.err
    assert all(CODE not in repr(record) for record in audit.read(cluster.aws))


def _after(file: Path, content: dict[str, bytes], told: bytes) -> None:
    while not file.exists():
        threading.Event().wait(0.05)
    content["/v1/metadata"] = told


def test_what_is_typed_is_understood() -> None:
    options = usage.parse(["anywhere", "register", "--run", "staging", "--json"])
    assert (options.action, options.environment, options.run, options.json) == ("register", "staging", True, True)
    for words in (["anywhere"], ["anywhere", "register"], ["anywhere", "leave", "staging"]):
        with pytest.raises(Failure) as refused:
            usage.parse(words)
        assert refused.value.exit_code is ExitCode.USAGE


def test_what_is_missing_on_the_machine_has_its_exit_code() -> None:
    with pytest.raises(PrerequisiteMissing, match="only root"):
        host.refuse(replace(DEBIAN, is_root=False), Environment("blue", "1" * 12, "us-east-1", "X86_64", Path("x")))
