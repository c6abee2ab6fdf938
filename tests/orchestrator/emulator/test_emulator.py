"""The emulated AWS of this copy, for real: what it answers, serves and keeps, and when it is started again."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from orchestrator.console import Console, Stage
from orchestrator.emulator import emulator, emulator_process
from orchestrator.emulator.server import balancers
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.machine import base_image
from orchestrator.system import childenv, paths, process
from orchestrator.system.childenv import Child
from tests.orchestrator.another_machine import two_free_ports
from tests.orchestrator.emulator.conftest import eventually

pytestmark = pytest.mark.usefixtures("container_engine")


SERVER = """
import http.server, os, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/emulator":
            body = urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_storyizer").read()
        else:
            body = f"{self.headers['host']} {self.headers['x-forwarded-host']} {self.path}".encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""

BALANCER = "storyizer-local"


@pytest.fixture(scope="module")
def running(work: None) -> Iterator[emulator.Emulator]:
    """An emulator that the tests of this module share, destroyed afterwards with all that it left."""
    stage = Stage("emulator")
    yield emulator.start(stage)
    emulator.destroy(stage)
    assert emulator.task_containers() == []


@pytest.fixture
def client(running: emulator.Emulator) -> Callable[[str], Any]:
    """Clients of the emulated AWS."""
    settings = {name: value for name, value in emulator.environment().items() if value}
    return lambda service: boto3.client(
        service,
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
    )


