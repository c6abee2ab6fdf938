#!/usr/bin/env bash
# uvicorn 0.54.0: a connection that it has accepted is reset at its graceful shutdown if its first request is still coming.
#
# Behaviour: a client connects, the server accepts, SIGTERM comes, then the client sends its request: it gets no answer,
#   whatever `timeout_graceful_shutdown` is. The same where a part of a request's head has come by then. A request of
#   which the whole head has come is answered, and waited for.
# Expected: what was accepted before the end began is answered, within the time for a graceful shutdown.
# Met by: whoever replaces one process by another behind a load balancer that opens a connection for each request, or
#   sends the first request over a new one at that moment: its client sees a 502.
#
# Needs Python 3.11 or newer and a package index. Fails as soon as the behaviour changes.
# Output seen (uvicorn 0.54.0, Python 3.11, with h11 and with httptools):
#
#   h11, nothing: no answer
#   h11, half a head: no answer
#   h11, a head without its body: answered
#   httptools, nothing: no answer
#   httptools, half a head: no answer
#   httptools, a head without its body: answered
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check uvicorn==0.54.0 h11==0.16.0 httptools==0.9.0 2>pip.log || {
    cat pip.log >&2
    exit 2
}
cat >app.py <<'EOF'
async def app(scope, receive, send):
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
EOF
cat >look.py <<'EOF'
import signal
import socket
import subprocess
import sys
import time

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"
SENT_BEFORE = {"nothing": b"", "half a head": HEAD[:20], "a head without its body": HEAD}

for protocol in ("h11", "httptools"):
    for name, before in SENT_BEFORE.items():
        command = [sys.executable, "-m", "uvicorn", "app:app", "--http", protocol, "--lifespan", "off", "--port", "0"]
        command += ["--timeout-graceful-shutdown", "10", "--no-access-log"]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            told = next(line for line in server.stderr if "running on" in line)
            port = int(told.split("127.0.0.1:")[1].split()[0])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(before)
                time.sleep(0.5)
                server.send_signal(signal.SIGTERM)
                next(line for line in server.stderr if "Shutting down" in line)
                time.sleep(0.05)
                try:
                    client.sendall((HEAD + b"body")[len(before) :])
                    answer = client.recv(4096)
                except ConnectionError:
                    answer = b""
            answered = answer.startswith(b"HTTP/1.1 200")
            print(f"{protocol}, {name}: {'answered' if answered else 'no answer'}")
        finally:
            server.kill()
            server.wait()
EOF
seen=$(environment/bin/python look.py)
printf '%s\n' "$seen"
expected='h11, nothing: no answer
h11, half a head: no answer
h11, a head without its body: answered
httptools, nothing: no answer
httptools, half a head: no answer
httptools, a head without its body: answered'
[ "$seen" = "$expected" ] || {
    echo "the behaviour has changed" >&2
    exit 1
}
