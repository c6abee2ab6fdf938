"""A plan judged: the rules' findings ranked, the deploys, the verdict and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orchestrator.review import catalogue, deploys
from orchestrator.review.model import (
    Action,
    Context,
    Counts,
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
from orchestrator.review.rules.data.deleted_outside import deleted_outside
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.secrets import unmarked_secrets


def review(plan: Plan, *, policy: Policy = BUILT_IN, context: Context | None = None) -> Review:
    """What is to be said of a plan. Any plan can be reviewed without a context."""
    known = context or Context()
    plan, everything = _without_open_secrets(plan)
    # Reasons quote values, and are said in logs and on terminals by more than the renderings.
    found, stops, notes = policy.apply(replace(item, reason=visible(item.reason)) for item in everything)
    ranked = tuple(
        sorted(found, key=lambda item: (bool(item.excepted), -item.severity, item.rule, item.address, str(item.path)))
    )
    deployed = deploys.deploys(plan, known)
    verdict = judge(plan, ranked)
    # Terraform itself refuses to apply a plan that is errored, whatever the policy says.
    return Review(
        plan=plan,
        verdict=verdict,
        because=visible(verdict_reason(plan, verdict, ranked, deployed)),
        counts=counts(plan),
        findings=ranked,
        deploys=deployed,
        context=known,
        stops=stops or plan.errored,
        policy_notes=notes,
        deleted=tuple(deleted_outside(plan)),
    )


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
    changed = [item for item in plan.changed if item.action is not Action.NO_OP]
    for of_drift, resource in (*((False, item) for item in changed), *((True, item) for item in plan.drift)):
        for rule in rules:
            if rule.of_drift is not of_drift or (rule.types and resource.type not in rule.types):
                continue
            for finding in _looked(rule, resource, plan):
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


def judge(plan: Plan, found: Sequence[Finding]) -> Verdict:
    """The verdict: an errored plan is dangerous, a check that fails a reason to look closely."""
    worst = max((item.severity for item in found if not item.excepted), default=Severity.LOW)
    if plan.errored or worst >= Severity.HIGH:
        return Verdict.DANGEROUS
    if worst is Severity.MEDIUM or _failing(plan) or not plan.complete:
        return Verdict.CAREFUL
    return Verdict.SAFE


def verdict_reason(plan: Plan, verdict: Verdict, found: Sequence[Finding], deployed: Sequence[Deploy]) -> str:
    """The verdict's reason in words: the worst that there is and how much more, or what a safe plan does."""
    reasons = ["the plan is errored: Terraform could not finish it"] if plan.errored else []
    reasons += [
        _summarized(item)
        for item in found
        if not item.excepted and item.severity >= (Severity.HIGH if verdict is Verdict.DANGEROUS else Severity.MEDIUM)
    ]
    if verdict is not Verdict.DANGEROUS:
        reasons += [f"the check {address} fails" for address in dict.fromkeys(_failing(plan))]
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
