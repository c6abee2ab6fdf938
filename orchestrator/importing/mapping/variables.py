"""Variables and secrets: what a container is given in its environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from orchestrator.importing.item import Context, Item, Sets, odd, resolve
from orchestrator.importing.tree import Place, Value
from orchestrator.project.schema.containers import PARAMETER
from orchestrator.project.schema.rules import RESERVED_VARIABLES, VARIABLE_NAME

FROM_CFN = "an output of a CloudFormation stack is not looked up"
ENV_FILE = "copy its lines into `environment`, and what is secret into SSM or Secrets Manager and `secrets`"
_JSON_KEY = re.compile(r"(?P<secret>[^:]+|arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+):(?P<key>[^:]+)::")
_DISCOVERY = re.compile(r"//([a-z][a-z0-9-]*)\.[a-z0-9-]+\.[a-z0-9-]+\.local\b")


def variables(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`variables`. Numbers and booleans stay as they are written."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        yield from _variable(context, (*place, name), below)


def _variable(context: Context, place: Place, value: Value) -> Iterator[Item]:
    name = place[-1]
    if value.is_mapping:
        for key, _ in value.pairs:
            if key == "from_cfn":
                instead = f"{FROM_CFN}: write the value into `environment.{name}`"
                yield Item((*place, key), instead=instead, attention=True)
        return
    text = "" if value.kind == "nothing" else value.as_text()
    if text is None:
        yield odd(place, value, "text")
    elif name in RESERVED_VARIABLES:
        yield _reserved(context, place, name, text)
    elif not re.fullmatch(VARIABLE_NAME, name):
        instead = "a variable's name has letters, digits and _ alone: have the program read another name"
        yield Item(place, instead=instead, attention=True)
    else:
        item = _per_environment(context, place, text, ("environment", name), place, lambda found: found)
        host = _DISCOVERY.search(text)
        if host and host[1] in context.application.kinds:
            why = f"services have other names here: http://{host[1]}:PORT, for those that are named in `calls`"
            item = replace(item, why=why, attention=True)
        yield item


def _reserved(context: Context, place: Place, name: str, text: str) -> Item:
    port = context.manifest.get("image", "port")
    if name == "PORT" and not context.document and port is not None and port.text == text:
        return Item(place, into="`port`, which the container gets as PORT")
    instead = (
        f"{name} is set for every container, to what is so here: have the program read another name if it needs this"
    )
    return Item(place, instead=instead, attention=True)


def secrets(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`secrets`: SSM parameters and secrets of Secrets Manager."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        if not below.is_mapping:
            yield _secret(context, here, below, here, _plain)
        for key, inner in below.pairs:
            if key == "secretsmanager":
                yield _secret(context, (*here, key), inner, here, _secrets_manager)
            elif key == "from_cfn":
                instead = f"{FROM_CFN}: write the secret's name or ARN into `secrets.{name}`"
                yield Item((*here, key), instead=instead, attention=True)


def _secret(
    context: Context, place: Place, value: Value, source: Place, form: Callable[[str], Any]
) -> Item:  # fmt: skip
    text, name = value.as_text(), source[-1]
    if text is None:
        return odd(place, value, "the name or ARN of a parameter or secret")
    if name in RESERVED_VARIABLES or not re.fullmatch(VARIABLE_NAME, name):
        instead = f"{name} cannot be the name of a variable here: have the program read another one"
        return Item(place, instead=instead, attention=True)
    filled = resolve(context, text)
    example = filled.text or next(iter((filled.per_environment or {}).values()), "")
    if example and form(example) is None:
        return Item(place, attention=True, instead=_not_carried(example))
    item = _per_environment(context, place, text, ("secrets", name), source, form)
    if form is _plain and isinstance(form(example), dict) and not example.startswith("arn:"):
        item = replace(item, why=item.why or "read as a secret of Secrets Manager and one key of its JSON")
    return item


def _not_carried(text: str) -> str:
    if ":" in text:
        return "a secret is read in its current version: leave version and stage out, and write it into `secrets`"
    return f"no parameter of SSM can have the name {text}: write its name or ARN into `secrets`"


def _plain(text: str) -> Any:
    """A secret in one text: the name of an SSM parameter, an ARN, or NAME:KEY::."""
    if found := _JSON_KEY.fullmatch(text):
        return {"secret": found["secret"], "key": found["key"]}
    if ":secretsmanager:" in text:
        return {"secret": text} if text.count(":") == 6 else None
    return text if re.fullmatch(PARAMETER, text) else None


def _secrets_manager(text: str) -> Any:
    found = _JSON_KEY.fullmatch(text)
    if found:
        return {"secret": found["secret"], "key": found["key"]}
    return {"secret": text} if ":" not in text or (text.startswith("arn:") and text.count(":") == 6) else None


def _per_environment(
    context: Context, place: Place, text: str, target: Place, source: Place, form: Callable[[str], Any]
) -> Item:  # fmt: skip
    """A text that may name application and environment: one value, or one for each environment without that key."""
    found = resolve(context, text)
    if found.text is not None:
        return Item(place, ((context.target(*target), form(found.text)),))
    if found.per_environment is None:
        instead = f"{found.why_not}; write the value into `{'.'.join(target)}`"
        return Item(place, instead=instead, attention=True)
    sets: Sets = tuple(
        (replace(context, environment=name).target(*target), form(each))
        for name, each in found.per_environment.items()
        if context.manifest.get("environments", name, *source) is None
    )
    return Item(place, sets, why="one value per environment", into="" if sets else "those of the environments")


def env_file(context: Context, place: Place, value: Value) -> Item:
    """`env_file`."""
    if value.kind == "nothing":
        return Item(place, into="nothing: it is empty")
    return Item(place, instead=ENV_FILE, attention=True)
