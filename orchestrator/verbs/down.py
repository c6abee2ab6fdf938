"""`down`: destroy what `up` made, after saying what will be lost."""

from __future__ import annotations

import argparse
import shutil

from orchestrator import aws, deploy, engine_images, lock, manifest, paths, prepare, releases, state, terraform
from orchestrator import target as targets
from orchestrator.console import Console
from orchestrator.environment import Environment
from orchestrator.errors import ExitCode, Failure
from orchestrator.target import Target

HELP = "destroy what `up` made, after saying what will be lost"


def options(parser: argparse.ArgumentParser) -> None:
    """The verb's own options."""
    parser.add_argument("--yes", action="store_true", help="destroy without asking (never enough for production)")


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Remove the environment. Returns the exit code."""
    with lock.held(environment, f"down {environment.name}"):
        if environment.is_local:
            result = _down_local(environment, console)
        else:
            result = _down_aws(environment, console, assume_yes=arguments.yes)
    if environment.is_local:
        shutil.rmtree(paths.WORK, ignore_errors=True)
    if arguments.json:
        console.json({"environment": environment.name, **result})
    console.say(f"{environment.name} is gone. next:  python3 orchestrate.py up {environment.name}")
    return ExitCode.SUCCESS


def _down_local(environment: Environment, console: Console) -> dict[str, object]:
    from orchestrator.local import emulator, engine
    from orchestrator.local import target as local

    running = local.running(environment)
    lost = losses(running) if running else ["whatever was saved before the last stop, if anything"]
    console.say(f"this removes {', '.join(lost)}")
    with console.stage("down") as stage:
        emulator.destroy(stage)
        removed = engine_images.remove(paths.work_id())
        stage.result = f"containers, emulated AWS, state and {removed} images removed"
    stopped = engine.stop_if_ours(console)
    console.say(f"kept: downloads that hold nothing of yours, in {paths.cache()} (delete it at will)")
    return {"lost": lost, "images_removed": removed, "engine_stopped": stopped}


def _down_aws(environment: Environment, console: Console, *, assume_yes: bool) -> dict[str, object]:
    target = targets.reach(environment)
    lost = losses(target)
    _refuse_protected(target)
    console.block(f"This destroys {environment.name} in account {environment.account_id}: {', '.join(lost)}.")
    expected = environment.name if environment.is_production else "yes"
    allowed = assume_yes and not environment.is_production
    if not allowed and not console.confirm(f"Type {expected} to destroy it:", expected=expected):
        raise Failure(
            f"nothing was destroyed in {environment.name}",
            reason="The question was not answered with what it asked for.",
            next_step=f"run it again and type {expected}",
        )
    changes = destroy(target, console)
    console.say("kept: the image repositories (shared by all environments of the account) and the state bucket")
    return {"lost": lost, "changes": dict(changes)}


def destroy(target: Target, console: Console) -> dict[str, int]:
    """`terraform destroy` of the environment's root module by a saved plan. Returns the counts."""
    environment = target.environment
    root = prepare.environment_root(target, [])
    prepare.initialise(root, target, console)
    last = releases.latest(target.aws)
    # Every service must have an image for the configuration to be valid; destroying uses none of them.
    unknown = f"{target.aws.registry_host}/none@sha256:{'0' * 64}"
    images = {service.name: unknown for service in manifest.load()} | (last.images if last else {})
    generated = terraform.write_variables(
        environment.work / "images.tfvars.json", {"images": images, "cpu_architecture": environment.cpu_architecture}
    )
    changes = deploy.destroy(root, [environment.file, generated], console, environment.work)
    for key in state.keys(target.aws, f"{environment.name}/releases/"):
        target.aws.client("s3").delete_object(Bucket=environment.state_bucket, Key=key)
    return dict(changes.counts)


def losses(target: Target) -> list[str]:
    """What is lost with the environment, in words."""
    from botocore.exceptions import ClientError

    table = f"{target.environment.prefix}-stories"
    lost = []
    try:
        pages = target.aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, Select="COUNT")
        stories = sum(page["Count"] for page in pages)
        lost.append(f"{stories} saved stor{'y' if stories == 1 else 'ies'}")
    except ClientError as error:
        if not aws.is_code(error, "ResourceNotFoundException"):
            lost.append(f"the stories (how many is not known: {aws.explain(error)})")
    last = releases.latest(target.aws)
    lost.append(f"the releases up to {last.name}" if last else "no release")
    return [*lost, "the load balancer, its address and the logs"]


def _refuse_protected(target: Target) -> None:
    from botocore.exceptions import ClientError

    table = f"{target.environment.prefix}-stories"
    try:
        described = target.aws.client("dynamodb").describe_table(TableName=table)["Table"]
    except ClientError as error:
        if aws.is_code(error, "ResourceNotFoundException"):
            return
        raise
    if described.get("DeletionProtectionEnabled"):
        name = target.environment.name
        raise Failure(
            f"{name} is protected against deletion",
            reason=f"The table {table} refuses it, and so does the load balancer.",
            next_step=f"set deletion_protection = false in terraform/environments/{name}.tfvars, "
            f"run `up {name}`, then `down {name}`",
        )
