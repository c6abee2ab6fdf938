"""A network in which AWS's names lead to what stands for AWS, and nothing else exists: namespaces of Linux.

Inside are a name server, HAProxy with TLS on AWS's names, MiniStack behind a front, and a container engine of its own.
Everything outside stays as it is: the files below are bound over in the namespace alone, and all processes end with it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from orchestrator.emulator import emulator, emulator_process
from orchestrator.system import paths, processes

ADDRESS = "198.18.0.1"  # RFC 2544: no network has it
CREDENTIALS_ADDRESS = "169.254.170.2"
FRONT_PORT = 8089
READY_SECONDS = 90.0
END_SECONDS = 60.0
ACCOUNT, REGIONS = "111111111111", ("us-east-1", "ap-northeast-2")
DOMAIN = "storyizer.example.com"
SUFFIXES = ("amazonaws.com", DOMAIN)
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
MODULES = "tests.system.aws_names.server"
# One person's keys: what they are does not matter, that there are some does.
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAREHEARSALENGINEER", "AWS_SECRET_ACCESS_KEY": "rehearsal"}
# The S3 client of us-east-1 uses the names without a region.
GLOBAL_NAMES = (
    "iam.amazonaws.com", "sts.amazonaws.com", "route53.amazonaws.com", "s3.amazonaws.com", "*.s3.amazonaws.com",
)  # fmt: skip

_BALANCER = """
global
    maxconn 2000
defaults
    mode http
    retries 0
    option http-buffer-request
    timeout connect 5s
    timeout client 900s
    timeout server 900s
    # Without a byte: the connection of a client whose request was cut is closed.
    errorfile 502 {folder}/nothing.http
frontend tls
    bind {address}:443 ssl crt {folder}/served.pem alpn http/1.1
    http-request set-header X-Rehearsal-Port 443
    http-response deny deny_status 502 if {{ res.hdr(x-rehearsal-cut) -m found }}
    default_backend front
frontend plain
    bind {address}:80
    bind {credentials}:80
    http-request set-header X-Rehearsal-Port 80
    default_backend front
backend front
    server front 127.0.0.1:{port}
