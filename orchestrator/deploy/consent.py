"""Consent to a loss: what was deleted outside of Terraform is made again, empty, only after a person has seen it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from orchestrator.bundle import on_disk as bundles
from orchestrator.bundle.on_disk import Bundle
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.review.model import Finding, Review

_SHOWN = 5
_EXCEPTED_DAYS = 7


def missing(review: Review, seen: Collection[str] = ()) -> tuple[Finding, ...]:
    """The findings of data lost outside of Terraform that the policy does not except, at addresses not `seen` yet."""
    lost = {item.address for item in review.deleted if item.lost} - set(seen)
    if not lost:
        return ()
    # The rule comes with many others, and most plans lose nothing.
    from orchestrator.review.rules.data.deleted_outside import ID

    return tuple(item for item in review.findings if item.rule == ID and item.address in lost and not item.excepted)


def seen(bundle: Bundle) -> frozenset[str]:
    """The addresses whose loss the bundle's review tells: whoever has it applied has read of them."""
    told = json.loads(bundles.content(bundle, bundles.REVIEW_JSON)).get("deleted_outside") or ()
    return frozenset(item["address"] for item in told if item["lost"])


def ask(environment: Environment, lost: Sequence[Finding], console: Console) -> None:
    """Go on only if the person says so, in every environment; `--yes` does not. Raises `Failure` with exit code 3."""
    expected = environment.name if environment.is_production else "yes"
    question = (
        f"What was in {_these(lost)} is gone. Make {'it' if len(lost) == 1 else 'them'} again, empty, and apply this "
        f"to {environment.name}? Type {expected} to go on:"
    )
    if console.confirm(question, expected=expected):
        return
    why = f"The question was not answered with {expected}." if console.can_ask() else (
        "Nobody can be asked here, for standard input is no terminal; --yes is no answer to this."
    )  # fmt: skip
    raise refused(environment, lost, why, f"run it again at a terminal and type {expected}")


def refused(environment: Environment, lost: Sequence[Finding], why: str, way_on: str) -> Failure:
    """The failure that names what is lost; `why` nobody has agreed to it, and a way to do so."""
    each = "" if len(lost) == 1 else ", each by one of these"
    return Failure(
        f"nothing was applied to {environment.name}: {_these(lost)} {'was' if len(lost) == 1 else 'were'} deleted "
        "outside of Terraform",
        reason=why,
        details=[f"{item.severity} {item.rule} {item.address}: {item.reason}" for item in lost],
        next_step=f"restore what was deleted from a backup, under its name, and run it again\nor {way_on}\n"
        f"or except what may be lost in terraform/review.toml{each}:\n"
        f"{_exception(lost[0], environment.name, datetime.now(UTC).date())}",
        exit_code=ExitCode.STOPPED_BY_REVIEW,
    )


def _these(lost: Sequence[Finding]) -> str:
    names = [item.address for item in lost[:_SHOWN]]
    more = [f"{len(lost) - _SHOWN} more"] if len(lost) > _SHOWN else []
    *first, last = [*names, *more]
    return f"{', '.join(first)} and {last}" if first else last


def _exception(finding: Finding, environment: str, today: date) -> str:
    """The policy's exception, to be copied."""
    address = finding.address
    quoted = json.dumps(address, ensure_ascii=False) if "'" in address else f"'{address}'"
    return (
        f'[[exception]]\naddress = {quoted}\nrule = "{finding.rule}"\n'
        f'reason = "why it may be lost"\nexpires = {today + timedelta(days=_EXCEPTED_DAYS)}\n'
        f'environments = ["{environment}"]'
    )
