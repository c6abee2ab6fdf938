"""Secrets that nobody marked: a finding says that they are there, and the report does not spread them further."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.review.model import Check, Difference, Finding, Plan, Resource
from orchestrator.review.reading import configuration
from orchestrator.review.reading.json_text import decoded
from orchestrator.review.rules.facts.secret_places import plain, plain_after, plain_before
from orchestrator.review.rules.facts.secret_shapes import Kind, is_secret_name, secrets_in
from orchestrator.review.secrets import sensitive_texts
from orchestrator.review.secrets.labels import labels, outside
from orchestrator.review.secrets.scrub import MASK, Scrubber
from orchestrator.review.values import AttributePath, Sensitive

_VALUES = ("value", "insecure_value")
_TELLING = ("name", "type")  # what other attributes are is told by these, also where they stay as they are


class UnmarkedSecrets:
    """What looks like a secret in a plan, and how to leave it out. It is false if there is nothing of the kind."""

    def __init__(self, plan: Plan) -> None:
        everything = (*plan.changed, *plan.drift, *plan.drifted_elsewhere)
        names = {word for item in everything for word in (item.type, item.name)}
        found = {id(item): _secrets(item, plan) for item in everything}
        texts = {text for each in found.values() for text in each or ()}
        self._secrets = sensitive_texts.worth_searching(texts, names)
        # Words that stand elsewhere for something else (`postgres`) are hidden in their own resource alone.
        self._words = {key: each - self._secrets for key, each in found.items() if each}
        self._unreadable = {key for key, each in found.items() if each is None}
        self._scrub = Scrubber(self._secrets)
        self._labels = [name for name in labels(plan) if self._scrub.text(name) != name] if self._secrets else []

    def __bool__(self) -> bool:
        return bool(self._secrets or self._unreadable or any(self._words.values()))

    def plan(self, plan: Plan) -> Plan:
        """The plan without them."""
        text, value = self._scrub.text, self._scrub.value
        return replace(
            plan,
            resources=tuple(map(self._resource, plan.resources)),
            drift=tuple(map(self._resource, plan.drift)),
            drifted_elsewhere=tuple(map(self._resource, plan.drifted_elsewhere)),
            outputs=tuple(replace(item, before=value(item.before), after=value(item.after)) for item in plan.outputs),
            invocations=tuple(replace(item, values=value(item.values)) for item in plan.invocations),
            checks=tuple(
                Check(self._address(it.address), it.status, tuple(map(text, it.messages))) for it in plan.checks
            ),
            secrets=plan.secrets | self._secrets,
        )

    def finding(self, item: Finding) -> Finding:
        """A finding without them."""
        return replace(
            item,
            address=self._address(item.address),
            reason=outside(item.reason, self._labels, self._scrub.text),
            advice=outside(item.advice, self._labels, self._scrub.text),
            path=self._path(item.path),
            before=self._scrub.value(item.before),
            after=self._scrub.value(item.after),
        )

    def _address(self, address: str) -> str:
        return configuration.keys_replaced(address, self._scrub.text)

    def _path(self, path: AttributePath) -> AttributePath:
        return tuple(map(self._scrub.value, path))

    def _resource(self, item: Resource) -> Resource:
        if id(item) in self._unreadable:
            return _hidden(item)
        words = self._words.get(id(item), frozenset())
        return replace(
            item,
            address=self._address(item.address),
            module=self._address(item.module),
            before=self._value(item.before, "", words),
            after=self._value(item.after, "", words),
            index=self._scrub.value(item.index),
            replace_paths=tuple(map(self._path, item.replace_paths)),
            differences=tuple(self._difference(one, words) for one in item.differences),
            moved_from=self._address(item.moved_from),
            import_id=self._scrub.text(item.import_id),
        )

    def _difference(self, item: Difference, words: Collection[str]) -> Difference:
        name = next((part for part in reversed(item.path) if isinstance(part, str)), "")
        return replace(
            item,
            path=self._path(item.path),
            before=self._value(item.before, name, words),
            after=self._value(item.after, name, words),
        )

    def _value(self, value: Any, name: str, words: Collection[str]) -> Any:
        return self._scrub.value(_without(value, name, words) if words else value)


def _secrets(item: Resource, plan: Plan) -> frozenset[str] | None:
    """The secrets in whatever of a resource may be shown: the attributes that change, or all of the only side. None if
    it cannot be looked through."""
    changed = {one.path[0] for one in item.differences}
    try:
        if changed:
            sides = [plain(item.type, _shown(values, changed)) for values in (item.before, item.after)]
        else:
            sides = [plain_before(item, plan), plain_after(item, plan)]
    except Exception:  # whatever it is: what could not be looked through is not shown
        return None
    return frozenset(one.text.strip() for side in sides for one in side if one.text and one.kind is Kind.SECRET)


def _shown(values: Mapping[str, Any] | None, changed: Collection[str | int]) -> Mapping[str, Any] | None:
    return values and {name: value for name, value in values.items() if name in changed or name in _TELLING}


def _hidden(item: Resource) -> Resource:
    sides = ({name: Sensitive(value) for name, value in (side or {}).items()} for side in (item.before, item.after))
    before, after = (side or None for side in sides)
    differences = (replace(one, before=Sensitive(one.before), after=Sensitive(one.after)) for one in item.differences)
    return replace(item, before=before, after=after, differences=tuple(differences))


def _without(value: Any, name: str, words: Collection[str]) -> Any:
    """A value without the words where they are secrets: under a name that says so, in a script, in an address."""
    if isinstance(value, str):
        structure = decoded(value)
        if structure is not value:
            clean = _without(structure, name, words)
            return value if clean == structure else json.dumps(clean, default=repr)
        if value.strip() in words and (is_secret_name(name) or name in _VALUES):
            return MASK
        return _in_text(value, words) if "\n" in value or secrets_in(value) else value
    if isinstance(value, Mapping):
        own = value.get("name", value.get("key"))
        return {
            key: _without(item, own if key in _VALUES and isinstance(own, str) and is_secret_name(own) else key, words)
            for key, item in value.items()
        }
    return [_without(item, name, words) for item in value] if isinstance(value, list) else value


def _in_text(text: str, words: Collection[str]) -> str:
    any_word = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(rf"(?<=[=:])([\"']?)(?:{any_word})(?![A-Za-z0-9])", rf"\1{MASK}", text)
