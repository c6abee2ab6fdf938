#!/usr/bin/env bash
# docker-py 7.2.0 (PyPI `docker`): reads .dockerignore without regard to upper and lower case.
#
# Behaviour: `docker.utils.exclude_paths`, which `images.build(path=...)` uses, leaves `makefile` out for the line
#   `Makefile`, and `README` for the line `readme*`. Exceptions (`!`) are read the same way.
# Expected: what `docker build` does on Linux: two names that differ in case are two files (Go's filepath.Match, to which
#   the documentation of .dockerignore refers). Docker 20.10.24 leaves out nothing, and `readme.html` alone.
# Met by: whoever builds the same folder with `docker build` on one machine and with docker-py on another: the images
#   have different files, and a COPY of one that was left out fails.
#
# Needs Python 3.11 or newer on Linux and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (docker 7.2.0, Python 3.11):
#
#   Makefile: leaves out makefile
#   readme*: leaves out README readme.html
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check docker==7.2.0 2>pip.log || {
    cat pip.log >&2
    exit 2
}
mkdir context
touch context/makefile context/README context/readme.html

cat >look.py <<'EOF'
import os

from docker.utils import exclude_paths

for line in ("Makefile", "readme*"):
    left_out = sorted(set(os.listdir("context")) - exclude_paths("context", [line]))
    print(f"{line}: leaves out {' '.join(left_out) or 'nothing'}")
EOF
environment/bin/python look.py | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
Makefile: leaves out makefile
readme*: leaves out README readme.html
EOF
