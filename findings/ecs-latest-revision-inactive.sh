#!/usr/bin/env bash
# MiniStack 1.5.33 and moto 5.2.5: a family's name stands for its last revision, also when that is deregistered.
#
# Behaviour: a family has the revisions 1 and 2, and 2 is deregistered. `DescribeTaskDefinition` by the family's name
#   gives revision 2, which is INACTIVE; in MiniStack `RunTask` by the name starts it.
# Expected: what Amazon ECS does: a family without a revision is its latest ACTIVE revision (DescribeTaskDefinition and
#   RunTask, API reference), here 1.
# Met by: whoever takes a bad version back by deregistering its task definition, and looks up or runs the family by its
#   name: on AWS that is the version before.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, moto 5.2.5, boto3 1.43.106, Python 3.11):
#
#   MiniStack: list family:1, describe family:2 INACTIVE
#   MiniStack: run family:2
#   moto: list family:1, describe family:2 INACTIVE
set -euo pipefail

folder=$(mktemp -d)
emulator=
trap '[ -z "$emulator" ] || { kill "$emulator" && wait "$emulator" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check \
    ministack==1.5.33 moto==5.2.5 boto3==1.43.106 2>pip.log || {
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
from moto import mock_aws

keys = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


def look(name, ecs):
    container = {"name": "one", "image": "busybox:1", "memory": 128}
    for _ in range(2):
        ecs.register_task_definition(
            family="family", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            containerDefinitions=[container],
        )
    ecs.deregister_task_definition(taskDefinition="family:2")
    listed = [arn.rpartition("/")[2] for arn in ecs.list_task_definitions(familyPrefix="family")["taskDefinitionArns"]]
    described = ecs.describe_task_definition(taskDefinition="family")["taskDefinition"]
    print(f"{name}: list {' '.join(listed)}, describe family:{described['revision']} {described['status']}")


ministack = boto3.client("ecs", endpoint_url=sys.argv[1], **keys)
for _ in range(60):
    try:
        ministack.create_cluster(clusterName="cluster")
        break
    except BotoCoreError:
        time.sleep(0.5)
look("MiniStack", ministack)
(task,) = ministack.run_task(
    cluster="cluster", taskDefinition="family", launchType="FARGATE",
    networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
)["tasks"]
print(f"MiniStack: run {task['taskDefinitionArn'].rpartition('/')[2]}")
with mock_aws():
    look("moto", boto3.client("ecs", **keys))
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
MiniStack: list family:1, describe family:2 INACTIVE
MiniStack: run family:2
moto: list family:1, describe family:2 INACTIVE
EOF
