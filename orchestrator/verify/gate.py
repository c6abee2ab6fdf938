"""Where a deploy asks: before anything is built, and once it is known what would be applied.

The checks themselves are loaded where there is something to check: every `up` of the local environment comes by here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.images.image import Image
from orchestrator.project import environment as environments
from orchestrator.project.manifest import Service
from orchestrator.verify import check, names
from orchestrator.verify.check import Check
from orchestrator.verify.names import Resolve


def before_build(aws: Aws, services: Sequence[Service], console: Console, *, look_up: Resolve = names.resolve) -> None:
    """Say what is not as it must be. Raises `PrerequisiteMissing` if the deploy would fail by it.

    Secrets are left to the preparation, which looks for them in the same way.
    """
    if not aws.environment.place.checks_credentials:
        return  # the emulated AWS has no routes, quotas or certificates that anything could fail by
    from orchestrator.verify import verify
    from orchestrator.verify.running import secrets

    with console.stage("verify") as stage:
        found = [item for item in verify.checks(aws, services, look_up=look_up) if item.group != secrets.GROUP]
        stage.result = check.counted(found)
        _stop_or_say(aws, found, console)


def before_apply(
    aws: Aws, services: Sequence[Service], pictures: Sequence[Image], shown: Mapping[str, Any], console: Console
) -> None:
    """The same for what is about to be applied: the images, and the network that the plan leaves behind."""
    if not aws.environment.place.checks_credentials:
        return
    from orchestrator.verify.network import checks as network
    from orchestrator.verify.network import planned
    from orchestrator.verify.running import images

    with console.stage("verify the plan") as stage:
        found = images.to_deploy(aws, [(image.service, image.uri) for image in pictures if image.digest])
        if shown:
            exec_is_on = environments.settings(aws.environment).get("enable_execute_command") is True
            found += network.judge(
                planned.network(shown), planned.tasks(shown), services, exec_is_on=exec_is_on, repairs=False
            )
        stage.result = check.counted(found)
        _stop_or_say(aws, found, console)


def _stop_or_say(aws: Aws, found: Sequence[Check], console: Console) -> None:
    wrong = check.failed(found)
    for line in check.merged([item for item in wrong if not item.blocks]):
        console.say(f"NG, which does not stop the deploy: {line}")
    if blocking := [item for item in wrong if item.blocks]:
        raise failure(aws, blocking)


def failure(aws: Aws, blocking: Sequence[Check]) -> Failure:
    """The failure for checks that a deploy would fail by."""
    count = "a check" if len(blocking) == 1 else f"{len(blocking)} checks"
    return PrerequisiteMissing(
        f"{aws.environment.name} is not ready for a deploy: {count} failed, and nothing was changed",
        reason="\n".join(f"NG  {item}" for item in blocking),
        next_step="\n".join(dict.fromkeys(step for item in blocking for step in item.next_step.splitlines())),
    )
