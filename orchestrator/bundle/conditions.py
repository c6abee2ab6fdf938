"""What must hold for a bundle to be applied here and now. Where it does not, `Refused` is raised, or returned."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from orchestrator.bundle import fingerprints
from orchestrator.bundle.on_disk import Bundle, Refused, StateId
from orchestrator.errors import ExitCode
from orchestrator.project.environment import Environment
from orchestrator.review import kept
from orchestrator.review.model import Review
from orchestrator.system import paths

_FILES_SHOWN = 10


def other_environment(bundle: Bundle, environment: Environment) -> None:
    """The environment that was named, and its account and region, are the bundle's."""
    if bundle.environment != environment.name:
        raise Refused(
            "environment",
            f"this bundle is for {bundle.environment}, not for {environment.name}",
            reason=f"It was planned for {bundle.environment} in account {bundle.account_id}.",
            next_step=f"name a bundle of {environment.name}, or leave the environment out to apply it to "
            f"{bundle.environment}",
        )
    if (bundle.account_id, bundle.region) != (environment.account_id, environment.region):
        raise Refused(
            "account",
            f"this bundle is for another account or region than {environment.name} is in",
            reason=f"It was planned for account {bundle.account_id} in {bundle.region}; {environment.file.name} names "
            f"{environment.account_id} in {environment.region}.",
            next_step="apply it from the commit that it was planned from, or plan again",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )


def missing_when_planned(bundle: Bundle) -> None:
    """Every image was in the registry when the plan was made: otherwise the plan names others."""
    if bundle.missing:
        raise _missing(bundle, [f"{name}: {bundle.images[name].why}" for name in bundle.missing], planned=True)


def missing_now(bundle: Bundle, missing: list[str]) -> None:
    """`missing`, the services whose image is not in the registry, is empty."""
    if missing:
        raise _missing(bundle, [f"{name}: {bundle.images[name].uri}" for name in missing], planned=False)


def only_proposed(bundle: Bundle, proposed: list[str]) -> None:
    """`proposed`, the services whose image was not pushed by somebody who may apply, is empty."""
    if proposed:
        raise Refused(
            "images-proposed",
            f"nobody who may apply has built these images: {', '.join(proposed)}",
            reason="They were pushed for a plan that was to be read (`ci plan`), or have been rebuilt since.",
            next_step=f"apply the merged code: python3 orchestrate.py ci apply {bundle.environment}\n"
            f"or build and plan again: python3 orchestrate.py plan {bundle.environment}",
        )


def _missing(bundle: Bundle, told: list[str], *, planned: bool) -> Refused:
    services = ", ".join(line.partition(":")[0] for line in told)
    because = "It was planned without building, and these images would have to be built:" if planned else (
        "The plan names them by digest, and the registry has them no more:"
    )  # fmt: skip
    return Refused(
        "images-missing",
        f"{'images are' if len(told) > 1 else 'an image is'} missing: {services}",
        reason="\n".join([because, *told]),
        next_step=f"build and plan again: python3 orchestrate.py plan {bundle.environment}",
    )


def other_versions(bundle: Bundle, terraform_version: str, providers: Mapping[str, str]) -> None:
    """Terraform and its providers are those that made the plan."""
    if bundle.terraform_version != terraform_version:
        raise Refused(
            "terraform",
            f"the plan is Terraform {bundle.terraform_version}'s, this is Terraform {terraform_version}",
            reason="A plan is applied by the version that made it.",
            next_step=f"use Terraform {bundle.terraform_version}, or plan again with this one",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )
    if dict(bundle.providers) != dict(providers):
        names = sorted(
            name for name in {*bundle.providers, *providers} if bundle.providers.get(name) != providers.get(name)
        )
        raise Refused(
            "providers",
            "the plan was made with other providers",
            reason="\n".join(
                f"{name}: {bundle.providers.get(name, 'none')} then, {providers.get(name, 'none')} in the lock file now"
                for name in names
            ),
            next_step="check out the commit that it was planned from, or plan again",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )


def other_checkout(bundle: Bundle, now: Mapping[str, str]) -> None:
    """The files that Terraform reads are those of the plan; `now` are this checkout's hashes."""
    told = fingerprints.changed(bundle.sources, now)
    if told:
        more = [f"and {len(told) - _FILES_SHOWN} more"] if len(told) > _FILES_SHOWN else []
        raise Refused(
            "checkout",
            "the checkout is not the one that was planned",
            reason="\n".join([*told[:_FILES_SHOWN], *more]),
            next_step=f"check out {bundle.commit or 'the commit that it was planned from'}, or plan again",
        )


def another_state(bundle: Bundle, now: StateId) -> None:
    """Terraform's state is the one that was planned against, or has become of it."""
    then = bundle.state
    if then.lineage and then.lineage != now.lineage:
        reason = "It is another state altogether" if now.lineage else "There is no state any more"
        raise _moved(bundle, reason)


def moved_state(bundle: Bundle, now: StateId) -> Refused | None:
    """The refusal if Terraform's state has moved since the plan: something has been applied, this bundle perhaps."""
    then = bundle.state
    if then == now:
        return None
    if not then.lineage:
        return _moved(bundle, "There is a state now, and there was none")
    return _moved(
        bundle, f"Planned against its serial {then.serial}, it is at {now.serial}: something has been applied since"
    )


def _moved(bundle: Bundle, reason: str) -> Refused:
    return Refused(
        "state-moved",
        f"the state of {bundle.environment} has moved since the plan",
        reason=f"{reason}.",
        next_step=f"plan again, and review that: python3 orchestrate.py plan {bundle.environment}",
    )


def policy(review: Review, environment: str) -> None:
    """The review policy lets the plan be applied today."""
    if not review.stops:
        return
    stopping = [finding for finding in review.findings if not finding.excepted]
    raise Refused(
        "policy",
        f"the review stops this plan for {environment}: {review.because}",
        reason="\n".join(
            [*(f"{item.severity} {item.rule} {item.address}" for item in stopping[:_FILES_SHOWN]), *review.policy_notes]
        ),
        next_step=way_out(review, environment),
        exit_code=ExitCode.STOPPED_BY_REVIEW,
    )


def other_plan(bundle: Bundle, different: Sequence[str]) -> Refused:
    """The refusal of a bundle that had to be planned again, and does something else then."""
    more = [f"and {len(different) - _FILES_SHOWN} more"] if len(different) > _FILES_SHOWN else []
    return Refused(
        "plan",
        f"what is unfinished in {bundle.environment} is kept, and the plan does something else then than was reviewed",
        reason="\n".join([*different[:_FILES_SHOWN], *more]),
        next_step=f"nothing was applied. Plan again, and review that: python3 orchestrate.py plan {bundle.environment}",
        exit_code=ExitCode.STOPPED_BY_REVIEW,
    )


def way_out(review: Review, environment: str) -> str:
    """What to do about findings that stop: of what is tainted, the command that takes the mark away."""
    stopping = {finding.address for finding in review.findings if not finding.excepted}
    marked = [item.address for item in kept.tainted(review.plan) if item.address in stopping]
    way = (
        "change the plan; or, if it must be so, except each finding in terraform/review.toml\n"
        "(its address, rule, reason and expiry)"
    )
    if not marked:
        return way
    settings = shlex.quote(str(paths.WORK / environment / "terraform.env"))
    folder = shlex.quote(str(paths.TERRAFORM / "environment"))
    commands = [f"(. {settings} && terraform -chdir={folder} untaint {shlex.quote(item)})" for item in marked]
    return f"{way}\nor keep what is tainted as it is, and run the same command again:\n" + "\n".join(commands)
