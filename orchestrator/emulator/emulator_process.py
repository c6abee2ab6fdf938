"""One process of the emulator: how it is launched, recognised later, and ended."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrator.console import Stage
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.machine import engine
from orchestrator.system import atomic, childenv, interrupt, net, paths, process, processes
from orchestrator.system.childenv import Child

REGION = "us-east-1"
MODULE = "orchestrator.emulator.server"
START_SECONDS = 90.0
# One that does not answer is started again, which costs requests: it must be more than slow.
ANSWER_SECONDS = 20.0
# It writes its state and ends up to a few dozen containers, sixteen at a time, two seconds each.
STOP_SECONDS = 90.0
KILL_SECONDS = 10.0
# The emulator and the copy of itself that writes a snapshot; one more for chance.
KILLS = 3


@dataclass(frozen=True)
class Running:
    """What is kept about the process that was launched."""

    pid: int
    began: int
    api: int
    balancer: int

    def is_alive(self) -> bool:
        """True while that process runs; a later one with the same id, or another program, is not taken for it."""
        words = processes.arguments(self.pid)
        alive = processes.is_alive(processes.Identity(self.pid, self.began))
        return alive and _is_emulator(words) and str(folder() / "state") in words

    def is_current(self) -> bool:
        """True when it runs the code that is here: it was not started before an update of this project."""
        return _option(processes.arguments(self.pid), "--code") == code()

    def answers(self) -> bool:
        """True when it is this copy's emulator that answers on the port; on a busy machine it is given its time."""
        until = time.monotonic() + ANSWER_SECONDS
        while not answers(self.api, paths.work_id()):
            if not self.is_alive() or time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True


def answers(api: int, identity: str) -> bool:
    """True when the emulator of that identity answers on the port."""
    answer = net.get_json(f"http://127.0.0.1:{api}/_storyizer", timeout_seconds=3.0)
    return answer is not None and answer.get("identity") == identity


def revision(api: int) -> str:
    """Names what is configured in the emulator at that port; empty if it does not answer."""
    answer = net.get_json(f"http://127.0.0.1:{api}/_storyizer", timeout_seconds=3.0)
    return str(answer.get("revision", "")) if answer is not None else ""


def folder() -> Path:
    """Everything that the emulator keeps, and its log."""
    return paths.WORK / "emulator"


def reading_folder() -> Path:
    """What an emulator to read from keeps, for as long as it is read from."""
    return paths.WORK / "reading"


def log_file() -> Path:
    """What the emulator wrote."""
    return folder() / "emulator.log"


def instance() -> str:
    """The first part of the label `ministack.instance` of every container that this copy's emulator starts."""
    return f"storyizer-{paths.work_id()}"


def recorded() -> Running | None:
    """The process that was launched last, if it still runs: also where its record is lost or broken."""
    try:
        found = Running(**json.loads(_record().read_text()))
    except (OSError, ValueError, TypeError):
        found = None
    return found if found is not None and found.is_alive() else seen(folder() / "state")


def record(running: Running) -> None:
    """Write down which process it is."""
    atomic.write(_record(), json.dumps(asdict(running)))


def seen(state: Path) -> Running | None:
    """The emulator that keeps its state in that folder, by its command line: no two can."""
    for pid in processes.everyone():
        words = processes.arguments(pid)
        if not _is_emulator(words) or _option(words, "--state") != str(state):
            continue
        api, balancer = _option(words, "--api-port"), _option(words, "--balancer-port")
        who = processes.identity(pid)
        if who is not None and api.isdigit() and balancer.isdigit():
            return Running(pid, who.began, int(api), int(balancer))
    return None


def _is_emulator(words: list[str]) -> bool:
    """True for the command line of an emulator of any version of this project, under whatever module it was then."""
    module = _option(words, "-m")
    return module.startswith("orchestrator.") and module.endswith(".server")


