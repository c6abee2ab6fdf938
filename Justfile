# `just` lists the recipes; `just X` and `python3 orchestrate.py X` are the same thing.

[private]
default:
    @"{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# build, push, plan, apply, wait until it is proven live, print the URL
up *ARGS:
    @python3 orchestrate.py up {{ ARGS }}

# review what `up` would change and keep it as a bundle
plan *ARGS:
    @python3 orchestrate.py plan {{ ARGS }}

# apply a bundle that `plan` made, exactly as it was reviewed
apply *ARGS:
    @python3 orchestrate.py apply {{ ARGS }}

# findings and report for any Terraform plan's `terraform show -json`
review *ARGS:
    @python3 orchestrate.py review {{ ARGS }}

# the pipeline's stages: `ci plan` and `ci apply`
ci *ARGS:
    @python3 orchestrate.py ci {{ ARGS }}

# services, tasks, images, release, target health, URL
status *ARGS:
    @python3 orchestrate.py status {{ ARGS }}

# what the services' containers wrote
logs *ARGS:
    @python3 orchestrate.py logs {{ ARGS }}

# per service: tag, digest, built or not, what changed since the deployed one
images *ARGS:
    @python3 orchestrate.py images {{ ARGS }}

# local: stop containers and emulator, keep the stories for the next `up`
stop *ARGS:
    @python3 orchestrate.py stop {{ ARGS }}

# destroy what `up` made, after saying what will be lost
down *ARGS:
    @python3 orchestrate.py down {{ ARGS }}

# what this machine has and lacks, and the command that gets it
doctor *ARGS:
    @python3 orchestrate.py doctor {{ ARGS }}

# the whole test suite; further arguments go to pytest
test *ARGS:
    @python3 orchestrate.py test {{ ARGS }}
