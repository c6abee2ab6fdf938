"""AWS's script that installs Docker and both agents on a machine and registers it: the command, and running it."""

from __future__ import annotations

import shlex
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from orchestrator.errors import Failure
from orchestrator.operate.anywhere import host
from orchestrator.operate.anywhere.activation import Activation
from orchestrator.operate.anywhere.host import Host
from orchestrator.system import childenv, plain, process
from orchestrator.system.childenv import Child

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere-registration.html
URL = "https://amazon-ecs-agent.s3.amazonaws.com/ecs-anywhere-install-latest.sh"
FILE = "ecs-anywhere-install.sh"
LARGEST_BYTES = 1_000_000
HIDDEN = "(hidden)"
_DOWNLOAD_SECONDS = 60.0
_TAIL_LINES = 15


def options(activation: Activation) -> list[str]:
    """The script's arguments."""
    return [
        "--region", activation.region, "--cluster", activation.cluster,
        "--activation-id", activation.id, "--activation-code", activation.code,
    ]  # fmt: skip


def command(activation: Activation) -> str:
    """The line to type on the machine. Holds the code."""
    return f"curl --fail --proto =https -o {FILE} {URL} && sudo bash {FILE} {shlex.join(options(activation))}"


def run(activation: Activation, machine: Host, on_line: Callable[[str], None]) -> None:
    """Install and register on this machine; each line that the script prints goes to `on_line`. Raises `Failure`."""
    # RHEL has no repository of Docker's: `host` has seen that it is there.
    more = ["--docker-install-source", "none"] if machine.system == host.RHEL else []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / FILE
        download(URL, script)
        run_script(script, [*options(activation), *more], activation.code, on_line)


def download(url: str, file: Path) -> None:
    """Write what is at the address to the file. Raises `Failure` if it is no shell script."""
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_SECONDS) as response:
            content: bytes = response.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _not_fetched(url, str(error)) from error
    if not content.startswith(b"#!") or len(content) > LARGEST_BYTES:
        raise _not_fetched(url, "What came is no shell script.")
    file.write_bytes(content)


def run_script(script: Path, arguments: list[str], secret: str, on_line: Callable[[str], None]) -> None:
    """Run the script to its end, without the secret in what is shown of it. Raises `Failure`."""

    def show(line: str) -> None:
        on_line(line.replace(secret, HIDDEN))

    done = process.run(["bash", script, *arguments], env=childenv.of(Child.PACKAGES), on_line=show)
    if not done.ok:
        raise Failure(
            f"AWS's script ended with {done.returncode}",
            reason="What it had installed stays, and it goes on from there when it is run again.",
            details=[line.replace(secret, HIDDEN) for line in _last(done.stdout, done.stderr)],
            next_step="correct what its last lines name, then run the same command again; the agents' logs are in\n"
            "/var/log/ecs/ecs-agent.log and /var/log/amazon/ssm/amazon-ssm-agent.log",
        )


def _last(*texts: str) -> list[str]:
    return [line for text in texts for line in plain.lines(text)][-_TAIL_LINES:]


def _not_fetched(url: str, why: str) -> Failure:
    return Failure(
        "AWS's script could not be downloaded",
        reason=f"{url}: {why}",
        next_step="check this machine's way to the internet (HTTPS_PROXY, if there is a proxy), then run it again",
    )
