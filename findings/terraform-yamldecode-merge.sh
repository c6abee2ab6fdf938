#!/usr/bin/env bash
# Terraform 1.11.4: in yamldecode, a merge key (<<) behind a key of one's own overrides it.
#
# Behaviour: a mapping sets `cpu: 512` and merges defaults that have `cpu: 256`. With the merge key first, yamldecode
#   gives 512; with the merge key last, 256.
# Expected: 512 both times, as PyYAML gives. A merge adds keys "unless the key already exists in it"
#   (yaml.org/type/merge.html), and the keys of a mapping have no order.
# Met by: whoever reads one manifest in Terraform and in Python: what is planned is not what was checked.
#
# Needs Terraform, Python 3.11 or newer and a package index. Fails as soon as the behaviour changes.
# Output seen (Terraform 1.11.4, PyYAML 6.0.4, Python 3.11):
#
#   PyYAML: merge key first 512, last 512
#   yamldecode: merge key first 512, last 256
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.4 2>pip.log || {
    cat pip.log >&2
    exit 2
}
cat >file.yaml <<'EOF'
defaults: &defaults
  cpu: 256
first:
  <<: *defaults
  cpu: 512
last:
  cpu: 512
  <<: *defaults
EOF
cat >main.tf <<'EOF'
locals {
  file = yamldecode(file("file.yaml"))
}

output "seen" {
  value = "yamldecode: merge key first ${local.file.first.cpu}, last ${local.file.last.cpu}"
}
EOF
cat >look.py <<'EOF'
import yaml

with open("file.yaml") as stream:
    file = yaml.safe_load(stream)
print(f"PyYAML: merge key first {file['first']['cpu']}, last {file['last']['cpu']}")
EOF
environment/bin/python look.py | tee seen
env -i PATH="$PATH" HOME="$folder" CHECKPOINT_DISABLE=1 terraform apply -auto-approve -input=false >apply.log || {
    cat apply.log >&2
    exit 2
}
{ env -i PATH="$PATH" HOME="$folder" CHECKPOINT_DISABLE=1 terraform output -raw seen && echo; } | tee -a seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
PyYAML: merge key first 512, last 512
yamldecode: merge key first 512, last 256
EOF
