"""What else stands in a file with a plan: lines of CI programs around it, other plans beside it."""

from __future__ import annotations

import re

from orchestrator.errors import Failure

BEGINS = '{"format_version"'
"""How Terraform and OpenTofu begin a plan in JSON."""

# `[command]/usr/bin/terraform-bin show -json plan`, `::debug::stdout: …`, `::set-output name=stdout::…`: a line of JSON
# begins with neither, and a text in JSON has no line ends.
_WRAPPER = re.compile(r"^(?:\[command\]|::[a-z-]+(?: [^:\n]*)?::)[^\n]*\n?", re.MULTILINE)
# In a text inside of JSON the quotes are escaped, so that it does not look like this.
_BEGINS = re.compile(r'\{\s*"(?:plan_)?format_version"\s*:\s*"\d')
_OF_A_STATE = re.compile(r'"prior_state"\s*:\s*$')


def unwrapped(text: str) -> tuple[str, int]:
    """The text without what the wrapper of hashicorp/setup-terraform prints around it, and how many lines that is."""
    return _WRAPPER.subn("", text)


def passed_over(lines: int) -> str:
    """The note about those lines."""
    what = "A line that begins" if lines == 1 else f"{lines} lines that begin"
    return (
        f"{what} with [command] or :: {'was' if lines == 1 else 'were'} passed over: the wrapper of "
        "hashicorp/setup-terraform prints such lines, and `terraform_wrapper: false` leaves them out."
    )


def plans_in(text: str) -> int:
    """How many plans begin in the text. The state inside of a plan begins alike, and is none."""
    return sum(
        not _OF_A_STATE.search(text, max(0, found.start() - 40), found.start()) for found in _BEGINS.finditer(text)
    )


def several(plans: int, name: str, each: str) -> Failure:
    """A file with several plans is refused; `each` is the command that prints one in a line.

    One report about all of them would have one verdict for what is applied one by one, in an order that the file does
    not tell, and the same address may be in several of them.
    """
    return Failure(
        f"{name} holds {plans} plans, and a report is about one",
        reason="Each of them is applied by itself and gets a verdict of its own. `terragrunt run-all show -json` "
        "writes one plan after another.",
        next_step=f"{each} | split -l 1 - plan- --additional-suffix=.json\n"
        "for plan in plan-*.json; do python3 orchestrate.py review $plan; done",
    )
