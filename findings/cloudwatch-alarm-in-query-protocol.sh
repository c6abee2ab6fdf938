#!/usr/bin/env bash
# MiniStack 1.5.33: DescribeAlarms shows a part of an alarm to programs that use CloudWatch's query protocol.
#
# Behaviour: CloudWatch can be spoken to in its older protocol (form and XML) and in newer ones. The same alarm has all
#   its members in boto3, which uses a newer one; in the answer in XML the period, the statistic, the dimensions, the
#   actions and whether they are enabled, and the treatment of missing data are not there.
# Expected: what Amazon CloudWatch does: the protocols give the same alarm.
# Met by: whoever applies an `aws_cloudwatch_metric_alarm` with version 5 of Terraform's AWS provider, which uses the
#   older one: every later plan wants to set all of these again.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, boto3 1.43.106, Python 3.11):
#
#   in both: AlarmArn AlarmName ComparisonOperator EvaluationPeriods MetricName Namespace StateReason StateValue Threshold
#   put, and only in boto3's: ActionsEnabled AlarmActions Dimensions Period Statistic TreatMissingData
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
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

address = sys.argv[1]
cloudwatch = boto3.client(
    "cloudwatch", endpoint_url=address, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
alarm = {
    "AlarmName": "alarm",
    "Namespace": "namespace",
    "MetricName": "metric",
    "Dimensions": [{"Name": "name", "Value": "value"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 2,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:topic"],
}
for _ in range(60):
    try:
        cloudwatch.put_metric_alarm(**alarm)
        break
    except BotoCoreError:
        time.sleep(0.5)
(seen,) = cloudwatch.describe_alarms()["MetricAlarms"]
request = AWSRequest(
    "POST",
    f"{address}/",
    {"Content-Type": "application/x-www-form-urlencoded"},
    "Action=DescribeAlarms&Version=2010-08-01",
)
SigV4Auth(Credentials("test", "test"), "monitoring", "us-east-1").add_auth(request)
sent = urllib.request.Request(request.url, request.data.encode(), dict(request.headers))
with urllib.request.urlopen(sent) as answer:
    (member,) = ElementTree.parse(answer).getroot().iterfind(".//{*}MetricAlarms/{*}member")
in_xml = {element.tag.partition("}")[2] for element in member}
print("in both:", *sorted(in_xml & seen.keys()))
print("put, and only in boto3's:", *sorted(alarm.keys() & seen.keys() - in_xml))
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
in both: AlarmArn AlarmName ComparisonOperator EvaluationPeriods MetricName Namespace StateReason StateValue Threshold
put, and only in boto3's: ActionsEnabled AlarmActions Dimensions Period Statistic TreatMissingData
EOF
