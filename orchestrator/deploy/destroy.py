"""Destroys an environment, after saying what is lost with it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress

from orchestrator import places
from orchestrator.aws import session, state, stored
from orchestrator.aws.stored import Stored
from orchestrator.bundle import on_disk
from orchestrator.console import Console
from orchestrator.deploy import planning
from orchestrator.errors import Failure
from orchestrator.images.image import PLACEHOLDER
from orchestrator.machine import engine_images
from orchestrator.project import environment as environments
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.releases import freeze, image_tags, releases
from orchestrator.review.model import Counts
from orchestrator.standby.standby import Standby
from orchestrator.system import interrupt, paths
from orchestrator.target import Target
from orchestrator.terraform import roots, tfvars

# What an environment on AWS leaves in its account, on purpose or because AWS deletes it later.
KEPT = (
    "the image repositories, shared by all environments of the account",
    "the state bucket with the versions of what was in it",
    "the record of the commands that changed it (its releases are gone)",
    "the revisions of the task definitions (they cost nothing)",
    "the encryption key, until AWS deletes it after its waiting period",
    "the table's last backup, which AWS keeps for 35 days and which needs that key",
)


def remove_emulated(
    environment: Environment, console: Console, *, despite_freeze: str | None = None
) -> dict[str, object]:
    """Remove an environment of this machine, the emulator with it. Returns what was lost and removed.

    Raises `Frozen` unless `despite_freeze` says why it is removed all the same.
    """
    from orchestrator.emulator import emulator
    from orchestrator.emulator import place as local
    from orchestrator.machine import engine

    running = local.running(environment)
    _refuse_frozen(environment, running, despite_freeze, console)
    can_clean = _engine_to_clean(console)
    running = running or local.running(environment)
    held, lost = _local_losses(running) if running else ([], ["whatever was saved before the last stop, if anything"])
    console.say(f"this removes {', '.join(lost)}")
    with console.stage("down") as stage:
        emulator.destroy(stage)
        removed = engine_images.remove(paths.work_id(), stage.event) if can_clean else 0
        stage.result = f"containers, emulated AWS, state and {removed} images removed"
    stopped = engine.stop_if_ours(console)
    _remove_work(environment)
    console.say(f"kept: downloads that hold nothing of yours, in {paths.cache()} (delete it at will)")
    _say_gone(environment, console)
    told = [item.json() for item in held]
    return {"lost": lost, "held": told, "images_removed": removed, "engine_stopped": stopped}


def neighbours(environment: Environment) -> list[str]:
    """The other environments that live in the same emulated AWS and were brought up there."""
    names = [name for name in environments.emulated() if name != environment.name]
    return [name for name in names if (paths.WORK / name / "terraform-environment").exists()]


def remove_from_emulated(target: Target, console: Console, *, despite_freeze: str | None = None) -> dict[str, object]:
    """Destroy one of several environments in the emulated AWS. Returns what was lost and Terraform's counts."""
    result = remove_from_aws(target, console, assume_yes=True, despite_freeze=despite_freeze)
    shutil.rmtree(target.environment.work, ignore_errors=True)
    return result


def _refuse_frozen(environment: Environment, running: Target | None, despite: str | None, console: Console) -> None:
    """Raise `Frozen` for what is kept of a stopped environment as well.

    What is too broken to be asked can be removed: for that there is no other way.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from orchestrator.emulator import emulator_process

    try:
        if running is not None:
            freeze.pass_over(running.aws, despite, console.say)
        elif (emulator_process.folder() / "s3").exists():
            with places.reading(environment, console) as target:
                freeze.pass_over(target.aws, despite, console.say)
    except freeze.Frozen:
        raise
    except (Failure, BotoCoreError, ClientError) as error:
        interrupt.check("down")
        why = f"{error.message}: {error.reason}" if isinstance(error, Failure) else session.explain(error)
        console.say(f"whether {environment.name} is frozen is not known ({why})")


def _local_losses(target: Target) -> tuple[list[Stored], list[str]]:
    """What it holds, and as `losses`. An emulated AWS that does not answer as it should is removed all the same."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        held = stored.of(target.aws)
        return held, losses(target, held)
    except (BotoCoreError, ClientError) as error:
        return [], [f"whatever was saved (it does not answer: {session.explain(error)})"]


def _engine_to_clean(console: Console) -> bool:
    """True when the engine answers. One that this copy used and that is stopped is started, as `up` would.

    Raises `PrerequisiteMissing`, before anything is removed, where it is there and this process may not start it.
    """
    from orchestrator.emulator import emulator_process
    from orchestrator.machine import engine

    if engine.find() is not None:
        return True
    if not emulator_process.folder().exists():
        return False  # this copy has never run anything
    if engine.plan().way is engine.Way.INSTALL:
        console.say("no container engine is installed any more: what this copy left in one is not removed")
        return False
    engine.ensure(console)
    return True


