#!/usr/bin/env bash
# MiniStack 1.5.33: FilterLogEvents ignores logStreamNamePrefix.
#
# Behaviour: a log group has the streams `words/one` and `save/two`. `FilterLogEvents` with `logStreamNamePrefix=words/`
#   gives the events of both; with `logStreamNames` it gives those of the named ones.
# Expected: what Amazon CloudWatch Logs does: the prefix filters "to include only events from log streams that have names
#   starting with this prefix" (FilterLogEvents, API reference).
# Met by: whoever reads the lines of one task or one service out of a shared group: it sees the others' as well.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, boto3 1.43.106, Python 3.11):
#
#   logStreamNamePrefix: save/two, words/one
#   logStreamNames: words/one
set -euo pipefail

folder=$(mktemp -d)
emulator=
trap '[ -z "$emulator" ] || { kill "$emulator" && wait "$emulator" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check ministack==1.5.33 boto3==1.43.106 2>pip.log || {
    cat pip.log >&2
    exit 2
}
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env -i PATH="$PATH" HOME="$folder" TMPDIR="$folder" GATEWAY_PORT="$port" MINISTACK_HOST=127.0.0.1 SFTP_ENABLED=0 \
    IOT_MTLS_ENABLED=0 DOCKER_HOST="unix://$folder/no-engine" environment/bin/ministack >emulator.log 2>&1 &
emulator=$!

cat >look.py <<'EOF'
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError

logs = boto3.client(
    "logs", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
for _ in range(60):
    try:
        logs.create_log_group(logGroupName="group")
        break
    except BotoCoreError:
        time.sleep(0.5)
for stream in ("words/one", "save/two"):
    logs.create_log_stream(logGroupName="group", logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": f"written by {stream}"}
    logs.put_log_events(logGroupName="group", logStreamName=stream, logEvents=[event])
for how in ({"logStreamNamePrefix": "words/"}, {"logStreamNames": ["words/one"]}):
    events = logs.filter_log_events(logGroupName="group", **how)["events"]
    print(f"{next(iter(how))}: {', '.join(sorted(event['logStreamName'] for event in events))}")
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
logStreamNamePrefix: save/two, words/one
logStreamNames: words/one
EOF
