#!/usr/bin/env bash
# python-terraform 0.10.1: destroy() passes -force, which Terraform no longer has, and destroys nothing.
#
# Behaviour: `Terraform(...).destroy()` runs `terraform destroy -force`. Terraform 1.11.4 refuses the flag, and destroy()
#   returns 1 without an exception: who does not look at the number believes that everything is gone.
#   `destroy(force=None, auto_approve=IsFlagged)` is what works.
# Expected: that the defaults destroy what the object's defaults have applied. Terraform's flag is -auto-approve.
# Met by: whoever removes an environment, or cleans up after a test, with this library and a Terraform of today.
#
# Needs Terraform 1.4 or newer, Python 3.11 or newer and a package index. Fails as soon as the behaviour changes.
# Output seen (python-terraform 0.10.1, Terraform 1.11.4, Python 3.11):
#
#   apply(skip_plan=True): 0, resources: terraform_data.one
#   destroy(): 1, resources: terraform_data.one
#   flag provided but not defined: -force
#   destroy(force=None, auto_approve=IsFlagged): 0, resources: none
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check python-terraform==0.10.1 2>pip.log || {
    cat pip.log >&2
    exit 2
}
mkdir root
echo 'resource "terraform_data" "one" {}' >root/main.tf

cat >look.py <<'EOF'
import json
import logging

import python_terraform

logging.disable()
terraform = python_terraform.Terraform(working_dir="root")
assert terraform.init()[0] == 0


def show(call, code):
    with open("root/terraform.tfstate") as file:
        names = [f"{resource['type']}.{resource['name']}" for resource in json.load(file)["resources"]]
    print(f"{call}: {code}, resources: {' '.join(names) or 'none'}")


code, _, _ = terraform.apply(skip_plan=True)
show("apply(skip_plan=True)", code)
code, _, said = terraform.destroy()
show("destroy()", code)
print(*(line for line in said.splitlines() if "flag provided" in line))
code, _, _ = terraform.destroy(force=None, auto_approve=python_terraform.IsFlagged)
show("destroy(force=None, auto_approve=IsFlagged)", code)
EOF
env -i PATH="$PATH" HOME="$folder" CHECKPOINT_DISABLE=1 environment/bin/python look.py </dev/null | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
apply(skip_plan=True): 0, resources: terraform_data.one
destroy(): 1, resources: terraform_data.one
flag provided but not defined: -force
destroy(force=None, auto_approve=IsFlagged): 0, resources: none
EOF
