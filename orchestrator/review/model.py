"""A plan as a reviewer reads it.

Everything here is safe to show: sensitive values are `Sensitive`, those known only after apply `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from orchestrator.review.cost.result import Cost
from orchestrator.review.values import AttributePath


class Action(StrEnum):
    """What Terraform does to a resource. A replacement is one action."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    READ = "read"
    NO_OP = "no-op"


class Severity(IntEnum):
    """How bad a finding is, in order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


class Verdict(StrEnum):
    """`safe`: no finding above low, and every change is known. `careful`: the worst finding is medium, or there is a
    change of which nothing is known. `dangerous`: something is high or critical."""

    SAFE = "safe"
    CAREFUL = "careful"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that changes. JSON strings are compared as structures, so `path` may lead into one.

    `before` is None for a value that is new, `after` for one that goes (`added` and `removed` tell them from null).
    `noise` marks what another change brings along and a reviewer need not read (an ARN's revision, an image's digest
    in an environment variable). `replaces` marks what forces the replacement.
    """

    path: AttributePath
    before: Any = None
    after: Any = None
    added: bool = False
    removed: bool = False
    noise: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the plan (`resource_changes`, or `resource_drift`).

    `before` and `after` are whole values, None where there is none, with `UNKNOWN` and `Sensitive` in place; a JSON
    string stays a string (`structures.decoded` reads it). `module` is `""` for the root module. `differences` is empty
    where there is only one side. `hidden_images` are container, image before and after, for container definitions
    that are sensitive as a whole: the one thing of them that is told. `configured` are the attributes that the block
    sets, None if that is not known. `documents` are attributes that are known only after apply and take their text from
    a data source's policy document: attribute, and the data source's address without instance keys. `region` is the one
    that the provider is configured for, as far as the plan tells. `exposed` are names and places of environment
    variables that get a value which Terraform marks as sensitive.
    """

    address: str
    module: str
    type: str
    name: str
    provider: str
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    managed: bool = True
    index: str | int | None = None
    create_before_destroy: bool = False
    action_reason: str = ""
    replace_paths: tuple[AttributePath, ...] = ()
    differences: tuple[Difference, ...] = ()
    moved_from: str = ""
    import_id: str = ""
    deposed: str = ""
    hidden_images: tuple[tuple[str, str | None, str | None], ...] = ()
    configured: frozenset[str] | None = None
    documents: tuple[tuple[str, str], ...] = ()
    region: str = ""
    exposed: tuple[tuple[str, AttributePath], ...] = ()

    @property
    def created(self) -> bool:
        """True if an object is made (also in a replacement)."""
        return self.action in (Action.CREATE, Action.REPLACE)

    @property
    def destroyed(self) -> bool:
        """True if an object goes (also in a replacement)."""
        return self.action in (Action.DELETE, Action.REPLACE)


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the root module that changes."""

    name: str
    action: Action
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Check:
    """A `check` block, pre- or postcondition or validation that fails or cannot be told before apply."""

    address: str
    status: str
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invocation:
    """An `action` that Terraform has a provider run during apply (a function called, machines stopped).

    `when` is the event with the resource that triggers it, empty if it was asked for with `-invoke`; `values` is what
    it is given.
    """

    address: str
    when: str
    values: Any = None


