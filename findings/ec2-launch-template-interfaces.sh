#!/usr/bin/env bash
# MiniStack 1.5.33: a launch template's network interfaces lose what becomes of them and, to Go programs, their groups.
#
# Behaviour: a template's interface has a security group and `DeleteOnTermination`. In the answer to
#   `DescribeLaunchTemplateVersions` the flag is missing, and the group is an element <item> within <groupSet>.
# Expected: what Amazon EC2 does: <deleteOnTermination> is there, and each group is a <groupId>. That is also the name in
#   the API's model: boto3 takes any name for it, AWS's SDK for Go only this one.
# Met by: whoever applies an `aws_launch_template` with `network_interfaces` in Terraform: every later plan wants to set
#   the flag and the groups again.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, boto3 1.43.106, Python 3.11):
#
#   name in the model: groupId
#   groups: <item>sg-1</item>
#   deleteOnTermination: none
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
import re
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError

ec2 = boto3.client(
    "ec2", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
for _ in range(60):
    try:
        ec2.describe_launch_templates()
        break
    except BotoCoreError:
        time.sleep(0.5)
interface = {"DeviceIndex": 0, "Groups": ["sg-1"], "DeleteOnTermination": True}
ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"NetworkInterfaces": [interface]})
answers = []
ec2.meta.events.register("before-parse.ec2", lambda response_dict, **_: answers.append(response_dict["body"].decode()))
ec2.describe_launch_template_versions(LaunchTemplateName="template")
(answer,) = answers
model = ec2.meta.service_model.shape_for("LaunchTemplateInstanceNetworkInterfaceSpecification").members["Groups"]
print("name in the model:", model.member.serialization["name"])
print("groups:", *re.findall(r"<groupSet>\s*(.*?)\s*</groupSet>", answer))
print("deleteOnTermination:", *re.findall(r"<deleteOnTermination>(.*?)</deleteOnTermination>", answer) or ["none"])
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
name in the model: groupId
groups: <item>sg-1</item>
deleteOnTermination: none
EOF
