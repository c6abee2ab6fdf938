"""A plan judged: the rules' findings ranked, the deploys, the verdict and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orchestrator.review import catalogue, coverage, deploys
from orchestrator.review.cost import change as cost
from orchestrator.review.model import (
    Action,
    Context,
    Counts,
    Coverage,
    Deploy,
    Finding,
    Plan,
    Resource,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.policy import BUILT_IN, Policy
from orchestrator.review.render.text import visible
from orchestrator.review.rules.data import weakened_outside
from orchestrator.review.rules.data.deleted_outside import deleted_outside
from orchestrator.review.rules.facts.clouds.kubernetes import manifests
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.secrets import unmarked_secrets

# The rules of what is lost in a replacement.
REPLACED = frozenset(("data-replaced", "address-replaced", "service-interrupted"))


def review(plan: Plan, *, policy: Policy = BUILT_IN, context: Context | None = None) -> Review:
    """What is to be said of a plan. Any plan can be reviewed without a context."""
    known = context or Context()
    plan, everything = _without_open_secrets(plan)
    everything = tuple(item for item in everything if not _has_to_be_there(item, known))
    plan = _with_drift_that_is_told(plan, everything)
    # Reasons quote values, and are said in logs and on terminals by more than the renderings.
    found, stops, notes = policy.apply(
        replace(item, reason=visible(item.reason), excepted=_excused(item, known)) for item in everything
    )
    ranked = tuple(
        sorted(found, key=lambda item: (bool(item.excepted), -item.severity, item.rule, item.address, str(item.path)))
    )
    deployed = deploys.deploys(plan, known)
    covered = coverage.coverage(plan)
    verdict = judge(plan, ranked, covered)
    # Terraform itself refuses to apply a plan that is errored, whatever the policy says.
    return Review(
        plan=plan,
        verdict=verdict,
        because=visible(verdict_reason(plan, verdict, ranked, deployed, covered)),
        counts=counts(plan),
        findings=ranked,
        deploys=deployed,
        context=known,
        stops=stops or plan.errored,
        policy_notes=notes,
        deleted=tuple(deleted_outside(plan)),
        coverage=covered,
        cost=cost.of_plan(plan) if known.is_billed else None,
    )


def _with_drift_that_is_told(plan: Plan, found: Sequence[Finding]) -> Plan:
    """The plan in which drift that a finding is about matters, whether or not the configuration does."""
    told = {item.address for item in found if item.rule == weakened_outside.ID}
    more = tuple(item for item in plan.drifted_elsewhere if item.address in told)
    if not more:
        return plan
    rest = tuple(item for item in plan.drifted_elsewhere if item.address not in told)
    return replace(plan, drift=(*plan.drift, *more), drifted_elsewhere=rest, other_drift=len(rest))


def _excused(finding: Finding, known: Context) -> str:
    """Why a replacement of what holds nothing stops nothing; empty for any other finding."""
    return known.unfinished.get(finding.address, "") if finding.rule in REPLACED else ""


def _has_to_be_there(finding: Finding, known: Context) -> bool:
    """True if all that it is about are placeholders that have to be there."""
    return bool(finding.stand_ins) and finding.stand_ins <= known.placeholders


def _without_open_secrets(plan: Plan) -> tuple[Plan, tuple[Finding, ...]]:
    """The plan and its findings without the secrets that nobody marked.

    Only the rule that finds them sees them: others quote values, and half of a secret is one too.
    """
    there = unmarked_secrets.UnmarkedSecrets(plan)
    if not there:
        return plan, tuple(findings(plan, catalogue.RULES))
    clean = there.plan(plan)
    others = tuple(rule for rule in catalogue.RULES if rule not in group("secrets"))
    cleaned = map(there.finding, findings(replace(plan, invocations=()), group("secrets")))
    return clean, (*findings(clean, others), *cleaned)


def findings(plan: Plan, rules: Sequence[Rule]) -> Iterator[Finding]:
    """What the rules find, each finding once. A rule that fails hides nothing: that is a finding of its own."""
    seen: set[tuple[object, ...]] = set()
    written = {item.address: item for item in (*plan.drift, *plan.resources)}
    plan = manifests.by_kind(plan)
    changed = [item for item in plan.changed if item.action is not Action.NO_OP]
    drifted = (*plan.drift, *plan.drifted_elsewhere)
    asked: dict[tuple[bool, str, Action, bool], list[Rule]] = {}
    for of_drift, resource in (*((False, item) for item in changed), *((True, item) for item in drifted)):
        alike = of_drift, resource.type, resource.action, resource.before is None
        if alike not in asked:
            asked[alike] = [
                rule
                for rule in rules
                if rule.of_drift is of_drift and (not rule.types or resource.type in rule.types) and rule.asks(resource)
            ]
        for rule in asked[alike]:
            for found in _looked(rule, resource, plan):
                finding = replace(found, path=manifests.path_in(written.get(found.address, resource), found.path))
                key = (finding.rule, finding.severity, finding.address, finding.path, finding.reason)
                if key not in seen:
                    seen.add(key)
                    yield finding
    for one in plan.invocations:
        yield Finding(
            catalogue.NOT_JUDGEABLE,
            Severity.MEDIUM,
            one.address,
            f"Terraform runs this action {f'at {one.when}' if one.when else 'because it was asked for with -invoke'}. "
            "What it does is up to the provider, and no change of a resource that could be reviewed.",
            "Read the action's block, and apply only if it may run now.",
        )


def _looked(rule: Rule, resource: Resource, plan: Plan) -> Iterator[Finding]:
    try:
        yield from rule.judge(resource, plan)
    except Exception as error:  # whatever it is: the other rules and resources must still be judged
        yield Finding(
            catalogue.NOT_JUDGEABLE,
            # As much as the rule could have found: a plan that makes a rule fail must not pass for that.
            max(Severity.MEDIUM, min(rule.severity, Severity.HIGH)),
            resource.address,
            # Not the error's text: it may quote a value.
            f"The rule {rule.id} failed here with {type(error).__name__}, so this was not judged: {rule.title}.",
            "Look at this resource yourself, and report the rule as a defect.",
        )


def counts(plan: Plan) -> Counts:
    """How many resources each thing happens to. A resource that moves and changes counts for both."""
    changed = plan.changed
    actions = [item.action for item in changed]
    return Counts(
        create=actions.count(Action.CREATE),
        update=actions.count(Action.UPDATE),
        replace=actions.count(Action.REPLACE),
        delete=actions.count(Action.DELETE),
        move=sum(bool(item.moved_from) for item in changed),
        imported=sum(bool(item.import_id) for item in changed),
        forget=actions.count(Action.FORGET),
    )


def judge(plan: Plan, found: Sequence[Finding], covered: Coverage) -> Verdict:
    """The verdict. An errored plan is dangerous; a check that fails, or a change that is not known, asks for care."""
    worst = max((item.severity for item in found if not item.excepted), default=Severity.LOW)
    if plan.errored or worst >= Severity.HIGH:
        return Verdict.DANGEROUS
    if worst is Severity.MEDIUM or _failing(plan) or not plan.complete or covered.unknown:
        return Verdict.CAREFUL
    return Verdict.SAFE


def verdict_reason(
    plan: Plan, verdict: Verdict, found: Sequence[Finding], deployed: Sequence[Deploy], covered: Coverage
) -> str:
    """The verdict's reason in words: the worst that there is and how much more, or what a safe plan does."""
    reasons = ["the plan is errored: Terraform could not finish it"] if plan.errored else []
    reasons += [
        _summarized(item)
        for item in found
        if not item.excepted and item.severity >= (Severity.HIGH if verdict is Verdict.DANGEROUS else Severity.MEDIUM)
    ]
    if verdict is not Verdict.DANGEROUS:
        reasons += [f"the check {address} fails" for address in dict.fromkeys(_failing(plan))]
        reasons += [f"not known: {coverage.in_words(covered)}"] if covered.unknown else []
    unfinished = "" if plan.complete or plan.errored else "the plan is incomplete: there is more to come after it"
    if reasons:
        more = f"; and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        return "; ".join(filter(None, [reasons[0] + more, unfinished]))
    return "; ".join(filter(None, [unfinished, _harmless(plan, found, deployed)]))


def _summarized(finding: Finding) -> str:
    sentence = finding.reason.split(". ")[0].rstrip(".")
    if finding.address in sentence:
        return sentence
    if sentence[1:2].islower() or sentence.startswith("A "):  # not "IAM"
        sentence = sentence[0].lower() + sentence[1:]
    return f"{finding.address}: {sentence}"


def _failing(plan: Plan) -> list[str]:
    return [check.address for check in plan.checks if check.status in ("fail", "error")]


def _harmless(plan: Plan, found: Sequence[Finding], deployed: Sequence[Deploy]) -> str:
    changed = plan.changed
    if not changed:
        return "only outputs change" if plan.outputs else "nothing changes"
    if deployed and all(map(deploys.is_only_a_deploy, changed)):
        return f"deploys {deploys.words(deployed)}"
    excepted = sum(bool(item.excepted) for item in found)
    return (
        f"nothing is found that is more than worth knowing, {excepted} excepted by the policy"
        if excepted
        else "nothing is lost, opened or weakened"
    )
