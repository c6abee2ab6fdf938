#!/usr/bin/env bash
# MiniStack 1.5.33: a service whose task was stopped with StopTask stays one task short.
#
# Behaviour: a service wants two tasks and runs two. After `StopTask` on one of them it still runs one 20 s later,
#   and the deployment goes on saying COMPLETED. `UpdateService` with the count that the service already has starts the
#   missing task.
# Expected: what Amazon ECS does: the service's scheduler replaces the task without being asked ("service scheduler"
#   in the Amazon ECS developer guide).
# Met by: whoever replaces an unhealthy task through the API, which is safe on AWS and halves a service here.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, boto3 1.43.106, Python 3.11):
#
#   before: 2 tasks, running 2 of 2, COMPLETED
#   stopped: 1 tasks, running 1 of 2, COMPLETED
#   updated: 2 tasks, running 2 of 2, COMPLETED
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

ecs = boto3.client(
    "ecs", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
for _ in range(60):
    try:
        ecs.create_cluster(clusterName="cluster")
        break
    except BotoCoreError:
        time.sleep(0.5)
container = {"name": "one", "image": "busybox:1", "command": ["sleep", "600"]}
ecs.register_task_definition(
    family="family", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
    containerDefinitions=[container],
)
ecs.create_service(
    cluster="cluster", serviceName="service", taskDefinition="family", desiredCount=2, launchType="FARGATE",
    networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
)


def look(when, seconds):
    time.sleep(seconds)
    tasks = ecs.list_tasks(cluster="cluster", serviceName="service")["taskArns"]
    service = ecs.describe_services(cluster="cluster", services=["service"])["services"][0]
    counts = f"running {service['runningCount']} of {service['desiredCount']}"
    print(f"{when}: {len(tasks)} tasks, {counts}, {service['deployments'][0]['rolloutState']}")
    return tasks


tasks = look("before", 3)
ecs.stop_task(cluster="cluster", task=tasks[0])
look("stopped", 20)
ecs.update_service(cluster="cluster", service="service", desiredCount=2)
look("updated", 3)
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
before: 2 tasks, running 2 of 2, COMPLETED
stopped: 1 tasks, running 1 of 2, COMPLETED
updated: 2 tasks, running 2 of 2, COMPLETED
EOF
