#!/usr/bin/env bash
# MiniStack 1.5.33: a Step Functions state that runs an ECS task succeeds although the task's container has failed.
#
# Behaviour: a state with the resource `arn:aws:states:::ecs:runTask.sync` runs a task whose only container exits with 3.
#   The state succeeds, and its `Catch` has no effect. The code is in the state's output alone.
# Expected: what AWS Step Functions does: a task that exits with another code than 0 fails the state with
#   `States.TaskFailed`, and the task is the error's cause.
# Met by: whoever tries a job's retries or its alarm on failure locally: they never happen.
#
# Needs Debian's or Ubuntu's apt, Python 3.11 or newer, a package index and a Docker Engine. The image is built from the
# package busybox-static; no image registry is used. The container, the image and the emulator are removed afterwards.
# Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, docker 7.2.0, boto3 1.43.106, Python 3.11, Docker Engine 20.10.24):
#
#   exit 0: execution SUCCEEDED, container exited with 0, caught no
#   exit 3: execution SUCCEEDED, container exited with 3, caught no
set -euo pipefail

folder=$(mktemp -d)
image=
emulator=
trap '[ -z "$emulator" ] || { kill "$emulator" && wait "$emulator" || true; }
    [ -z "$image" ] || docker image rm "$image" >/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check \
    ministack==1.5.33 docker==7.2.0 boto3==1.43.106 2>pip.log || {
    cat pip.log >&2
    exit 2
}
mkdir package
{ (cd package && apt-get download busybox-static) && dpkg -x package/*.deb package; } >apt.log 2>&1 || {
    cat apt.log >&2
    exit 2
}
mkdir context
cp package/bin/busybox context/busybox
printf 'FROM scratch\nCOPY busybox /bin/sh\n' >context/Dockerfile
name=finding-$(basename "$folder" | tr '[:upper:].' '[:lower:]-'):1
docker build --quiet --tag "$name" context >build.log 2>&1 || {
    cat build.log >&2
    exit 2
}
image=$name
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env -i PATH="$PATH" HOME="$folder" TMPDIR="$folder" GATEWAY_PORT="$port" MINISTACK_HOST=127.0.0.1 SFTP_ENABLED=0 \
    IOT_MTLS_ENABLED=0 ${DOCKER_HOST:+DOCKER_HOST="$DOCKER_HOST"} environment/bin/ministack >emulator.log 2>&1 &
emulator=$!

cat >look.py <<'EOF'
import json
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError

address, image = sys.argv[1:]
keys = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
ecs, states = (boto3.client(name, endpoint_url=address, **keys) for name in ("ecs", "stepfunctions"))
for _ in range(60):
    try:
        ecs.create_cluster(clusterName="cluster")
        break
    except BotoCoreError:
        time.sleep(0.5)
for code in (0, 3):
    family = f"exit-{code}"
    container = {"name": "one", "image": image, "command": ["/bin/sh", "-c", f"exit {code}"]}
    ecs.register_task_definition(
        family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[container],
    )
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": "cluster",
            "TaskDefinition": family,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
        },
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
        "End": True,
    }
    definition = {"StartAt": "Run", "States": {"Run": state, "Caught": {"Type": "Pass", "Result": {}, "End": True}}}
    machine = states.create_state_machine(
        name=family, roleArn="arn:aws:iam::000000000000:role/role", definition=json.dumps(definition)
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    for _ in range(120):
        described = states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            break
        time.sleep(0.5)
    (arn,) = ecs.list_tasks(cluster="cluster", family=family, desiredStatus="STOPPED")["taskArns"]
    (task,) = ecs.describe_tasks(cluster="cluster", tasks=[arn])["tasks"]
    exited = task["containers"][0].get("exitCode")
    caught = "yes" if json.loads(described["output"]) == {} else "no"
    print(f"exit {code}: execution {described['status']}, container exited with {exited}, caught {caught}")
EOF
environment/bin/python look.py "http://127.0.0.1:$port" "$image" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
exit 0: execution SUCCEEDED, container exited with 0, caught no
exit 3: execution SUCCEEDED, container exited with 3, caught no
EOF
