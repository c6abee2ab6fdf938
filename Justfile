# `just` lists the recipes; `just X` and `python3 orchestrate.py X` are the same thing.

# What is typed arrives word by word, whatever spaces and signs are in it.
set positional-arguments

[private]
default:
    @"{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# build, push, plan, apply, wait until it is proven live, print the URL
[no-exit-message]
up *ARGS:
    @python3 orchestrate.py up "$@"

# review what `up` would change and keep it as a bundle
[no-exit-message]
plan *ARGS:
    @python3 orchestrate.py plan "$@"

# apply a bundle that `plan` made, exactly as it was reviewed
[no-exit-message]
apply *ARGS:
    @python3 orchestrate.py apply "$@"

# make an earlier release live again
[no-exit-message]
rollback *ARGS:
    @python3 orchestrate.py rollback "$@"

# deploy the images that one environment has proven to another
[no-exit-message]
promote *ARGS:
    @python3 orchestrate.py promote "$@"

# findings and report for any Terraform plan's `terraform show -json`
[no-exit-message]
review *ARGS:
    @python3 orchestrate.py review "$@"

# the pipeline's stages: `ci plan` and `ci apply`
[no-exit-message]
ci *ARGS:
    @python3 orchestrate.py ci "$@"

# services, tasks, images, release, target health, URL
[no-exit-message]
status *ARGS:
    @python3 orchestrate.py status "$@"

# what was deployed, proven or failed and why, and what is live
[no-exit-message]
releases *ARGS:
    @python3 orchestrate.py releases "$@"

# what the services' containers wrote
[no-exit-message]
logs *ARGS:
    @python3 orchestrate.py logs "$@"

# what runs against what the checkout says
[no-exit-message]
diff *ARGS:
    @python3 orchestrate.py diff "$@"

# per service: tag, digest, built or not, what changed since the deployed one
[no-exit-message]
images *ARGS:
    @python3 orchestrate.py images "$@"

# a command, or a shell, inside a running task of a service: just exec words -- python3
[no-exit-message]
exec *ARGS:
    @python3 orchestrate.py exec "$@"

# a command in a task of its own: just run words -- python3 --version
[no-exit-message]
run *ARGS:
    @python3 orchestrate.py run "$@"

# the number of a service's tasks: just scale words 3
[no-exit-message]
scale *ARGS:
    @python3 orchestrate.py scale "$@"

# local: stop containers and emulator, keep the stories for the next `up`
[no-exit-message]
stop *ARGS:
    @python3 orchestrate.py stop "$@"

# register machines outside AWS: just anywhere register staging
[no-exit-message]
anywhere *ARGS:
    @python3 orchestrate.py anywhere "$@"

# let nothing be deployed to the environment until `unfreeze`
[no-exit-message]
freeze *ARGS:
    @python3 orchestrate.py freeze "$@"

# lift the freeze
[no-exit-message]
unfreeze *ARGS:
    @python3 orchestrate.py unfreeze "$@"

# destroy what `up` made, after saying what will be lost
[no-exit-message]
down *ARGS:
    @python3 orchestrate.py down "$@"

# whether an environment in AWS is as its tasks and the next deploy need it
[no-exit-message]
verify *ARGS:
    @python3 orchestrate.py verify "$@"

# what this machine has and lacks, and the command that gets it
[no-exit-message]
doctor *ARGS:
    @python3 orchestrate.py doctor "$@"

# linter, formats, types and generated pages
[no-exit-message]
check *ARGS:
    @python3 orchestrate.py check "$@"

# a service's lock file: exact versions and hashes of the packages that it asks for
[no-exit-message]
lock *ARGS:
    @python3 orchestrate.py lock "$@"

# an application of AWS Copilot as services of this project
[no-exit-message]
import *ARGS:
    @python3 orchestrate.py import "$@"

# the whole test suite; further arguments go to pytest
[no-exit-message]
test *ARGS:
    @python3 orchestrate.py test "$@"
