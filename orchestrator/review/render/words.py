"""What all renderings say alike: the sentences, and what is shown together with what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review import action_reasons
from orchestrator.review.coverage import in_words
from orchestrator.review.model import (
    Action,
    Check,
    Deploy,
    Difference,
    Finding,
    Output,
    Plan,
    Resource,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.reading import structures
from orchestrator.review.render.text import visible
from orchestrator.review.values import UNKNOWN, dotted, is_known
from orchestrator.system import plain

HEADLINES = {
    Verdict.SAFE: "SAFE TO APPLY",
    Verdict.CAREFUL: "LOOK CLOSELY",
    Verdict.DANGEROUS: "DANGEROUS",
}
SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
    Action.FORGET: "×",
    Action.READ: "?",
    Action.NO_OP: "·",
}
COMMITS = 12
FOLDED = 20  # new resources from which on a first deploy is shown by module
ORDER = (Action.DELETE, Action.REPLACE, Action.FORGET, Action.UPDATE, Action.CREATE, Action.NO_OP, Action.READ)


def headline(review: Review) -> str:
    """The verdict in words."""
    return HEADLINES[review.verdict]


def title(review: Review) -> str:
    """What was reviewed."""
    given = review.context.title or (
        f"Plan for {review.context.environment}" if review.context.environment else "Terraform plan"
    )
    return visible(given)


def program(plan: Plan) -> str:
    """`Terraform 1.11.4`, or OpenTofu's version, which a plan has in the same place."""
    of_tofu = any(item.provider.startswith("registry.opentofu.org/") for item in plan.resources)
    return visible(f"{'OpenTofu' if of_tofu else 'Terraform'} {plan.terraform_version}")


def about(review: Review) -> str:
    """What is known of a plan beside its title: project, environment, commit, file and when it was made."""
    known = review.context
    titled, commit = known.title or known.environment, plain.commit(known.commit)
    made = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(?:\.\d+)?Z", review.plan.made_at)
    parts = [
        known.project,
        known.environment if known.environment not in titled else "",
        f"commit {commit}" if commit and commit not in titled else "",
        known.file,
        f"planned on {made[1]} at {made[2]} UTC" if made else "",
    ]
    return visible(", ".join(filter(None, parts)))


def number(count: int, one: str, many: str = "") -> str:
    """`1 finding`, `2 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counts(review: Review) -> list[tuple[str, int, str]]:
    """Sign, number and words of everything that is counted and is not zero."""
    counts = review.counts
    rows = [
        (SIGNS[Action.CREATE], counts.create, "to add"),
        (SIGNS[Action.UPDATE], counts.update, "to change"),
        (SIGNS[Action.REPLACE], counts.replace, "to replace"),
        (SIGNS[Action.DELETE], counts.delete, "to destroy"),
        ("→", counts.move, "to move"),
        ("←", counts.imported, "to import"),
        (SIGNS[Action.FORGET], counts.forget, "to forget"),
    ]
    return [row for row in rows if row[1]]


def counted(review: Review) -> str:
    """The counts in one line."""
    rows = counts(review)
    if not rows:
        return "No resource changes"
    return ", ".join(f"{count:,} {what}" for _, count, what in rows) + terraform_counts(review)


def terraform_counts(review: Review) -> str:
    """Terraform's own numbers, in brackets, where they are others; else empty."""
    counts = review.counts
    if not counts.replace:
        return ""
    return (
        f" (Terraform counts this as {counts.terraform_add:,} to add, {counts.update:,} to change, "
        f"{counts.terraform_destroy:,} to destroy)"
    )


def stops(review: Review) -> str:
    """The line about the policy; empty if it has nothing to say."""
    if review.plan.errored:
        return "Stopped: Terraform could not finish this plan, and does not apply it."
    where = f" for {visible(review.context.environment)}" if review.context.environment else ""
    if review.stops:
        return f"Stopped: the policy{where} does not let this plan be applied."
    if review.verdict is Verdict.DANGEROUS:
        return f"Not stopped: the policy{where} leaves it to you."
    return ""


def warnings(review: Review) -> list[str]:
    """What the plan itself says against relying on it."""
    plan = review.plan
    said = []
    if plan.errored:
        said.append("Terraform stopped planning at an error: what follows is not the whole of what would happen.")
    elif not plan.complete:
        said.append("Terraform left some changes to a later plan: this one does not reach the whole configuration.")
    if plan.destroys_all:
        said.append("This plan destroys everything that the configuration manages.")
    return [*said, *map(visible, plan.notes)]


def because(review: Review) -> tuple[str, str]:
    """The verdict's reason as a sentence of its own, and before it the address that it begins with, if it does."""
    said = review.because.strip()
    address = max((it.address for it in review.findings if said.startswith(f"{it.address}: ")), key=len, default="")
    said = said.removeprefix(f"{address}: ") if address else said
    if said.split(" ")[0].isalpha():
        said = said[0].upper() + said[1:]
    return address, said if said.endswith((".", "!", "?", "…")) or not said else f"{said}."


