"""`review`: findings and report for the output of `terraform show -json` of any Terraform plan."""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestrator import screen
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.review import policy
from orchestrator.review.model import Context, Review
from orchestrator.review.reading import reading
from orchestrator.review.review import review
from orchestrator.system import plain


def run(environment: None, console: Console, arguments: argparse.Namespace) -> int:
    """Print the report. Returns the exit code: 3 if the policy stops this plan."""
    rules = _policy(arguments)
    # A plan is one big tree that lives until the end: looking through it for garbage again and again finds none.
    gc.disable()
    try:
        # The file's bytes are kept by nobody: they may be more than all the rest.
        plan = reading.read_bytes(*_data(arguments.plan, console))
        file = "" if arguments.plan == "-" else Path(arguments.plan).name
        known = Context(environment=arguments.policy_of or "", file=file)
        result = review(plan, policy=rules, context=known)
        if arguments.json:
            console.json({"review": _as_dict(result)})
        else:
            console.data(_printable(_rendered(result, arguments.format).removesuffix("\n")))
    finally:
        gc.freeze()  # nor does it at the end of the process
        gc.enable()
    if not result.stops:
        return ExitCode.SUCCESS
    console.say(f"stopped by the review: {result.because}")
    return ExitCode.STOPPED_BY_REVIEW


def _policy(arguments: argparse.Namespace) -> policy.Policy:
    if not arguments.policy:
        return policy.BUILT_IN
    return policy.load(Path(arguments.policy), arguments.policy_of or "", datetime.now(UTC).date())


def _data(name: str, console: Console) -> tuple[bytes, str]:
    if name == "-":
        if sys.stdin.isatty():
            console.say("waiting for the output of `terraform show -json PLAN` on standard input; Ctrl-D ends it")
        return sys.stdin.buffer.read(), "standard input"
    try:
        return Path(name).read_bytes(), name
    except OSError as error:
        raise Failure(
            f"{name} cannot be read",
            reason=error.strerror or str(error),
            next_step="terraform show -json PLAN > plan.json, or - as the file for standard input",
        ) from error


def _printable(text: str) -> str:
    """The text without the few characters that this standard output cannot take (half of a pair, another code page)."""
    if text.isascii():
        return text
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _as_dict(result: Review) -> dict[str, Any]:
    from orchestrator.review.render import json

    return json.as_dict(result)


def _rendered(result: Review, form: str) -> str:
    # Only the rendering that is asked for is loaded.
    if form == "terminal":
        from orchestrator.review.render import terminal

        columns = screen.columns(sys.stdout)
        width = columns or shutil.get_terminal_size((100, 24)).columns
        said = terminal.render(result, colour=plain.colour_wanted(sys.stdout), width=width)
        return screen.folded(said, columns) if columns else said
    if form == "markdown":
        from orchestrator.review.render import markdown

        return markdown.render(result)
    if form == "html":
        from orchestrator.review.render import html

        return html.render(result)
    from orchestrator.review.render import json

    return json.render(result)
