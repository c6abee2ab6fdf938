#!/usr/bin/env bash
# moto 5.2.5: an action that its server lacks is answered with status 500, which clients take for a passing fault.
#
# Behaviour: moto has neither Amazon ECS's `ListServiceDeployments` nor Auto Scaling's `StartInstanceRefresh`. Its server
#   answers both with 500 and a page of HTML. boto3 sends the first one again until its attempts are used up, and cannot
#   read the second answer, which should be XML. What is missing is in the server's log alone.
# Expected: what AWS does with an action that it does not know: a status of 400 in the service's own format, which is not
#   sent again, and whose message says what is wrong.
# Met by: whoever applies something with Terraform that moto lacks: its AWS provider makes up to 25 attempts, with longer
#   and longer pauses, so that the apply seems to hang.
#
# Needs Python 3.11 or newer and a package index. Fails as soon as the behaviour changes.
# Output seen (moto 5.2.5, boto3 1.43.106, Python 3.11):
#
#   list_service_deployments: status 500 500 500, text/html, ClientError
#   start_instance_refresh: status 500, text/html, ResponseParserError
set -euo pipefail

folder=$(mktemp -d)
emulator=
trap '[ -z "$emulator" ] || { kill "$emulator" && wait "$emulator" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.43.106 2>pip.log || {
    cat pip.log >&2
    exit 2
}
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env -i PATH="$PATH" HOME="$folder" environment/bin/moto_server -H 127.0.0.1 -p "$port" >emulator.log 2>&1 &
emulator=$!

cat >look.py <<'EOF'
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

given = {
    "endpoint_url": sys.argv[1],
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "config": Config(retries={"mode": "standard", "total_max_attempts": 3}),
}
ec2, ecs, autoscaling = (boto3.client(name, **given) for name in ("ec2", "ecs", "autoscaling"))
for _ in range(60):
    try:
        ecs.create_cluster(clusterName="cluster")
        break
    except BotoCoreError:
        time.sleep(0.5)
ecs.register_task_definition(family="family", containerDefinitions=[{"name": "one", "image": "image:1", "memory": 128}])
ecs.create_service(cluster="cluster", serviceName="service", taskDefinition="family", desiredCount=1)
ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"InstanceType": "m5.large"})
autoscaling.create_auto_scaling_group(
    AutoScalingGroupName="group", LaunchTemplate={"LaunchTemplateName": "template", "Version": "$Latest"},
    MinSize=0, MaxSize=1, AvailabilityZones=["us-east-1a"],
)


def call(client, action, **parameters):
    answers = []
    client.meta.events.register("before-parse", lambda response_dict, **_: answers.append(response_dict))
    try:
        getattr(client, action)(**parameters)
        result = "done"
    except (ClientError, ResponseParserError) as error:
        result = type(error).__name__
    kind = answers[-1]["headers"]["Content-Type"].partition(";")[0]
    print(f"{action}: status {' '.join(str(answer['status_code']) for answer in answers)}, {kind}, {result}")


call(ecs, "list_service_deployments", cluster="cluster", service="service")
call(autoscaling, "start_instance_refresh", AutoScalingGroupName="group")
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
list_service_deployments: status 500 500 500, text/html, ClientError
start_instance_refresh: status 500, text/html, ResponseParserError
EOF
