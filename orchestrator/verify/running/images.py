"""Whether images are for the processors that they are to run on: of others the program ends at once, without a word."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.aws import registry_copy
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.verify import check
from orchestrator.verify.asking import Missing, Unread
from orchestrator.verify.check import NOT_YET, Check
from orchestrator.verify.running.services import AT_ONCE, Running

GROUP = "images"
_NOT_FOUND = 404
_WORDS = {"amd64": "X86_64", "arm64": "ARM64"}


def of_running(aws: Aws, running: Sequence[Running]) -> list[Check]:
    """The images of what runs, each container's, against the processors that its task definition asks for."""
    if not running:
        return [check.skipped(GROUP, "platform", NOT_YET)]
    wanted = [
        (str(container["name"]), str(container["image"]), _asked_for(each))
        for each in running
        for container in each.containers
    ]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        # Another image is what the next deploy brings.
        return [
            *_definitions(aws, running),
            *pool.map(lambda item: _check(aws, item[0], item[1], item[2], blocks=False), dict.fromkeys(wanted)),
        ]


def to_deploy(aws: Aws, images: Iterable[tuple[str, str]]) -> list[Check]:
    """The images, service and address, that are about to be deployed."""
    architecture = aws.environment.cpu_architecture
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(lambda item: _check(aws, item[0], item[1], architecture, blocks=True), images))


def _asked_for(each: Running) -> str:
    return str(each.definition.get("runtimePlatform", {}).get("cpuArchitecture") or "X86_64")


def _definitions(aws: Aws, running: Sequence[Running]) -> list[Check]:
    wanted, environment = aws.environment.cpu_architecture, aws.environment
    return [
        check.wrong(
            GROUP, f"processors of {each.name}",
            f"its task definition asks for {_asked_for(each)}, and {environment.file.name} says {wanted}",
            f"python3 orchestrate.py up {environment.name} deploys it for {wanted}", blocks=False,
        )
        for each in running if _asked_for(each) != wanted
    ]  # fmt: skip


def _check(aws: Aws, service: str, uri: str, wanted: str, *, blocks: bool) -> Check:
    name = f"platform of {service}"
    address, _, digest = uri.partition("@")
    host, _, repository = address.partition("/")
    if host != aws.registry_host or not digest:
        return check.skipped(GROUP, name, f"{uri} is not an image of this account by its digest")
    told = _told(aws, repository.rpartition("/")[2], digest)
    if isinstance(told, Missing):
        step = f"python3 orchestrate.py up {aws.environment.name} builds and pushes it again"
        return check.wrong(GROUP, name, f"the registry does not hold {uri}", step, blocks=blocks)
    if isinstance(told, Unread):
        return check.skipped(GROUP, name, told.why)
    return judge(
        name, told, wanted, blocks=blocks, next_step=f"build it for {wanted}: change a file of {service} and deploy it"
    )


def _told(aws: Aws, service: str, digest: str) -> list[str] | Unread | Missing:
    try:
        return platforms(aws, service, digest)
    except urllib.error.HTTPError as error:
        return Missing() if error.code == _NOT_FOUND else Unread(f"the registry answers {error.code} {error.reason}")
    except Failure as failure:
        return Unread(f"{failure.message}: {failure.reason}")
    except (OSError, ValueError) as error:
        return Unread(f"the image of {service} could not be read: {error}")


def judge(name: str, found: Sequence[str], wanted: str, *, blocks: bool, next_step: str) -> Check:
    """Whether one of the platforms (`linux/arm64`) is what is wanted (`ARM64`). Decides only."""
    if not found:
        return check.skipped(GROUP, name, "the image does not say what it is for")
    fitting = [item for item in found if item.startswith("linux/") and _WORDS.get(item.split("/")[1]) == wanted]
    if fitting:
        return check.ok(GROUP, name, fitting[0])
    return check.wrong(
        GROUP, name, f"the image is for {', '.join(found)}, and runs on {wanted}", next_step, blocks=blocks
    )


def platforms(aws: Aws, service: str, digest: str) -> list[str]:
    """What an image is for, such as `linux/arm64`; several of an index. Reads its configuration, no layer."""
    manifest = registry_copy.manifest(aws, service, digest)
    listed = [item.get("platform") or {} for item in manifest.get("manifests", ())]
    # What is attached to an image, such as attestations, is for nobody.
    found = [_text(item) for item in listed if item.get("architecture") not in (None, "unknown")]
    if found or "config" not in manifest:
        return found
    return [text] if (text := _text(registry_copy.configuration(aws, service, manifest["config"]["digest"]))) else []


def _text(platform: Mapping[str, Any]) -> str:
    system, processors = platform.get("os"), platform.get("architecture")
    return f"{system}/{processors}" if system and processors else ""