def found(review: Review) -> str:
    """How many findings there are of each severity; empty if there are none."""
    severities = [item.severity for item in review.findings if not item.excepted]
    if not severities:
        return ""
    each = ", ".join(f"{severities.count(it):,} {it}" for it in sorted(set(severities), reverse=True))
    return f"{number(len(severities), 'finding')}: {each}"


def covered(review: Review) -> str:
    """How much of the plan is judged, and what is not known; empty if it changes no resource."""
    found = review.coverage
    if not found.unknown:
        all_of_them = "The only change is" if found.changes == 1 else f"All {found.changes:,} changes are"
        return f"{all_of_them} judged" if found.changes else ""
    return (
        f"{found.changes - found.not_known:,} of {number(found.changes, 'change')} judged; "
        f"not known: {visible(in_words(found))}"
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that are shown as one: those that say the same of several resources, and those of one rule that are
    only worth knowing."""

    severity: Severity
    rule: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The only one, or the example."""
        return self.findings[0]

    @property
    def brief(self) -> bool:
        """True if they are told in a line and a list: what each one says may differ."""
        return self.severity is Severity.LOW and len(self.findings) > 1

    @property
    def reason(self) -> str:
        """What they say, or what the first one does."""
        alike = all(item.reason == self.first.reason for item in self.findings)
        return self.first.reason if alike else f"For example: {self.first.reason}"

    @property
    def addresses(self) -> list[str]:
        """What they are about."""
        return list(dict.fromkeys(item.address for item in self.findings))


def groups(review: Review, *, excepted: bool = False) -> list[Group]:
    """The findings in their order."""
    alike: dict[object, list[Finding]] = {}
    for item in review.findings:
        if bool(item.excepted) is excepted:
            same = (item.rule, item.severity, item.reason, item.advice, item.path, repr((item.before, item.after)))
            key = item.rule if item.severity is Severity.LOW and not excepted else (*same, item.excepted)
            alike.setdefault(key, []).append(item)
    return [Group(items[0].severity, items[0].rule, tuple(items)) for items in alike.values()]


def has_values(finding: Finding) -> bool:
    """True if there is an old and a new value to show."""
    return bool(finding.path) and not (finding.before is None and finding.after is None)


def marked(text: str) -> Iterator[tuple[bool, str]]:
    """A sentence in parts: whether the part was between backticks, and its text."""
    parts = text.split("`")
    paired = len(parts) - (1 if len(parts) % 2 == 0 else 0)
    for place, part in enumerate(parts[:paired]):
        if part:
            yield place % 2 == 1, part
    for part in parts[paired:]:
        yield False, f"`{part}"


IMAGE = re.compile(r"(?P<repository>.*?)(?::(?P<tag>[\w.-]{1,128}))?(?:@sha256:(?P<digest>[0-9a-f]{64}))?", re.DOTALL)


def image_change(deploy: Deploy) -> tuple[str, str]:
    """The two images as short as they can be told apart: 12 digits of the digest, or the tag."""
    old, new = _image(deploy.before), _image(deploy.after)
    if old == new or (deploy.before and deploy.after and _repository(deploy.before) != _repository(deploy.after)):
        return visible(deploy.before or "(none)"), visible(deploy.after or "(none)")
    return old, new


def _image(reference: object) -> str:
    if reference is None:
        return "(none)"
    if not isinstance(reference, str):
        return repr(reference)
    match = IMAGE.fullmatch(reference)
    digest, tag = (match["digest"], match["tag"]) if match else (None, None)
    if digest:
        return digest[:12]
    if tag:
        return tag[:12] if re.fullmatch("[0-9a-f]{13,64}", tag) else visible(tag)
    return visible(reference)


def _repository(reference: object) -> str:
    match = IMAGE.fullmatch(reference) if isinstance(reference, str) else None
    return str(match["repository"]) if match else ""


def commits(deploy: Deploy) -> list[str]:
    """The lines of the log that are shown."""
    left = len(deploy.commits) - COMMITS
    return [*deploy.commits[:COMMITS], *([f"and {number(left, 'more commit')}"] if left > 0 else [])]


def sign(resource: Resource) -> str:
    """The change's sign: `+ ~ ± -`, an arrow for what only moves or is imported."""
    if resource.action is Action.NO_OP and (resource.moved_from or resource.import_id):
        return "←" if resource.import_id else "→"
    return SIGNS[resource.action]


def what_happens(resource: Resource) -> str:
    """The change in words: `replaced: it cannot be changed in place (name)`."""
    words = {
        Action.CREATE: "created",
        Action.UPDATE: "changed in place",
        Action.REPLACE: _replaced(resource),
        Action.DELETE: "destroyed",
        Action.FORGET: "forgotten: it stays, Terraform manages it no longer",
        Action.READ: "read",
        Action.NO_OP: "",
    }[resource.action]
    said = [words] if words else []
    if resource.deposed:
        said.append("an old object that an earlier replacement left behind")
    if resource.moved_from:
        said.append(f"moved from {visible(resource.moved_from)}")
    if resource.import_id:
        said.append(f"imported from {visible(resource.import_id)}")
    text = ", ".join(said)
    why = visible(action_reasons.in_words(resource))
    if why:
        paths = ", ".join(visible(dotted(path)) for path in resource.replace_paths)
        text += f": {why}" + (f" ({paths})" if paths else "")
    return text


def what_happened(resource: Resource) -> str:
    """What somebody did to it outside of Terraform, as far as its differences do not tell it."""
    return "is gone" if resource.action is Action.DELETE else ""


def _replaced(resource: Resource) -> str:
    # Versions of task definitions, layers and the like: Terraform lets go of the old one without deleting it.
    if resource.before is not None and resource.before.get("skip_destroy") is True:
        return "created again, the old version stays"
    return "replaced, the new one first" if resource.create_before_destroy else "destroyed, then created"


def shown_differences(resource: Resource) -> list[Difference]:
    """The differences that a reviewer reads."""
    if resource.action in (Action.CREATE, Action.DELETE):
        return []
    return [item for item in resource.differences if not item.noise]


def follows(resource: Resource) -> str:
    """How many differences are left out because they follow from something else; empty if none are."""
    hidden = 0 if resource.action in (Action.CREATE, Action.DELETE) else sum(d.noise for d in resource.differences)
    if not hidden:
        return ""
    more = "more that follows" if hidden == 1 else "more that follow"
    if shown_differences(resource):
        return f"{hidden:,} {more} from this"
    return f"{number(hidden, 'value')} that {'follows' if hidden == 1 else 'follow'} from another change"


def attributes(resource: Resource) -> tuple[list[tuple[str, Any]], int]:
    """What a created or destroyed resource has: its attributes that are set, and how many are not known yet."""
    values: Mapping[str, Any] = (resource.after if resource.action is Action.CREATE else resource.before) or {}
    unknown = sum(item is UNKNOWN for item in values.values())
    present = [
        (name, _structure(item))
        for name, item in values.items()
        if item is not UNKNOWN and item is not None and item not in ("", [], {}, ())
    ]
    return present, unknown


def _structure(item: Any) -> Any:
    """A JSON string without its spaces and line ends."""
    if isinstance(item, str) and item[:1] in "{[" and is_known(item):
        try:
            return json.loads(item)
        except ValueError:
            return item
    return item


def output_differences(item: Output) -> list[Difference]:
    """What changes in an output: in one that is a structure, the values in it that do."""
    if item.action is Action.UPDATE:
        inside = structures.differences({item.name: item.before}, {item.name: item.after})
        if shown := [each for each in inside if not each.noise] or list(inside):
            return shown
    added, removed = item.action is Action.CREATE, item.action is Action.DELETE
    return [Difference((item.name,), item.before, item.after, added=added, removed=removed)]


def by_module(resources: tuple[Resource, ...]) -> list[tuple[str, list[Resource]]]:
    """The resources by module, the root first; in each what is destroyed first and what is created last."""
    modules: dict[str, list[Resource]] = {}
    for item in resources:
        modules.setdefault(item.module, []).append(item)
    rank = {action: place for place, action in enumerate(ORDER)}
    return [
        (module, sorted(items, key=lambda item: rank[item.action]))
        for module, items in sorted(modules.items(), key=lambda pair: natural(pair[0]))
    ]


def folds(review: Review) -> bool:
    """True for a first deploy: so much is created and nothing else happens that modules tell more than resources."""
    changed = review.plan.changed
    alike = all(item.action is Action.CREATE and not item.moved_from and not item.import_id for item in changed)
    return len(changed) > FOLDED and alike


def how_many(items: list[Resource]) -> str:
    """`24 created`, or `24 resources` if not the same happens to all of them."""
    all_new = all(item.action is Action.CREATE for item in items)
    return f"{len(items):,} created" if all_new else number(len(items), "resource")


def natural(name: str) -> list[tuple[int, str]]:
    """For sorting names with numbers in them as people do."""
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def module_name(module: str) -> str:
    """A heading for a module."""
    return visible(module) or "root module"


def checks(review: Review) -> list[Check]:
    """The checks, those that fail first."""
    return sorted(review.plan.checks, key=lambda check: check.status not in ("fail", "error"))


def check_line(check: Check) -> str:
    """A check's status in words."""
    return {"fail": "fails", "error": "could not be evaluated", "unknown": "is known only after apply"}.get(
        check.status, visible(check.status)
    )


def drift_line(review: Review) -> str:
    """What is said of drift that does not matter to the configuration; empty if there is none."""
    other = review.plan.other_drift
    if not other:
        return ""
    what = number(other, "other resource")
    return f"{what} changed outside of Terraform without bearing on this configuration."