@dataclass(frozen=True, slots=True)
class Deploy:
    """A container that gets another image. `commits` are the lines of the log between the two images, newest first,
    as far as they are known; `note` says what else a reviewer must know (the image would be built by `up`).
    """

    service: str
    address: str
    before: str | None
    after: str | None
    commits: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` refers to `target` in the configuration; both are resource addresses without instance keys."""

    source: str
    target: str


@dataclass(frozen=True)
class Plan:
    """What `terraform show -json` says, read and masked.

    `resources` are all of `resource_changes` in the plan's order, those without a change too; `drift` is only what
    matters to the configuration, `drifted_elsewhere` the rest (judged, and shown only where that finds something) and
    `other_drift` its number. `secrets` are the sensitive texts themselves, for removing them from anything that is
    printed; they are never shown. `made_at` is when the plan was made, as Terraform writes it; `notes` say in sentences
    what cannot be in a plan of this form, and what was passed over beside it.
    """

    resources: tuple[Resource, ...] = ()
    drift: tuple[Resource, ...] = ()
    other_drift: int = 0
    drifted_elsewhere: tuple[Resource, ...] = ()
    outputs: tuple[Output, ...] = ()
    checks: tuple[Check, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    edges: tuple[Edge, ...] = ()
    terraform_version: str = ""
    made_at: str = ""
    notes: tuple[str, ...] = ()
    complete: bool = True
    errored: bool = False
    destroys_all: bool = False
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def changed(self) -> tuple[Resource, ...]:
        """The managed resources that something happens to, moves and imports included."""
        return tuple(
            item
            for item in self.resources
            if item.managed and (item.action not in (Action.NO_OP, Action.READ) or item.moved_from or item.import_id)
        )

    @property
    def does_nothing(self) -> bool:
        """True if its apply would at most read: a data source inside a `check` is read again by every apply.

        Terraform calls a plan with such a check applicable, and its detailed exit code is 2, for ever.
        """
        return self.complete and not (self.errored or self.changed or self.outputs or self.invocations)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reviewer must know.

    `reason` says in one or two sentences what happens and why it matters, in Terraform's own data where there is
    some; `advice` what to do. `path`, `before` and `after` are the attribute that it is about, if it is about one.
    `excepted` is the policy's reason for letting it pass. `stand_ins` are the variables that it is about, if all of
    them have a value that everybody knows to stand for a secret and to be none.
    """

    rule: str
    severity: Severity
    address: str
    reason: str
    advice: str
    path: AttributePath = ()
    before: Any = None
    after: Any = None
    excepted: str = ""
    stand_ins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deleted:
    """An object that was deleted outside of Terraform.

    `lost` says that it held what cannot be made again from the configuration and that the configuration still asks for
    it, so that an empty one takes its place; `made_again` that this plan does that.
    """

    address: str
    type: str
    lost: bool
    made_again: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many resources are created, changed, replaced, destroyed, moved, imported, forgotten. Each counts once.

    Terraform itself counts a replacement twice, as one to add and one to destroy.
    """

    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    move: int = 0
    imported: int = 0
    forget: int = 0

    @property
    def terraform_add(self) -> int:
        """How many Terraform's summary has "to add"."""
        return self.create + self.replace

    @property
    def terraform_destroy(self) -> int:
        """How many Terraform's summary has "to destroy"."""
        return self.delete + self.replace

    @property
    def brief(self) -> str:
        """In words, without what is 0."""
        return ", ".join(f"{number} {what}" for what, number in self._named if number) or "no change"

    @property
    def _named(self) -> list[tuple[str, int]]:
        return [
            ("to add", self.create), ("to change", self.update), ("to replace", self.replace),
            ("to destroy", self.delete), ("to move", self.move), ("to import", self.imported),
            ("to forget", self.forget),
        ]  # fmt: skip

    def __str__(self) -> str:
        return ", ".join(f"{number} {what}" for place, (what, number) in enumerate(self._named) if number or place < 4)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a plan's changes are judged by rules, are harmless whatever their values are, or are not known.

    `unknown` has the types of which nothing is known, those with the most changes first, and their addresses.
    """

    judged: int = 0
    harmless: int = 0
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def not_known(self) -> int:
        """How many changes are not known."""
        return sum(len(addresses) for _, addresses in self.unknown)

    @property
    def changes(self) -> int:
        """How many changes there are."""
        return self.judged + self.harmless + self.not_known


@dataclass(frozen=True)
class Context:
    """What is known of a plan from elsewhere. Everything may be left out: any plan can be reviewed.

    `commits` and `image_notes` are by the service's name. `unfinished` are resources that an earlier run has left half
    made and that hold nothing: by address, why their replacement stops nothing. `commit` is what the plan was made of,
    `file` what it was read from; nothing is paid for where `is_billed` is false (an AWS that is emulated).
    `placeholders` are variables named like secrets that have to be there, with a value that everybody knows to be none.
    """

    environment: str = ""
    commits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    image_notes: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    unfinished: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    commit: str = ""
    file: str = ""
    is_billed: bool = True
    placeholders: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Review:
    """A plan and what is to be said of it: the one thing that every rendering shows.

    `findings` are ranked, worst first; those that the policy excepts are at the end and do not count for the verdict.
    `because` is the verdict's reason in words. `stops` says that the policy lets nothing be applied, `policy_notes`
    what it has to say (an exception that has expired or matches nothing). `deleted` is what was deleted outside of
    Terraform: each has a finding as well, which the policy may except. `coverage` says how much of the plan is known.
    `cost` is what changes in the monthly bill, None if nothing that has a price does.
    """

    plan: Plan
    verdict: Verdict
    because: str
    counts: Counts
    findings: tuple[Finding, ...] = ()
    deploys: tuple[Deploy, ...] = ()
    context: Context = field(default_factory=Context)
    stops: bool = False
    policy_notes: tuple[str, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    cost: Cost | None = None