"""
# `readlink`: a machine's resolv.conf may be a link into /run, which is empty here.
_SETUP = """
set -e
mount --make-rprivate /
resolv=$(readlink -f /etc/resolv.conf || echo /etc/resolv.conf)
mount -t tmpfs tmpfs /run
mkdir -p "$(dirname "$resolv")"
test -e "$resolv" || touch "$resolv"
mount --bind {folder}/resolv.conf "$resolv"
mount --bind {folder}/hosts /etc/hosts
mount --bind {folder}/authorities.pem {bundle}
ip link set lo up
ip address add {address}/32 dev lo
ip address add {credentials}/32 dev lo
touch {folder}/set-up
exec sleep infinity
"""


@dataclass
class World:
    """The namespace and what runs in it; `folder` holds its files, logs and images."""

    folder: Path
    programs: Callable[..., str]
    holder: subprocess.Popen[bytes] | None = None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[IO[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Make the network and start what stands for AWS, without a container engine."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_files()
        unshare = [self.programs("unshare", "util-linux"), "--net", "--mount", "--pid", "--fork", "--mount-proc"]
        self.programs("ip", "iproute2")
        script = _SETUP.format(
            folder=self.folder, bundle=SYSTEM_BUNDLE, address=ADDRESS, credentials=CREDENTIALS_ADDRESS
        )
        self.holder = self._popen("set-up", [*unshare, "--kill-child", "sh", "-c", script])
        self._wait("the namespace", lambda: (self.folder / "set-up").exists(), self.holder)
        python = str(emulator.ensure_installed())
        names = self.begin(
            "names", [python, "-m", f"{MODULES}.names", ADDRESS, str(self.folder), *SUFFIXES], env=self._python()
        )
        self._wait("the name server", lambda: (self.folder / "names-ready").exists(), names)
        haproxy = self.begin("haproxy", [self.programs("haproxy"), "-db", "-f", str(self.folder / "haproxy.cfg")])
        ask = ["python3", "-c", f"import socket; socket.create_connection(({ADDRESS!r}, 443), timeout=2)"]
        self._wait("HAProxy", lambda: self.run(*ask, code=None).returncode == 0, haproxy)

    def start_engine(self, image: Path) -> None:
        """Start a container engine, with one image on it."""
        dockerd = self.programs("dockerd", "docker.io")
        engine = self.begin("dockerd", [dockerd, "--data-root", str(self.folder / "docker")])
        self._wait("the engine", lambda: self.run("docker", "info", code=None).returncode == 0, engine)
        self.run("docker", "load", "--input", str(image))

    def start_aws(self, region: str = REGIONS[0]) -> None:
        """Start MiniStack and its front, an account in which there is nothing. One that runs is ended first."""
        self.end_aws()
        for name in ("calls.jsonl", "faults.json"):
            (self.folder / name).unlink(missing_ok=True)
        python = str(emulator.ensure_installed())
        command = [
            python, "-m", f"{MODULES}.serve", "--folder", str(self.folder), "--port", str(FRONT_PORT),
            "--account", ACCOUNT, "--authorities", str(self.folder / "authorities.pem"),
            "--domain", f"{DOMAIN}=storyizer-production",
        ]  # fmt: skip
        (self.folder / "aws").mkdir(exist_ok=True)
        environment = emulator_process.environment(FRONT_PORT, self.folder / "aws", "") | self._python() | {
            "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_REGION": region, "MINISTACK_HOSTNAME": "rehearsal",
            "PERSIST_STATE": "0", "S3_PERSIST": "0",
        }  # fmt: skip
        served = self.begin("aws", command, env=environment)
        health = f"http://127.0.0.1:{FRONT_PORT}/_ministack/health"
        ask = ["python3", "-c", f"from urllib.request import urlopen; urlopen({health!r}, timeout=2)"]
        self._wait("what stands for AWS", lambda: self.run(*ask, code=None).returncode == 0, served)
        (self.folder / "calls.jsonl").write_text("")

    def end_aws(self) -> None:
        """End MiniStack and its tasks."""
        self._end("aws")

    def fault(self, *rules: Mapping[str, Any]) -> None:
        """Let these happen from now on, and none of those before; without one, all is well."""
        file = self.folder / "faults.json"
        file.with_suffix(".new").write_text(json.dumps(rules))
        file.with_suffix(".new").replace(file)

    def unknown(self, *names: str) -> None:
        """Let these names not exist, and all others of AWS."""
        (self.folder / "unknown-names").write_text("\n".join(names))

    def calls(self) -> list[dict[str, Any]]:
        """Every request to AWS and to the registry that was answered since `start_aws`."""
        return _written(self.folder / "calls.jsonl")

    def names_asked(self) -> list[dict[str, Any]]:
        """Every name that something inside has looked up, and whether there was one."""
        return _written(self.folder / "names.jsonl")

    def command(self, *command: str, cwd: Path | None = None) -> list[str]:
        """A command line that runs this one inside, in that folder."""
        assert self.holder is not None
        child = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()[0]
        enter = [self.programs("nsenter", "util-linux"), "--target", child, "--net", "--mount", "--pid"]
        # A folder entered before the namespace has no path in it.
        return [*enter, "--", "sh", "-c", 'cd "$0" && exec "$@"', str(cwd or self.folder), *command]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment variables of an engineer inside who trusts the authority and has keys."""
        kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG", "TMPDIR") if name in os.environ}
        bundle = str(self.folder / "authorities.pem")
        return {**kept, "AWS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle, **KEYS, **more}

    def run(
        self, *command: str, code: int | None = 0, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside and wait for its end; its exit code must be `code` unless that is None."""
        done = subprocess.run(
            self.command(*command, cwd=cwd), env=dict(env or self.environment()), text=True, capture_output=True,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert code is None or done.returncode == code, f"{command} ended with {done.returncode}: {done.stderr}"
        return done

    def begin(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a program inside that is ended with the world."""
        self.running[name] = self._popen(name, self.command(*command), env)
        return self.running[name]

    def log(self, name: str) -> str:
        """What a program has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def end(self) -> None:
        """End everything inside, and remove it."""
        for name in ("aws", "dockerd", "haproxy", "names"):
            self._end(name)
        if self.holder is not None:
            self.holder.kill()
            self.holder.wait()
        for log in self.logs:
            log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is None or process.poll() is not None:
            return
        # `nsenter` waits for its child, which is the program.
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            processes.send(int(child), signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _popen(
        self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        self.logs.append(log)
        return subprocess.Popen(
            command, env=dict(env) if env is not None else None, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip

    def _wait(self, what: str, ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + READY_SECONDS
        while not ready():
            logs = "".join(file.read_text(errors="replace")[-2000:] for file in self.folder.glob("*.log"))
            assert process.poll() is None and time.monotonic() < until, f"{what} does not start: {logs}"
            time.sleep(0.2)

    def _python(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(paths.ROOT), "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def _write_files(self) -> None:
        names = [*GLOBAL_NAMES, DOMAIN]
        for region in REGIONS:
            end = f"{region}.amazonaws.com"
            names += [f"*.{end}", f"*.s3.{end}", f"*.dkr.ecr.{end}", f"api.ecr.{end}", f"{ACCOUNT}.ddb.{end}"]
            names += [f"*.{region}.elb.amazonaws.com"]
        python = str(emulator.ensure_installed())
        subprocess.run(
            [python, "-m", f"{MODULES}.certificates", str(self.folder), *names], env=self._python(), check=True
        )
        trusted = SYSTEM_BUNDLE.read_bytes() if SYSTEM_BUNDLE.exists() else b""
        (self.folder / "authorities.pem").write_bytes(trusted + (self.folder / "authority.pem").read_bytes())
        (self.folder / "authorities.pem").chmod(0o644)
        # The name server answers at once, unless the machine has other things to do.
        (self.folder / "resolv.conf").write_text(f"nameserver {ADDRESS}\noptions timeout:5 attempts:3\n")
        (self.folder / "nothing.http").write_text("")
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n")
        (self.folder / "haproxy.cfg").write_text(
            _BALANCER.format(address=ADDRESS, credentials=CREDENTIALS_ADDRESS, folder=self.folder, port=FRONT_PORT)
        )


def _written(file: Path) -> list[dict[str, Any]]:
    """The lines of a file that somebody may be writing to, as far as they are whole."""
    whole, _, _ = file.read_text().rpartition("\n") if file.exists() else ("", "", "")
    return [json.loads(line) for line in whole.splitlines()]
