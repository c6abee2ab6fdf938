# `just` lists the recipes; `just X` and `python3 orchestrate.py X` are the same thing.

[private]
default:
    @"{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# build, push, plan, apply, wait until it is proven live, print the URL
up *ARGS:
    @python3 orchestrate.py up {{ ARGS }}

# show what `up` would change
plan *ARGS:
    @python3 orchestrate.py plan {{ ARGS }}

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
