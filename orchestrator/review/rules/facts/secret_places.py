"""Where secrets stand in the open: environment variables, scripts, settings and parameters of any resource."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.review.reading.json_text import decoded
from orchestrator.review.rules.facts.secret_shapes import MASK, Kind, is_secret_name, secret_kind, secrets_in
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive

_MAPS = re.compile(
    r"env|variables|app_settings|default_arguments|parameters|^data$|options|settings|^set$|metadata", re.I
)
"""Attributes whose names and values are what a program gets to know."""

_SCRIPTS = ("user_data", "user_data_base64", "custom_data", "metadata_startup_script", "startup_script", "buildspec")
_ASSIGNED = re.compile(
    r"^[ \t]*(?:export[ \t]+|-e[ \t]+|set[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"\n]*\"|'[^'\n]*'|[^\s#;]+)", re.M
)
_OUT_OF_SCOPE = (
    "aws_secretsmanager_secret_version",
    "random_",
    "terraform_data",
    "tls_",
    "vault_",
    "google_secret_manager_secret_version",
    "azurerm_key_vault_secret",
    "kubernetes_secret",
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
    if values is None or kind.startswith(_OUT_OF_SCOPE):
        return []
    found = list(_walk(values, (), pairs=not _NO_NAMES.search(kind)))
    if kind == "aws_ssm_parameter":
        found += _parameter(values)
    return found


def _walk(value: Any, path: AttributePath, *, pairs: bool) -> Iterator[Plain]:
    if isinstance(value, str):
        yield from _text(value, path, pairs=pairs)
    elif isinstance(value, Mapping):
        name, given = value.get("name", value.get("key")), value.get("value")
        told_by_name = pairs and isinstance(name, str) and value.get("type") in _PLAIN_TYPES
        if told_by_name and isinstance(name, str):
            yield from _named(name, given, (*path, "value"))
        in_map = bool(path) and isinstance(path[-1], str) and _MAPS.search(path[-1]) is not None
        for key, item in value.items():
            if key in _NEVER:
                continue
            if in_map and not isinstance(item, Mapping | list | tuple):
                yield from _named(str(key), item, (*path, key))
            elif not (told_by_name and key == "value"):
                yield from _walk(item, (*path, key), pairs=pairs)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index), pairs=pairs)
    elif isinstance(value, Sensitive):
        yield from _hidden(path)


_PLAIN_TYPES = (None, "", "PLAINTEXT", "String", "string", "auto")


def _named(name: str, value: Any, path: AttributePath) -> Iterator[Plain]:
    if value is UNKNOWN and is_secret_name(name):
        yield Plain(name, path, Kind.UNSEEN)
    if isinstance(value, Sensitive) and is_secret_name(name):
        yield Plain(name, path)
    if not isinstance(value, str):
        return
    if MASK in value:
        yield Plain(name, path, Kind.SECRET if is_secret_name(name) or "://" in value else Kind.UNSEEN)
    elif is_secret_name(name) and (kind := secret_kind(value)) is not None:
        yield Plain(name, path, kind, value)
    else:
        yield from _walk(value, path, pairs=True) if value[:1] in ("{", "[") else _shaped(value, path, name)


def _text(value: str, path: AttributePath, *, pairs: bool) -> Iterator[Plain]:
    if not path or len(value) < 8:
        return
    structure = decoded(value)
    if structure is not value:
        yield from _walk(structure, path, pairs=pairs)
        return
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    if last not in _SCRIPTS:
        yield from _shaped(value, path, last)
        return
    script = _script(value)
    found = [*_shaped(script, path, last), *_assigned(script, path)]
    yield from found
    if found and script != value:
        yield Plain(found[0].what, path, found[0].kind, value)


def _shaped(value: str, path: AttributePath, name: str) -> Iterator[Plain]:
    for what, secret in secrets_in(value):
        yield Plain(f"{name} ({what})", path, Kind.SECRET, secret)


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