def get(port: int, path: str, host: str = "") -> tuple[int, str]:
    """Status and text of a plain request to this machine; 0 and why if there is no answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def fetched(path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{emulator.ports().api}{path}", timeout=60) as response:
        content: bytes = response.read()
    return content


def restart(stage: Stage, how: str, client: Callable[[str], Any]) -> emulator.Emulator:
    if how == "stopped":
        assert emulator.stop(stage)
        assert emulator.task_containers() == []
    else:
        until_written(client)
        found = emulator.running()
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        assert eventually(lambda: emulator.running() is None)
    return emulator.start(stage)


def until_written(client: Callable[[str], Any]) -> None:
    """Wait until all that has been changed so far is on disk, as it is within seconds: what is changed now is too."""
    name = f"written-{secrets.token_hex(6)}"
    client("ssm").put_parameter(Name=f"/{name}", Value="yes", Type="String")
    client("ecr").create_repository(repositoryName=name)  # images are written apart from everything else
    state = emulator_process.folder() / "state"
    files = [state / "ssm.json", state / "ecr.json"]
    assert eventually(lambda: all(file.exists() and name in file.read_text() for file in files))
    # What was written together is put in its place file by file, and its folder is removed behind that.
    assert eventually(lambda: not list(state.parent.glob("state.*")))


def test_starting_it_again_finds_the_one_that_runs(running: emulator.Emulator, stage: Stage) -> None:
    assert running.started
    again = emulator.start(stage)
    assert (again.pid, again.started) == (running.pid, False)


def test_it_listens_for_this_machine_and_its_containers_only(running: emulator.Emulator) -> None:
    hosts = set()
    port = emulator.ports().api
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        host, listening = columns[1].split(":")
        if columns[3] == "0A" and int(listening, 16) in (port, port + 1):
            hosts.add(socket.inet_ntoa(bytes.fromhex(host)[::-1]))
    assert hosts == {*balancers.ADDRESSES, emulator_process.gateway()}


def test_the_load_balancers_port_says_when_there_is_none_yet(running: emulator.Emulator) -> None:
    assert get(running.balancer_port, "/")[0] == 503


def test_no_setting_of_the_persons_own_reaches_the_emulated_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/missing.pem")
    seen = childenv.of(Child.TERRAFORM, **emulator.environment())
    assert {name for name in seen if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
    }  # fmt: skip


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_what_was_written_is_there_again_after_it_was(how: str, client: Callable[[str], Any], stage: Stage) -> None:
    table, bucket = f"table-{how}", f"bucket-{how}"
    client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        s3.put_object(Bucket=bucket, Key="state/terraform.tfstate", Body=body)
    # Asked for while a snapshot of the time before is being written.
    time.sleep(2.05 if how == "stopped" else 0)
    client("dynamodb").put_item(TableName=table, Item={"id": {"S": "the bear sleeps"}})

    restart(stage, how, client)

    assert client("dynamodb").scan(TableName=table)["Items"] == [{"id": {"S": "the bear sleeps"}}]
    assert s3.get_object(Bucket=bucket, Key="state/terraform.tfstate")["Body"].read() == b"second"
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 2


@pytest.fixture(scope="module")
def service(running: emulator.Emulator) -> Iterator[tuple[str, str]]:
    """A service of two tasks behind a load balancer; its image's reference and its target group."""
    port = emulator.ports().api
    base = base_image.choose(Console(live=False), Stage("base image")).reference

    def make(name: str) -> Any:
        return boto3.client(
            name, endpoint_url=running.endpoint, region_name=emulator.REGION, aws_access_key_id="test",
            aws_secret_access_key="test",
        )  # fmt: skip

    make("ecr").create_repository(repositoryName="storyizer/x")
    tag = f"127.0.0.1:{port}/storyizer/x:1"
    assert process.run(["docker", "tag", base, tag]).ok
    pushed = process.run(["docker", "push", tag])
    assert pushed.ok, pushed.stderr
    digest = make("ecr").describe_images(repositoryName="storyizer/x")["imageDetails"][0]["imageDigest"]
    reference = f"127.0.0.1:{port}/storyizer/x@{digest}"
    vpc = make("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = make("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    elb, ecs = make("elbv2"), make("ecs")
    balancer = elb.create_load_balancer(Name=BALANCER, Subnets=[subnet])["LoadBalancers"][0]
    group = elb.create_target_group(Name="x", Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip")["TargetGroups"][0]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )  # fmt: skip
    ecs.create_cluster(clusterName="test")
    ecs.register_task_definition(
        family="x",
        networkMode="awsvpc",
        containerDefinitions=[
            {"name": "x", "image": reference, "essential": True, "command": ["python3", "-c", SERVER],
             "portMappings": [{"containerPort": 8000}]}
        ],
    )  # fmt: skip
    ecs.create_service(
        cluster="test", serviceName="x", taskDefinition="x", desiredCount=2, launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        loadBalancers=[{"targetGroupArn": group["TargetGroupArn"], "containerName": "x", "containerPort": 8000}],
    )  # fmt: skip
    described = partial(ecs.describe_services, cluster="test", services=["x"])
    assert eventually(lambda: described()["services"][0]["runningCount"] == 2)
    yield reference, group["TargetGroupArn"]
    process.run(["docker", "rmi", "--force", tag, reference])


def test_the_load_balancer_answers_on_its_own_port_and_by_its_own_name(
    running: emulator.Emulator, service: tuple[str, str]
) -> None:
    port, name = emulator.ports().balancer, f"{BALANCER}.alb.localhost"
    assert eventually(lambda: all(get(port, "/")[0] == 200 for _ in range(4)))
    assert get(port, "/a?b=c") == (200, f"{name} 127.0.0.1:{port} /a?b=c")
    assert get(emulator.ports().api, "/a", host=f"{name}:{emulator.ports().api}")[0] == 200


def test_a_task_reaches_the_emulator(service: tuple[str, str]) -> None:
    assert eventually(lambda: paths.work_id() in get(emulator.ports().balancer, "/emulator")[1])


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_services_come_back_with_new_tasks_after_it_was(
    how: str, service: tuple[str, str], client: Callable[[str], Any], stage: Stage
) -> None:
    before = set(emulator.task_containers())
    assert len(before) == 2

    restart(stage, how, client)

    port = emulator.ports().balancer
    # Within seconds, unless the machine has much else to do.
    assert eventually(lambda: len(emulator.task_containers()) == 2 and get(port, "/")[0] == 200, 60)
    assert not before & set(emulator.task_containers())

    def counts() -> tuple[int, int]:
        described = client("ecs").describe_services(cluster="test", services=["x"])["services"][0]
        return int(described["runningCount"]), int(described["desiredCount"])

    # A container is there a moment before its task is called running.
    assert eventually(lambda: counts() == (2, 2))
    assert eventually(lambda: all(get(port, "/")[0] == 200 for _ in range(8)))
    health = partial(client("elbv2").describe_target_health, TargetGroupArn=service[1])
    assert eventually(lambda: len(health()["TargetHealthDescriptions"]) == 2)
    # The engine still has the image; another one would ask the registry for it.
    registry, digest = "/v2/storyizer/x", service[0].rpartition("@")[2]
    manifest = json.loads(fetched(f"{registry}/manifests/{digest}"))
    for layer in manifest["layers"]:
        content = fetched(f"{registry}/blobs/{layer['digest']}")
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == layer["digest"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_on_a_full_disk_nothing_is_answered_as_done_that_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: Stage
) -> None:
    """And `stop`, which would lose what is only in memory, leaves everything as it is and names the place."""
    work = tmp_path / ".storyizer"
    work.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "full", work], check=True)
    monkeypatch.setattr(paths, "WORK", work)
    monkeypatch.setenv("STORYIZER_PORT", str(two_free_ports()))
    try:
        found = emulator.start(stage)
        s3 = boto3.client("s3", endpoint_url=found.endpoint, region_name=emulator.REGION, aws_access_key_id="test",
                          aws_secret_access_key="test")  # fmt: skip
        s3.create_bucket(Bucket="small")
        kept = []
        with pytest.raises(ClientError, match=r"InsufficientStorage.*no space left for") as caught:
            for number in range(100):
                s3.put_object(Bucket="small", Key=str(number), Body=bytes(2**20))
                kept.append(str(number))
        assert str(work) in str(caught.value)
        assert len(kept) > 5
        with pytest.raises(Failure, match="it could not keep what was saved") as refused:
            emulator.stop(stage)
        assert str(work) in refused.value.reason
        assert "waiting" not in capsys.readouterr().err
        assert emulator.running() is not None
        for key in kept[:5]:
            s3.delete_object(Bucket="small", Key=key)
        assert emulator.stop(stage)
        assert "waiting until the emulated AWS has ended its tasks and written its state" in capsys.readouterr().err
        s3 = boto3.client("s3", endpoint_url=emulator.start(stage).endpoint, region_name=emulator.REGION,
                          aws_access_key_id="test", aws_secret_access_key="test")  # fmt: skip
        assert {item["Key"] for item in s3.list_objects_v2(Bucket="small")["Contents"]} == set(kept[5:])
    finally:
        emulator.destroy(stage)
        subprocess.run(["umount", "--lazy", work], check=True)


