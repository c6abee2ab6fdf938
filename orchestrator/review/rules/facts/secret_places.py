"""Where secrets stand in the open: environment variables, scripts, settings and parameters of any resource."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.review.model import Plan, Resource
from orchestrator.review.reading.json_text import decoded
from orchestrator.review.rules.facts.secret_shapes import MASK, Kind, is_secret_name, secret_kind, secrets_in
from orchestrator.review.rules.kit.per_plan import per_resource
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive

_MAPS = re.compile(
    r"env|variables|app_settings|default_arguments|parameters|^data$|options|settings|^set$|metadata", re.I
)
"""Attributes whose names and values are what a program gets to know."""

_SCRIPTS = ("user_data", "user_data_base64", "custom_data", "metadata_startup_script", "startup_script", "buildspec")
_ASSIGNED = re.compile(
    r"^[ \t]*(?:export[ \t]+|-e[ \t]+|set[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"\n]*\"|'[^'\n]*'|[^\s#;]+)", re.M
)
OUT_OF_SCOPE = (
    "aws_secretsmanager_secret_version",
    "random_",
    "terraform_data",
    "tls_",
    "vault_",
    "google_secret_manager_secret_version",
    "azurerm_key_vault_secret",
    "kubernetes_secret",
    "github_actions_secret",
    "github_actions_organization_secret",
    "github_actions_environment_secret",
    "gitlab_project_variable",
    "gitlab_group_variable",
    "gitlab_instance_variable",
)
"""Places that are made for secrets, or hold nothing that leaves the state."""

_NO_NAMES = re.compile(r"parameter_group|option_group|_header|route53|_tag$|^aws_ssm_parameter$")
"""Resources whose `name` and `value` are settings of a service."""


_DOCUMENTS: tuple[AttributePath, ...] = (("container_definitions",), ("container_properties",), ("user_data",))
"""What is sensitive only if the configuration puts something sensitive into it."""


_NEVER = frozenset(
    (
        "policy",
        "assume_role_policy",
        "inline_policy",
        "ingress",
        "egress",
        "tags",
        "tags_all",
        "arn",
        "id",
        "set_sensitive",
    )
)
"""What is shown to everybody anyway, and is no place for values."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A secret in the open. `text` is the secret itself, never to be shown; empty where Terraform hides it."""

    what: str
    path: AttributePath
    kind: Kind = Kind.SECRET
    text: str = field(default="", repr=False)


def plain(kind: str, values: Mapping[str, Any] | None) -> list[Plain]:
    """All secrets in the open in the values of a resource of this type."""
    if values is None or kind.startswith(OUT_OF_SCOPE):
        return []
    found: list[Plain] = []
    _walk(found, values, (), pairs=not _NO_NAMES.search(kind))
    if kind == "aws_ssm_parameter":
        found += _parameter(values)
    return found


@per_resource
def plain_before(resource: Resource, plan: Plan) -> list[Plain]:
    """All secrets in the open in a resource's values before the change."""
    return plain(resource.type, resource.before)


@per_resource
def plain_after(resource: Resource, plan: Plan) -> list[Plain]:
    """All secrets in the open in a resource's values after the change. Looking for them takes long, and several ask."""
    return plain(resource.type, resource.after)


def _walk(found: list[Plain], value: Any, path: AttributePath, *, pairs: bool) -> None:
    # Every value of a plan comes by here: what is found is handed down rather than yielded up.
    kind = type(value)
    if kind is str:
        _text(found, value, path, pairs=pairs)
    elif kind is dict or isinstance(value, Mapping):
        name, given = value.get("name", value.get("key", value.get("variable_name"))), value.get("value")
        told_by_name = pairs and isinstance(name, str) and value.get("type") in _PLAIN_TYPES
        if told_by_name and isinstance(name, str):
            _named(found, name, given, (*path, "value"))
        in_map = bool(path) and isinstance(path[-1], str) and _MAPS.search(path[-1]) is not None
        for key, item in value.items():
            kind = type(item)
            if item is None or kind in _NUMBERS or (kind is str and not in_map and len(item) < _SHORTEST):
                continue
            if key in _NEVER or isinstance(item, int | float):
                continue
            if in_map and not isinstance(item, dict | list | tuple | Mapping):
                _named(found, str(key), item, (*path, key))
            elif not (told_by_name and key == "value"):
                _walk(found, item, (*path, key), pairs=pairs)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _walk(found, item, (*path, index), pairs=pairs)
    elif isinstance(value, Sensitive):
        found += _hidden(path)


_NUMBERS = frozenset((int, float, bool))
_SHORTEST = 8  # so many characters has a text at least that is looked through
_PLAIN_TYPES = (None, "", "PLAINTEXT", "String", "string", "auto")


def _named(found: list[Plain], name: str, value: Any, path: AttributePath) -> None:
    if value is UNKNOWN and is_secret_name(name):
        found.append(Plain(name, path, Kind.UNSEEN))
    if isinstance(value, Sensitive) and is_secret_name(name):
        found.append(Plain(name, path))
    if not isinstance(value, str):
        return
    if MASK in value:
        found.append(Plain(name, path, Kind.SECRET if is_secret_name(name) or "://" in value else Kind.UNSEEN))
    elif is_secret_name(name) and (kind := secret_kind(value)) is not None:
        found.append(Plain(name, path, kind, value))
    elif value[:1] in ("{", "["):
        _walk(found, value, path, pairs=True)
    else:
        found += _shaped(value, path, name)


def _text(found: list[Plain], value: str, path: AttributePath, *, pairs: bool) -> None:
    if not path or len(value) < _SHORTEST:
        return
    structure = decoded(value)
    if structure is not value:
        _walk(found, structure, path, pairs=pairs)
        return
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    if last not in _SCRIPTS:
        found += _shaped(value, path, last)
        return
    script = _script(value)
    here = [*_shaped(script, path, last), *_assigned(script, path)]
    found += here
    if here and script != value:
        found.append(Plain(here[0].what, path, here[0].kind, value))


def _shaped(value: str, path: AttributePath, name: str) -> list[Plain]:
    return [Plain(f"{name} ({what})", path, Kind.SECRET, secret) for what, secret in secrets_in(value)]


def _assigned(script: str, path: AttributePath) -> Iterator[Plain]:
    for match in _ASSIGNED.finditer(script):
        value = match[2].strip("\"'")
        if MASK in value:
            yield Plain(match[1], path)
        elif is_secret_name(match[1]) and not value.startswith("$") and (kind := secret_kind(value)) is not None:
            yield Plain(match[1], path, kind, value)


def _script(value: str) -> str:
    """The script in what may be base64 of it."""
    if re.search(r"\s|#!", value):
        return value
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return value


def _hidden(path: AttributePath) -> Iterator[Plain]:
    """A document that Terraform hides wholly has something secret in it, which its readers see all the same."""
    if path in _DOCUMENTS:
        yield Plain("something that Terraform marks as sensitive", path)


def _parameter(values: Mapping[str, Any]) -> Iterator[Plain]:
    if (
        values.get("type") in ("String", "StringList")
        and isinstance(name := values.get("name"), str)
        and is_secret_name(name)
    ):
        open_value = values.get("insecure_value")
        kind = secret_kind(open_value) if isinstance(open_value, str) else Kind.SECRET
        if kind is not None:
            yield Plain(
                f"the parameter {name} of type {values['type']}",
                ("type",),
                kind,
                open_value if isinstance(open_value, str) else "",
            )
