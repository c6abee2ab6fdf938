"""What follows from what is known of the secrets: what a deploy cannot do without, and the keys to decrypt with."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.errors import Failure
from orchestrator.secrets.finding import Answer, Found, Key, Missing, NotLookedAt
from orchestrator.secrets.uses import Place, Use

_VALUE = '"$VALUE"'
# Whatever is not listed is passing: a key is being made, or brought to another region.
_UNUSABLE = {
    "Disabled": "is disabled",
    "PendingDeletion": "is scheduled for deletion",
    "PendingReplicaDeletion": "is scheduled for deletion",
    "PendingImport": "has no key material",
    "Unavailable": "is not available: its key store is not connected",
}


@dataclass(frozen=True)
class Problem:
    """What keeps a task from getting a secret, and the `command` against it, or words where there is none."""

    use: Use
    text: str
    command: str

    def __str__(self) -> str:
        return f"{self.use}: {self.text}"


@dataclass(frozen=True)
class Verdict:
    """`keys` are the ARNs of KMS keys that the manifests do not name: (service, variable) => ARN.

    `warnings` are about secrets that could not be judged, `unchecked` about what nobody can know without the value.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    keys: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of(self, services: Collection[str]) -> tuple[Problem, ...]:
        """The problems of these services."""
        return tuple(problem for problem in self.problems if problem.use.service in services)


def judge(uses: Sequence[Use], answers: Mapping[Place, Answer], account: str, before: str = "") -> Verdict:
    """The verdict on every use. `before` is what stands before a command of the AWS CLI."""
    problems: list[Problem] = []
    warnings: list[str] = []
    keys: dict[tuple[str, str], str] = {}
    for use in uses:
        answer = answers[use.place]
        if isinstance(answer, NotLookedAt):
            warnings.append(f"{use}: {use.place} was not looked at: {answer.why}")
        trouble = _trouble(use, answer, account, before)
        if trouble is not None:
            problems.append(trouble)
        elif isinstance(answer, Found) and answer.key is not None and not answer.key.is_aws_managed:
            if use.kms_key is None and answer.key.arn:
                keys[use.service, use.variable] = answer.key.arn
            warnings += _about_key(use, answer.key)
    return Verdict(tuple(problems), tuple(warnings), tuple(_unchecked(uses, answers)), keys)


def failure(problems: Sequence[Problem], environment: str) -> Failure:
    """The failure for these problems."""
    count = "a secret" if len(problems) == 1 else f"{len(problems)} secrets"
    commands = dict.fromkeys(problem.command for problem in problems)
    return Failure(
        f"the tasks of {environment} could not start: {count} could not be read",
        reason="\n".join(str(problem) for problem in problems),
        next_step="\n".join(commands),
    )


def _trouble(use: Use, answer: Answer, account: str, before: str) -> Problem | None:
    place = use.place
    aws = _Commands(use, before)
    if isinstance(answer, Missing):
        where = f"account {place.account}, {place.region}"
        if place.account != account:
            return Problem(use, f"{where} shares no such {place.kind}: {place.name}", _SHARE.format(account=account))
        return Problem(use, f"there is no {place.kind} {place.name} in {where}", aws.make())
    if isinstance(answer, Found) and answer.deleted_on:
        return Problem(use, f"{place} is being deleted since {answer.deleted_on}", aws.secret("restore-secret"))
    if isinstance(answer, Found) and not answer.has_value:
        return Problem(use, f"{place} has no value", aws.secret("put-secret-value", *aws.value))
    key = answer.key if isinstance(answer, Found) else None
    if key is not None and key.state in _UNUSABLE:
        return Problem(use, f"{place} is encrypted with {key.named}, which {_UNUSABLE[key.state]}", aws.key(key))
    if place.account != account and use.kms_key is None:
        return _of_another_account(use, answer, key)
    return None


_SHARE = "share it with account {account}, or correct the ARN in the manifest"


def _of_another_account(use: Use, answer: Answer, key: Key | None) -> Problem | None:
    """AWS's own keys serve their account alone, so a secret that is shared has a key whose ARN must be known."""
    name_it = "name it in the manifest: kms_key: arn:aws:kms:REGION:ACCOUNT:key/ID"
    if isinstance(answer, NotLookedAt):
        text = f"{use.place} is in another account, and the KMS key that encrypts it is not known"
        return Problem(use, text, name_it)
    if key is None and use.place.kind == "SSM parameter":
        return None  # of type String: nothing encrypts it
    if key is None or key.is_aws_managed:
        text = f"{use.place} is encrypted with AWS's own key, which does not decrypt for other accounts"
        return Problem(use, text, f"encrypt it with a customer key that account {use.place.account} shares")
    if not key.arn:
        return Problem(use, f"{use.place} is encrypted with {key.named}, whose ARN is not known: {key.why}", name_it)
    return None


def _about_key(use: Use, key: Key) -> list[str]:
    if use.kms_key is not None and key.arn and use.kms_key != key.arn:
        return [f"{use}: kms_key is {use.kms_key}, and {use.place} is encrypted with {key.arn}"]
    if use.kms_key is None and not key.arn:
        return [
            f"{use}: {use.place} is encrypted with {key.named}, and which key that is could not be asked: {key.why}; "
            "the task cannot decrypt it unless the manifest names it: kms_key: ARN"
        ]
    return []


def _unchecked(uses: Sequence[Use], answers: Mapping[Place, Answer]) -> list[str]:
    return [
        f"{use}: whether {use.place} has the key {use.key!r} is not checked, its value is not read"
        for use in uses
        if use.key is not None and isinstance(answers[use.place], Found)
    ]


class _Commands:
    """Commands of the AWS CLI about a secret. A value is in the shell variable VALUE, and so in no shell's history."""

    def __init__(self, use: Use, before: str) -> None:
        self._use, self._before = use, before

    @property
    def value(self) -> tuple[str, ...]:
        return ("--secret-string", _VALUE)

    def make(self) -> str:
        place = self._use.place
        if place.kind == "SSM parameter":
            return self._written("ssm", "put-parameter", "--type", "SecureString", "--name", place.own_name,
                                 "--value", _VALUE)  # fmt: skip
        made = self._written("secretsmanager", "create-secret", "--name", place.own_name, *self.value)
        what = f"JSON with the key {self._use.key}" if self._use.key else ""
        new = "then write the ARN that it answers to the manifest" if place.is_arn else ""
        notes = ", ".join(note for note in (f"VALUE: {what}" if what else "", new) if note)
        return f"{made}   # {notes}" if notes else made

    def secret(self, verb: str, *more: str) -> str:
        return self._written("secretsmanager", verb, "--secret-id", self._use.place.name, *more)

    def key(self, key: Key) -> str:
        verb = {"Disabled": "enable-key", "PendingDeletion": "cancel-key-deletion"}.get(key.state)
        if verb is None:
            return f"make the key {key.named} usable again, or encrypt {self._use.place} with another one"
        return self._written("kms", verb, "--key-id", key.arn)

    def _written(self, *words: str) -> str:
        every = [*words, "--region", self._use.place.region]
        return f"{self._before}aws " + " ".join(word if word == _VALUE else shlex.quote(word) for word in every)
