"""Environment variables that get a value which Terraform marks as sensitive: who can describe the resource reads it.

Only names are told. The mark is the proof, whatever the variable is called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestrator.review.reading.json_text import decoded
from orchestrator.review.values import AttributePath

_DOCUMENTS = ("container_definitions", "container_properties")
_ENVIRONMENTS = frozenset(
    (
        "env",
        "env_vars",
        "environment",
        "environment_variable",
        "environment_variables",
        "runtime_environment_variables",
        "variables",
    )
)
_PROVIDERS = ("aws_", "google_", "kubernetes_")
"""Of others, some mark a whole environment in their schema, whatever is in it."""
_REFERENCES = frozenset(("PARAMETER_STORE", "SECRETS_MANAGER", "SECRET"))
_ALL = "the whole environment"

Exposed = tuple[tuple[str, AttributePath], ...]
_Found = tuple[str, AttributePath, Any]


def exposed(type_: str, change: Mapping[str, Any], secrets: Collection[str]) -> Exposed:
    """Name and place of each variable that has such a value after the change and did not have it before."""
    if not type_.startswith(_PROVIDERS) or not isinstance(change.get("after"), Mapping):
        return ()
    old = {(name, path[:1], repr(value)) for name, path, value in _in_environments(change, "before", secrets)}
    now = dict.fromkeys(
        (name, path)
        for name, path, value in _in_environments(change, "after", secrets)
        if (name, path[:1], repr(value)) not in old
    )
    return tuple(now) or tuple(_newly_marked(change))


def _newly_marked(change: Mapping[str, Any]) -> Iterator[tuple[str, AttributePath]]:
    """A document that gets something sensitive: its marks do not say what, and no other place does."""
    for name in _DOCUMENTS:
        before, after = (_is_marked(change.get(f"{side}_sensitive"), name) for side in ("before", "after"))
        if after and not before and isinstance((change.get("before") or {}).get(name), str):
            yield f"something in {name}", (name,)


def _is_marked(tree: Any, name: str) -> bool:
    return tree is True or (isinstance(tree, Mapping) and bool(tree.get(name)))


def _in_environments(change: Mapping[str, Any], side: str, secrets: Collection[str]) -> Iterator[_Found]:
    values, tree = change.get(side), change.get(f"{side}_sensitive")
    if not isinstance(values, Mapping):
        return
    for name, value in values.items():
        marks = tree if tree is True else tree.get(name) if isinstance(tree, Mapping) else None
        if marks and name in _DOCUMENTS:
            yield from _in_document(decoded(value), (name,), secrets)
        elif marks:
            yield from _marked(value, marks, (name,), inside=name in _ENVIRONMENTS)


def _marked(value: Any, tree: Any, path: AttributePath, *, inside: bool) -> Iterator[_Found]:
    if inside and tree is True:
        if value not in (None, "", [], {}):
            name = path[-1] if isinstance(path[-1], str) and path[-1] not in _ENVIRONMENTS else _ALL
            yield str(name), path, value
    elif isinstance(value, Mapping) and isinstance(tree, Mapping):
        own = value.get("name", value.get("key"))
        if inside and isinstance(own, str) and tree.get("value") is True:
            if value.get("value") and value.get("type") not in _REFERENCES:
                yield own, (*path, "value"), value["value"]
            return
        for key, marks in tree.items():
            if marks and key in value:
                yield from _marked(value[key], marks, (*path, key), inside=inside or key in _ENVIRONMENTS)
    elif isinstance(value, list) and isinstance(tree, list):
        for place, (item, marks) in enumerate(zip(value, tree, strict=False)):
            if marks:
                yield from _marked(item, marks, (*path, place), inside=inside)


def _in_document(document: Any, path: AttributePath, secrets: Collection[str]) -> Iterator[_Found]:
    """Terraform marks all of a JSON text that has something sensitive in it: it is found by the sensitive texts."""
    containers = document if isinstance(document, list) else [document]
    for container in containers:
        if not isinstance(container, Mapping):
            continue
        own = container.get("name")
        place = (*path, own) if isinstance(own, str) else path
        entries = container.get("environment")
        for entry in entries if isinstance(entries, list) else ():
            name, value = (entry.get("name"), entry.get("value")) if isinstance(entry, Mapping) else (None, None)
            if isinstance(name, str) and isinstance(value, str) and any(secret in value for secret in secrets):
                yield name, (*place, "environment", name), value
