#!/bin/sh
# The pipeline's stage for any CI that can run a shell: two calls, and what came of them in the folder report/.
#
#   examples/ci/pipeline.sh plan staging      for a change that asks to be merged
#   examples/ci/pipeline.sh apply staging     after its merge, on the main branch
#
# Needed: Python 3.11, git, Terraform 1.10, a container engine, credentials of AWS in the environment. Give `plan` those of
# the role that plans alone: whatever a change that asks to be merged runs, it runs with them.
# Worth keeping between runs: ~/.cache/storyizer (wheels, provider); never share it between jobs that plan and jobs that
# apply. report/junit.xml is for the CI's own view of tests, report/comment.md for the change's page, report/result.json
# for programs. The plan itself is in the state bucket alone.
set -eu

stage=${1:?plan or apply}
environment=${2:?the environment: a file in terraform/environments}

case $stage in
plan)
    commit=$(git rev-parse HEAD)
    ;;
apply)
    # After a merge commit its second parent was reviewed, after a fast-forward the commit itself. Where changes are
    # squashed, ask the CI's interface for the head of the change that was merged.
    commit=$(git rev-parse --verify --quiet 'HEAD^2' || git rev-parse HEAD)
    ;;
*)
    echo "pipeline.sh: plan or apply, not $stage" >&2
    exit 64
    ;;
esac

code=0
python3 orchestrate.py ci "$stage" "$environment" --commit "$commit" --out report || code=$?
case $code in
0) ;;
3) echo "The review stops this: report/review.html says why." >&2 ;;
4) echo "The new version did not go live. The previous one serves." >&2 ;;
*) echo "The stage failed with exit code $code: see above, and report/result.json." >&2 ;;
esac
exit "$code"