def _remove_work(environment: Environment) -> None:
    """Remove what the local environment kept; other environments of this checkout keep theirs."""
    from orchestrator.emulator import emulator_process
    from orchestrator.machine import base_image

    base_image.forget()
    (paths.WORK / "crash.txt").unlink(missing_ok=True)
    # With it goes the lock's file: from here on another run may begin.
    shutil.rmtree(environment.work, ignore_errors=True)
    shutil.rmtree(emulator_process.reading_folder(), ignore_errors=True)  # a killed `plan --no-build` leaves it
    with suppress(OSError):
        paths.WORK.rmdir()


def _say_gone(environment: Environment, console: Console) -> None:
    console.say(f"{environment.name} is gone. next:  {environment.command('up')}")


def remove_from_aws(
    target: Target, console: Console, *, assume_yes: bool, despite_freeze: str | None = None
) -> dict[str, object]:
    """Destroy an environment on AWS, once somebody has agreed. Returns what was lost and Terraform's counts.

    Raises `Failure` where it is protected or frozen, or nobody agrees. `despite_freeze` is why it is destroyed although
    it is frozen; the freeze stays, and holds for what would be deployed there next.
    """
    environment = target.environment
    freeze.refuse(target.aws, despite_freeze)
    refuse_protected(target)
    if not _has_state(target):
        console.say(f"nothing to destroy in {environment.name}: no `up` has made anything there")
        return {"lost": [], "held": [], "changes": planning.counts_json(Counts())}
    held = stored.of(target.aws)
    lost = losses(target, held)
    console.block(f"This destroys {environment.name} in account {environment.account_id}: {', '.join(lost)}.")
    expected = environment.name if environment.is_production else "yes"
    allowed = assume_yes and not environment.is_production
    if not allowed and not console.confirm(f"Type {expected} to destroy it:", expected=expected):
        raise Failure(
            f"nothing was destroyed in {environment.name}",
            reason="The question was not answered with what it asked for.",
            next_step=f"run it again and type {expected}",
        )
    freeze.pass_over(target.aws, despite_freeze, console.say)  # the question may have waited for long
    standby = Standby(target)
    if standby.existing():
        with console.stage("standby") as stage:
            standby.hand_back()
            standby.remove(stage)
    changes = destroy(target, console)
    if not environment.place.goes_as_a_whole:
        console.say("\n".join(["kept:", *(f"  {item}" for item in KEPT)]))
    _say_gone(environment, console)
    return {"lost": lost, "held": [item.json() for item in held], "changes": planning.counts_json(changes)}


def _has_state(target: Target) -> bool:
    """True once an `up` has applied something."""
    key = state.backend(target.aws, roots.backend_key(target.environment, "environment"))["key"]
    return key in state.keys(target.aws, key)


def destroy(target: Target, console: Console) -> Counts:
    """`terraform destroy` of the environment's root module by a saved plan. Returns the counts."""
    environment = target.environment
    root = roots.environment_root(target, [])
    roots.initialise(root, target, console)
    try:
        last = releases.latest(target.aws)
    except state.Broken:
        last = None  # what it says is of no use for destroying
    # Every service must have an image for the configuration to be valid; destroying uses none of them.
    unknown = f"{target.aws.registry_host}/none@{PLACEHOLDER}"
    services = manifest.load(environment=environment.name)
    images = {service.name: unknown for service in services} | (last.images if last else {})
    values = {
        **manifest.for_terraform(services),
        "images": images,
        "cpu_architecture": environment.cpu_architecture,
    }
    changes = planning.destroy(root, tfvars.write(target, root, values), console, environment.work)
    on_disk.discard_plan(environment)
    forget(target)
    image_tags.drop(target.aws)
    return changes


def forget(target: Target) -> None:
    """Remove what is kept of the environment beside its state: releases, failures, the numbers that `scale` set."""
    environment = target.environment
    for kind in ("releases/", "pictures/", "failures/", "counts.json"):
        for key in state.keys(target.aws, f"{environment.name}/{kind}"):
            target.aws.client("s3").delete_object(Bucket=environment.state_bucket, Key=key)


def losses(target: Target, held: Sequence[Stored]) -> list[str]:
    """What is lost with the environment, in words; `held` is what its tables, buckets and queues hold."""
    try:
        last = releases.latest(target.aws)
        kept = f"the releases up to {last.name}" if last else "no release"
    except state.Broken as broken:
        kept = f"the releases ({broken.message})"
    return [
        *(item.words for item in held),
        kept,
        "the load balancer, its address and the logs",
    ]


def refuse_protected(target: Target) -> None:
    """Raise `Failure` if the environment is protected against deletion."""
    client = target.aws.client("dynamodb")
    names = sorted(stored.tables(target.aws))
    guarded = [
        name for name in names if client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled")
    ]
    if guarded:
        name = target.environment.name
        raise Failure(
            f"{name} is protected against deletion",
            reason=f"The table {guarded[0]} refuses it, and so does the load balancer.",
            next_step=f"set deletion_protection = false in terraform/environments/{name}.tfvars, "
            f"run `up {name}`, then `down {name}`",
        )
