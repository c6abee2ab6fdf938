"""What an application has beside its manifests: nothing of it is carried, each file is reported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.importing.application import MOST_OTHERS, Found
from orchestrator.importing.report import Outcome, Row

_WORKSPACE = "they begin with storyizer-ENVIRONMENT here"
_PIPELINE = "`ci plan` and `ci apply` are the pipeline (docs/ci-cd.md); terraform/pipeline makes its roles"
_ADDONS = (
    "CloudFormation is not read. Tables, buckets and queues of one service are its `storage`; write the rest in "
    "Terraform"
)
_PATCHES = "patches of CloudFormation: change the Terraform modules instead"
_NESTED = "Copilot reads copilot/NAME/manifest.yml alone: move it there and import again, or remove it"


def others(found: Found) -> Iterator[Row]:
    """The rows of all other files."""
    if found.workspace is not None:
        yield from _workspace(found)
    for pipeline in found.pipelines:
        yield Row(pipeline.file, 1, (), Outcome.NONE, text=_PIPELINE)
    for file in found.others:
        yield Row(file, 1, (), Outcome.NONE, text=_advice(file))
    if len(found.others) >= MOST_OTHERS:
        yield Row("copilot", 1, (), Outcome.NONE, text=f"only {MOST_OTHERS} files are listed; there are more")


def _workspace(found: Found) -> Iterator[Row]:
    workspace = found.workspace
    assert workspace is not None
    if workspace.problem is not None:
        yield Row(workspace.file, workspace.problem.line, (), Outcome.PROBLEM,
                  text=f"{workspace.problem.reason}; {workspace.problem.fix}")  # fmt: skip
    for place, value in workspace.value.leaves():
        if place == ("application",):
            yield Row(workspace.file, value.line, place, Outcome.CHANGED, "the names of resources", _WORKSPACE)
        elif place:
            yield Row(workspace.file, value.line, place, Outcome.NONE, text="only Copilot needs it")


def _advice(file: str) -> str:
    if "/addons/" in file:
        return _ADDONS
    if "/overrides/" in file:
        return _PATCHES
    if re.search(r"/(buildspec|pipeline)[^/]*\.ya?ml$", file) or "/pipelines/" in file:
        return _PIPELINE
    if file.endswith("/manifest.yml"):
        return _NESTED
    if file.endswith("/manifest.yaml"):
        return "Copilot reads manifest.yml: rename it and import again, or remove it"
    return "no file that Copilot documents: it is left alone"
