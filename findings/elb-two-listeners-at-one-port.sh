#!/usr/bin/env bash
# MiniStack 1.5.33: a load balancer gets a second listener at a port, and a listener a second rule of a priority.
#
# Behaviour: the same `CreateListener` request sent twice makes two listeners at port 80, one with other settings a third;
#   `CreateRule` makes two rules of priority 7. Requests are then routed by the listener that was made first.
# Expected: what Elastic Load Balancing does: "If you attempt to create multiple listeners with the same settings, each
#   call succeeds" and makes one, other settings are answered with DuplicateListener (CreateListener, API reference), and
#   a priority that is taken with PriorityInUse (CreateRule).
# Met by: whoever creates a load balancer with Terraform on a busy machine. An SDK that has lost an answer sends its
#   request again; Terraform then gives its rules to the second listener, and the first one serves.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, boto3 1.43.106, Python 3.11):
#
#   the same listener twice: 2 listeners at port 80
#   one with other settings: 3 listeners at port 80
#   another rule of priority 7: 2 rules of that priority
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
from botocore.exceptions import BotoCoreError, ClientError

balancers = boto3.client(
    "elbv2", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
for _ in range(60):
    try:
        balancer = balancers.create_load_balancer(Name="one", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        break
    except BotoCoreError:
        time.sleep(0.5)
arn = balancer["LoadBalancerArn"]


def answer(status):
    return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}]


def listener(status):
    try:
        made = balancers.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=answer(status))
        return made["Listeners"][0]["ListenerArn"]
    except ClientError as error:
        return error.response["Error"]["Code"]


def listeners(when):
    found = [one for one in balancers.describe_listeners(LoadBalancerArn=arn)["Listeners"] if one["Port"] == 80]
    print(f"{when}: {len(found)} listeners at port 80")


first = listener("200")
listener("200")
listeners("the same listener twice")
listener("204")
listeners("one with other settings")
for path in ("/a", "/b"):
    try:
        balancers.create_rule(
            ListenerArn=first, Priority=7, Conditions=[{"Field": "path-pattern", "Values": [path]}], Actions=answer("200")
        )
    except ClientError as error:
        print(error.response["Error"]["Code"])
rules = [one for one in balancers.describe_rules(ListenerArn=first)["Rules"] if one["Priority"] == "7"]
print(f"another rule of priority 7: {len(rules)} rules of that priority")
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
the same listener twice: 2 listeners at port 80
one with other settings: 3 listeners at port 80
another rule of priority 7: 2 rules of that priority
EOF
