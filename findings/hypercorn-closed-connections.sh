#!/usr/bin/env bash
# Hypercorn 0.18.0: keeps its side of a connection that the client has closed until the time for idle ones is over.
#
# Behaviour: 20 clients ask once each, get their answers and close their connections. As long as `keep_alive_timeout` the
#   server still holds all of them (CLOSE_WAIT), each with its file descriptor; one that uvicorn serves is gone at once.
# Expected: a server closes its side when it has read the end of the client's.
# Met by: whoever raises `keep_alive_timeout`, so that no client meets a connection that is just being closed: AWS SDKs and
#   HAProxy keep idle connections for longer than Hypercorn's 5 seconds.
#
# Needs Linux, Python 3.11 or newer and a package index. Fails as soon as the behaviour changes.
# Output seen (hypercorn 0.18.0, uvicorn 0.40.0, Python 3.11):
#
#   hypercorn: 20 of 20 held after two seconds
#   uvicorn: 0 of 20 held after two seconds
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check hypercorn==0.18.0 uvicorn==0.40.0 2>pip.log || {
    cat pip.log >&2
    exit 2
}
cat >app.py <<'EOF'
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
EOF
cat >look.py <<'EOF'
import http.client
import socket
import subprocess
import sys
import time
from pathlib import Path

CLOSE_WAIT = "08"
COMMANDS = {
    "hypercorn": ["--keep-alive", "20", "--bind", "127.0.0.1:{port}"],
    "uvicorn": ["--timeout-keep-alive", "20", "--host", "127.0.0.1", "--port", "{port}"],
}

for name, options in COMMANDS.items():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", name, *(option.format(port=port) for option in options), "app:app"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        clients = set()
        until = time.monotonic() + 30
        while len(clients) < 20 and time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            try:
                connection.request("GET", "/")
                assert connection.getresponse().read() == b"ok"
                clients.add(f"{connection.sock.getsockname()[1]:04X}")
            except ConnectionRefusedError:
                time.sleep(0.1)
            finally:
                connection.close()
        time.sleep(2)
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        held = [row for row in rows if row[2].rpartition(":")[2] in clients and row[3] == CLOSE_WAIT]
        print(f"{name}: {len(held)} of {len(clients)} held after two seconds")
    finally:
        server.kill()
        server.wait()
EOF
seen=$(environment/bin/python look.py)
printf '%s\n' "$seen"
expected='hypercorn: 20 of 20 held after two seconds
uvicorn: 0 of 20 held after two seconds'
[ "$seen" = "$expected" ] || {
    echo "the behaviour has changed" >&2
    exit 1
}