def test_an_emulator_of_another_copy_keeps_its_containers(
    service: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = set(emulator.task_containers())
    monkeypatch.setattr(paths, "WORK", tmp_path / "other copy" / ".storyizer")
    assert emulator.running() is None
    assert emulator.task_containers() == []
    emulator.stop(stage)
    emulator.destroy(stage)
    assert "waiting" not in capsys.readouterr().err
    monkeypatch.undo()
    assert set(emulator.task_containers()) == mine


@pytest.mark.parametrize("record", [b"", b"{", None, b"\0" * 60])
def test_a_running_emulator_is_found_again_without_its_record(
    record: bytes | None, running: emulator.Emulator, stage: Stage
) -> None:
    file = emulator_process.folder() / "running.json"
    whole = file.read_bytes()
    if record is None:
        file.unlink()
    else:
        file.write_bytes(record)
    found = emulator.running()
    assert found is not None
    again = emulator.start(stage)
    assert (again.pid, again.started) == (found.pid, False)
    assert file.read_bytes() == whole, "and written down again"


def test_one_of_an_older_version_is_replaced_and_what_it_kept_is_there(
    running: emulator.Emulator, client: Callable[[str], Any], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client("ssm").put_parameter(Name="/kept/over/an/update", Value="yes", Type="String")
    monkeypatch.setattr(emulator_process, "code", lambda: "of a new one")
    updated = emulator.start(stage)
    assert updated.started and updated.pid != running.pid
    assert client("ssm").get_parameter(Name="/kept/over/an/update")["Parameter"]["Value"] == "yes"
    assert not emulator.start(stage).started


def test_one_that_is_slow_to_answer_is_not_taken_for_dead(stage: Stage) -> None:
    """A machine with too much to do, as a process that stands still for longer than one question may take."""
    running = emulator.start(stage)
    os.kill(running.pid, signal.SIGSTOP)
    waking = threading.Timer(5.0, os.kill, (running.pid, signal.SIGCONT))
    waking.start()
    try:
        assert emulator.running() is not None
        again = emulator.start(stage)
        assert (again.pid, again.started) == (running.pid, False)
    finally:
        waking.join()


def test_the_emulator_of_another_checkout_on_the_port_is_named_with_the_way_to_stop_it(
    running: emulator.Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: Stage
) -> None:
    checkout = paths.WORK.parent
    monkeypatch.setattr(paths, "WORK", tmp_path / "other copy" / ".storyizer")
    with pytest.raises(PrerequisiteMissing) as caught:
        emulator.start(stage)
    assert str(checkout) in caught.value.reason
    assert caught.value.next_step.startswith(f"stop that one (python3 '{checkout}/orchestrate.py' stop), or choose")


def test_what_a_broken_state_file_loses_is_told_and_the_rest_is_there(
    client: Callable[[str], Any], stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="still-there")
    s3.put_object(Bucket="still-there", Key="a", Body=b"a")
    client("sns").create_topic(Name="topic")
    assert emulator.stop(stage)
    file = emulator_process.folder() / "state" / "sns.json"
    file.write_bytes(file.read_bytes()[:-1])
    emulator.start(Stage("emulated AWS", _console=Console(live=False)))
    assert "warning: sns.json is broken and was put aside as" in capsys.readouterr().err
    assert file.with_name("sns.json.broken-1").exists()
    assert client("sns").list_topics()["Topics"] == []
    assert s3.get_object(Bucket="still-there", Key="a")["Body"].read() == b"a"
