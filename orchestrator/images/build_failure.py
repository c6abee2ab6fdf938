"""Why a build failed, of what `docker build` said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.errors import Failure
from orchestrator.images.content_hash import Content
from orchestrator.images.registries import handed_on
from orchestrator.system import plain, process

# How tools report that there is no network, and that they do not trust whoever answers.
_NO_NETWORK = re.compile(
    r"EAI_AGAIN|ENOTFOUND|ENETUNREACH|name resolution|Could not resolve|Name or service not known|"
    r"[Nn]etwork is unreachable|no such host|lookup \S+ on"
)
# The classic builder says at each build that it is the classic builder.
_CLASSIC = re.compile(r"legacy builder|buildx|BuildKit is currently disabled|^ *environment-variable\.$")
_NOT_TRUSTED = re.compile(
    r"SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT|self[- ]signed certificate|certificate verify failed|"
    r"unable to get local issuer certificate|signed by unknown authority",
    re.IGNORECASE,
)


def failure(content: Content, done: process.Completed) -> Failure:
    """The failure of a build, with its last lines and what to do about it."""
    said = plain.lines(done.stdout) + plain.lines(done.stderr)
    lines = [line for line in said if not _CLASSIC.search(line)] or said
    reason = "docker build stopped here:"
    if any("no space left on device" in line for line in lines):
        reason = "The engine's disk is full (docker system df shows by what)."
    if not lines:
        reason = f"docker build ended with exit code {done.returncode} and said nothing."
    return Failure(
        f"the image of {content.service} does not build",
        reason=reason,
        details=lines[-15:],
        next_step=next_step(content, lines),
    )


def next_step(content: Content, lines: Sequence[str]) -> str:
    """What to do about it, as far as what was said tells. Decides only."""
    service, recipe = content.service, content.recipe
    if recipe is None:
        return f"correct services/{service}/ (or its Dockerfile) and run the same command again"
    given = handed_on.ARGUMENTS.keys() & recipe.declared
    if not recipe.network and any(_NO_NETWORK.search(line) or any(name in line for name in given) for line in lines):
        return f"set `network: true` below `build:` in services/{service}/service.yaml: without it a build has none"
    missing = sorted(handed_on.ARGUMENTS.keys() - given)
    if recipe.network and missing and any(_NOT_TRUSTED.search(line) for line in lines):
        names = "".join(f"\n  ARG {name}" for name in missing)
        return (
            "a certificate authority of this machine is not known in the build. Let npm, pip or uv ask this machine's "
            f"registry instead: declare, before the RUN that needs it,{names}\nand run the same command again"
        )
    return f"correct the Dockerfile of {service} or its context and run the same command again"
