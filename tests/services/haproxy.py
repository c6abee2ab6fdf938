"""A real HAProxy that stands for the load balancer: health checks, reused connections, nothing that hides a failure."""

import csv
import io
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

CHECK_INTERVAL_MS = 400
THRESHOLD = 2
WAIT_SECONDS = 60

# As the load balancer on AWS does: connections to the tasks are kept and shared by all clients, and tasks come and
# go by name. Unlike it, nothing is ever repeated: a request that a task loses is lost for its client too.
CONFIGURATION = """
global
    stats socket {folder}/admin mode 600 level admin
    nbthread 1
defaults
    mode http
    retries 0
    retry-on none
    http-reuse always
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout check 2s
frontend clients
    bind fd@{socket}
    default_backend tasks
backend tasks
    balance roundrobin
    option httpchk GET /healthz
    http-check expect status 200
"""


class Balancer:
    """One HAProxy process. Tasks are registered and deregistered through its admin socket."""

    def __init__(self, program: str, folder: Path) -> None:
        self._socket = folder / "admin"
        self._log = folder / "log"
        configuration = folder / "haproxy.cfg"
        # Listening already: a port that was only looked for could be somebody else's by the time that it is taken.
        with self._log.open("wb") as log, socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
            configuration.write_text(CONFIGURATION.format(folder=folder, socket=listener.fileno()))
            command = [program, "-db", "-f", str(configuration)]
            self._process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, pass_fds=[listener.fileno()]
            )
        try:
            self._wait(self._socket.exists, "it did not start")
        except AssertionError:
            self.stop()
            raise

    def register(self, name: str, port: int) -> None:
        """Adds a task. Like any new target it gets no request before its health checks have succeeded."""
        check = f"check inter {CHECK_INTERVAL_MS}ms rise {THRESHOLD} fall {THRESHOLD}"
        # Unlike servers of the configuration, those that are added keep no connection unless told to.
        reuse = "pool-max-conn 100 pool-purge-delay 60s"
        self._command(f"add server tasks/{name} 127.0.0.1:{port} {check} {reuse}", answer="New server registered.")
        # HAProxy takes a server for healthy until a check fails. So it is declared unhealthy, in the one state in which
        # it can be and gets no request yet.
        for state in ("state drain", "health down", "state ready"):
            self._command(f"set server tasks/{name} {state}")
        self._command(f"enable health tasks/{name}")

    def wait_until_healthy(self, name: str) -> None:
        """Returns when requests may go to the task."""
        self._wait(lambda: self.counters(name)["status"] == "UP", f"{name} did not become healthy")

    def deregister(self, name: str) -> None:
        """No new request goes to the task; those under way go on."""
        self._command(f"set server tasks/{name} state drain")

    def remove(self, name: str) -> None:
        """Forgets a task that has ended."""
        self._command(f"set server tasks/{name} state maint")
        # Not before HAProxy has seen the ends of its last connections.
        self._wait(lambda: self._ask(f"del server tasks/{name}").strip() == "Server deleted.", f"{name} is kept")

    def counters(self, name: str) -> dict[str, str]:
        """HAProxy's statistics of a task, or of all of them: `counters("BACKEND")`."""
        rows = csv.DictReader(io.StringIO(self._ask("show stat").removeprefix("# ")))
        return next(row for row in rows if row["pxname"] == "tasks" and row["svname"] == name)

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait(timeout=WAIT_SECONDS)

    def _command(self, command: str, answer: str = "") -> None:
        said = self._ask(command).strip()
        assert said == answer, f"{command}: {said}"

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._socket))
            connection.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def _wait(self, condition: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            assert self._process.poll() is None and time.monotonic() < deadline, f"{complaint}: {self._log.read_text()}"
            time.sleep(0.05)
