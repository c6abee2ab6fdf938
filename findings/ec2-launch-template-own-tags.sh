#!/usr/bin/env bash
# moto 5.2.5: a launch template's own tags come back as tags of what is launched from it.
#
# Behaviour: `CreateLaunchTemplate` gets a tag for the template itself (`TagSpecifications`, resource type
#   `launch-template`). `DescribeLaunchTemplateVersions` shows it inside `LaunchTemplateData`, beside the tags for the
#   instances, as if it had been written there.
# Expected: what Amazon EC2 does: the tag is on the template (`DescribeLaunchTemplates`), and a version's data has what
#   its `LaunchTemplateData` had.
# Met by: whoever applies an `aws_launch_template` with `tags` in Terraform: every later plan wants to remove a
#   `tag_specifications` block that nobody wrote, and to change the groups that use the template with it.
#
# Needs Python 3.11 or newer and a package index. Fails as soon as the behaviour changes.
# Output seen (moto 5.2.5, boto3 1.43.106, Python 3.11):
#
#   template: Owner
#   version 1, instance: Name
#   version 1, launch-template: Owner
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check 'moto[ec2]==5.2.5' boto3==1.43.106 2>pip.log || {
    cat pip.log >&2
    exit 2
}

cat >look.py <<'EOF'
import boto3
from moto import mock_aws


def of(kind, key):
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": "value"}]}


with mock_aws():
    ec2 = boto3.client("ec2", region_name="us-east-1")
    ec2.create_launch_template(
        LaunchTemplateName="template",
        TagSpecifications=[of("launch-template", "Owner")],
        LaunchTemplateData={"InstanceType": "m5.large", "TagSpecifications": [of("instance", "Name")]},
    )
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    print("template:", *(tag["Key"] for tag in template["Tags"]))
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateName="template")["LaunchTemplateVersions"]
    for made in sorted(version["LaunchTemplateData"]["TagSpecifications"], key=lambda made: made["ResourceType"]):
        print(f"version 1, {made['ResourceType']}:", *(tag["Key"] for tag in made["Tags"]))
EOF
env -i PATH="$PATH" HOME="$folder" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test \
    environment/bin/python look.py | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
template: Owner
version 1, instance: Name
version 1, launch-template: Owner
EOF