def code() -> str:
    """Identifies the code that an emulator started now would run."""
    found = hashlib.sha256()
    for file in sorted(Path(__file__).with_name("server").rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()[:12]


def _option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words[:-1] else ""


def end_reader() -> None:
    """End the emulator that a killed run was reading from. It would end by itself, in a moment, and has the ports."""
    found = seen(reading_folder() / "state")
    if found is not None:
        processes.end(found.pid, signal.SIGKILL, 5.0)


def keeper(pid: int) -> Path | None:
    """The checkout whose emulator that process is, None if it is another program."""
    words = processes.arguments(pid)
    state = _option(words, "--state")
    return Path(state).parents[2] if _is_emulator(words) and len(Path(state).parents) > 3 else None


def launch(python: Path, api: int, balancer: int, stage: Stage) -> Running:
    """Start it and wait until it answers. Raises `Failure` with its log's last lines."""
    for name in ("state", "s3", "tmp"):
        (folder() / name).mkdir(parents=True, exist_ok=True)
    started = command(python, api, balancer, folder(), gateway=gateway(), identity=paths.work_id())
    if log_file().exists():
        log_file().replace(log_file().with_suffix(".previous.log"))
    with log_file().open("ab") as log:  # which is shortened while it is written to
        child = subprocess.Popen(
            started, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=folder(),
            env=environment(api, folder(), _engine()),
        )  # fmt: skip
    identity = processes.identity(child.pid)
    launched = Running(child.pid, identity.began if identity else 0, api, balancer)
    record(launched)
    try:
        wait(child, paths.work_id(), api, log_file(), stage)
    except BaseException:
        processes.end(child.pid, signal.SIGTERM, STOP_SECONDS)
        raise
    return launched


def command(python: Path, api: int, balancer: int, keeps: Path, *, gateway: str, identity: str) -> list[str]:
    """The command line of an emulator that keeps everything in the folder `keeps`."""
    return [
        str(python), "-m", MODULE,
        "--identity", identity, "--state", str(keeps / "state"),
        "--api-port", str(api), "--balancer-port", str(balancer),
        "--gateway", gateway, "--code", code(),
    ]  # fmt: skip


def end(stage: Stage) -> bool:
    """End the process that runs, answering or not, once it has written its state. True if there was one."""
    found = recorded()
    if found is not None and not processes.end(found.pid, signal.SIGTERM, STOP_SECONDS):
        stage.event(f"it had to be killed after {STOP_SECONDS:.0f} seconds: the last seconds' changes may be lost")
    _record().unlink(missing_ok=True)
    return found is not None


def kill() -> bool:
    """End the process that runs at once, with nothing written. True if there was one.

    A snapshot that it was writing is written by a copy of it, which outlives it and is found by its command line.
    """
    killed = False
    for _ in range(KILLS):
        found = recorded()
        if found is None:
            break
        processes.end(found.pid, signal.SIGKILL, KILL_SECONDS)
        killed = True
    _record().unlink(missing_ok=True)
    return killed


def _record() -> Path:
    return folder() / "running.json"


def _engine() -> str:
    """The engine's address as DOCKER_HOST: the emulator knows that, but no docker contexts."""
    host = engine.client_host()
    return "" if host == engine.DEFAULT_HOST else host


def environment(api: int, keeps: Path, docker_host: str) -> dict[str, str]:
    """The environment variables of an emulator that keeps everything in the folder `keeps`."""
    settings = {
        "PYTHONPATH": str(paths.ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "HOME": str(keeps / "tmp"),
        "TMPDIR": str(keeps / "tmp"),
        "GATEWAY_PORT": str(api),
        "MINISTACK_HOSTNAME": instance(),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(keeps / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(keeps / "s3"),
        # Listeners of its that nobody here needs.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": docker_host,
    }
    return childenv.of(Child.EMULATOR, **settings)


def gateway() -> str:
    """This machine's address on the engine's bridge, where the tasks' containers find the emulator.

    Raises `PrerequisiteMissing` where the engine has no bridge network, or has it elsewhere.
    """
    asked = process.run(["docker", "network", "inspect", "bridge"])
    try:
        bridge = json.loads(asked.stdout)[0]
        interface = bridge.get("Options", {}).get("com.docker.network.bridge.name", "")
        networks = [part for part in bridge["IPAM"]["Config"] if "." in part.get("Subnet", "")]
        # Engine 20.10 names the gateway only after its second start; it is the network's first address.
        named = networks[0].get("Gateway") or str(ipaddress.IPv4Network(networks[0]["Subnet"])[1])
    except (ValueError, LookupError, TypeError) as error:
        raise PrerequisiteMissing(
            "the container engine has no bridge network",
            reason="Tasks' containers could not be reached. `docker network inspect bridge` shows none.",
            details=asked.tail(3),
            next_step="start the engine without `--bridge none`",
        ) from error
    address = net.interface_address(interface) or named
    if not net.is_own_address(address):
        raise PrerequisiteMissing(
            "the container engine's network is not on this machine",
            reason=f"Tasks' containers would look for the emulated AWS at {address}, which is no address of this "
            "machine:\nthe engine is on another one, in a virtual machine, or rootless. The emulated AWS asks for no "
            "login\nand can start containers, so it is not opened to every network instead.",
            next_step="use an engine that runs on this Linux machine itself:\n"
            "env -u DOCKER_HOST DOCKER_CONTEXT=default python3 orchestrate.py up",
        )
    return address


def wait(child: subprocess.Popen[bytes], identity: str, api: int, log: Path, stage: Stage) -> None:
    """Wait until the emulator that was started answers. Raises `Failure` with the end of its log."""
    stage.note("waiting for it to answer")
    began = time.monotonic()
    while child.poll() is None and time.monotonic() - began < START_SECONDS:
        if answers(api, identity):
            return
        interrupt.sleep(0.1, "starting the emulator")
    ended = child.poll() is not None
    raise Failure(
        "the emulator does not start",
        reason=f"It ended with code {child.returncode}." if ended else f"No answer in {START_SECONDS:.0f} seconds.",
        details=log.read_text(errors="replace").splitlines()[-10:],
        next_step=f"see {log}",
    )
