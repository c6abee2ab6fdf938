"""The sensitive texts in a plan, and which of them are worth searching for where Terraform does not mark them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from orchestrator.review.reading.configuration import Configuration
from orchestrator.review.reading.json_text import decoded
from orchestrator.review.secrets import masking

_SHORTEST = 4
_LONG = 8
# Values that are marked sensitive now and then (a user name, a flag, a database's name) and stand everywhere else for
# something else. They are masked where Terraform marks them, and not searched for: a report full of holes helps nobody.
_COMMON = frozenset(
    [
        "admin",
        "administrator",
        "default",
        "development",
        "disabled",
        "enabled",
        "false",
        "guest",
        "http",
        "https",
        "json",
        "latest",
        "local",
        "localhost",
        "main",
        "master",
        "mysql",
        "name",
        "none",
        "null",
        "password",
        "postgres",
        "postgresql",
        "private",
        "production",
        "prod",
        "public",
        "root",
        "secret",
        "service",
        "staging",
        "string",
        "test",
        "testing",
        "true",
        "user",
        "username",
        "value",
    ]
)
_REGION = re.compile(
    r"(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov|-iso[a-z]?)?-(central|(north|south)?(east|west)?)-\d[a-z]?(-[a-z]{3}-\d[a-z]?)?"
)
_ACTION = re.compile(
    r"[a-z0-9-]+:(\*|(Add|Assume|Attach|Batch|Cancel|Copy|Create|Decrypt|Delete|Deregister|Describe|Detach|Disable|Enable"
    r"|Encrypt|Execute|Generate|Get|Import|Invoke|List|Modify|Pass|Publish|Put|Query|Read|Receive|Register|Remove|Replace"
    r"|Reset|Restore|Run|Scan|Send|Set|Start|Stop|Subscribe|Tag|Unsubscribe|Untag|Update|Upload|Write)[A-Z*][A-Za-z*]*)"
)
_SECRET_NAME = re.compile(r"pass|pwd|secret|token|credential|private|api_?key|access_?key|auth|dsn|salt", re.I)
_IN_URL = re.compile(r"://[^\s:/@]*:([^\s@]{1,1000})@")
# A setting in YAML, an INI file, a script: its name, and what is set.
_SETTING = re.compile(r"^[ \t-]*(?:export[ \t]+)?[\"']?([A-Za-z_][\w.-]{0,99})[\"']?[ \t]*[:=][ \t]*(\S[^\n]*)$", re.M)


def secrets(shown: Mapping[str, Any], config: Configuration) -> frozenset[str]:
    """What is to be searched for in everything that is read of a plan."""
    found: set[str] = set()
    for value, tree in _marked(shown):
        for item in masking.hidden(value, tree):
            found.update(leaves(item))
    return worth_searching(found, frozenset(chain(config.words(), _names(shown))))


def worth_searching(texts: Iterable[str], names: Collection[str]) -> frozenset[str]:
    """Those sensitive texts that are searched for elsewhere.

    Not those that mean something else too: shorter than four characters, common words, short numbers (ports, sizes),
    what is a name in the configuration (`names`), and what rules must see wherever else it stands: networks, regions,
    ARNs and actions. A sensitive list with 0.0.0.0/0 in it must not hide every other rule that opens a port.
    """
    return frozenset(
        text
        for text in {text.strip() for text in texts}
        if len(text) >= _SHORTEST
        and text.lower() not in _COMMON
        and not (len(text) < _LONG and text.lstrip("-").replace(".", "").isdigit())
        and text not in names
        and not (text.startswith("arn:") or _REGION.fullmatch(text) or _ACTION.fullmatch(text) or _is_network(text))
    )


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return not text.isdigit()


def leaves(value: Any) -> Iterator[str]:
    """The texts in a sensitive value. In a JSON string also those whose name says that they are secret."""
    if isinstance(value, str):
        yield value
        yield from (match[1] for match in _IN_URL.finditer(value))
        structure = decoded(value)
        if structure is not value:
            yield from _named(structure, "")
        elif "\n" in value:
            yield from _settings(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)


def _settings(text: str) -> Iterator[str]:
    """What a text of lines sets under names that say that it is secret."""
    for match in _SETTING.finditer(text):
        setting = match[2].strip().rstrip(",;").strip("\"'")
        if _SECRET_NAME.search(match[1]) and setting and not setting.startswith(("arn:", "$", "{", "|", ">")):
            yield setting


def _named(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        own = value.get("name")
        for key, item in value.items():
            yield from _named(item, own if key == "value" and isinstance(own, str) else key)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, name)
    elif isinstance(value, str):
        yield from (match[1] for match in _IN_URL.finditer(value))
        if _SECRET_NAME.search(name) and not value.startswith("arn:"):
            yield value


def _names(shown: Mapping[str, Any]) -> Iterator[str]:
    """What providers and the configuration call things."""
    for raw in chain(shown.get("resource_changes") or (), shown.get("resource_drift") or ()):
        yield raw["type"]
        yield raw["name"]
        yield from raw["change"].get("before") or ()
        yield from raw["change"].get("after") or ()
    yield from shown.get("output_changes") or ()
    yield from shown.get("variables") or ()


def _marked(shown: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    changes = (raw["change"] for place in ("resource_changes", "resource_drift") for raw in shown.get(place) or ())
    for change in chain(changes, (shown.get("output_changes") or {}).values()):
        yield change.get("before"), change.get("before_sensitive")
        yield change.get("after"), change.get("after_sensitive")
    for invocation in shown.get("action_invocations") or ():
        yield invocation.get("config_values"), invocation.get("config_sensitive")
    for values in (shown.get("planned_values"), (shown.get("prior_state") or {}).get("values")):
        for output in ((values or {}).get("outputs") or {}).values():
            yield output.get("value"), output.get("sensitive")
        for resource in _of_modules((values or {}).get("root_module") or {}):
            yield resource.get("values"), resource.get("sensitive_values")
    root = (shown.get("configuration") or {}).get("root_module") or {}
    given = {name: (value or {}).get("value") for name, value in (shown.get("variables") or {}).items()}
    yield from ((value, True) for value in _sensitive_inputs(root, given))


def _sensitive_inputs(module: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Any]:
    """The values of variables that are marked in the configuration, of a module and those that it calls.

    What a module is given is known where it is a constant or a variable of its caller.
    """
    for name, variable in (module.get("variables") or {}).items():
        if (variable or {}).get("sensitive"):
            yield given.get(name)
            yield variable.get("default")
    for call in (module.get("module_calls") or {}).values():
        inputs = {}
        for name, expression in ((call or {}).get("expressions") or {}).items():
            told = expression if isinstance(expression, Mapping) else {}
            references = told.get("references") or [""]
            variable = str(references[0]).removeprefix("var.") if len(references) == 1 else ""
            inputs[name] = told.get("constant_value", given.get(variable))
        yield from _sensitive_inputs((call or {}).get("module") or {}, inputs)


def _of_modules(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [module]
    while waiting:
        one = waiting.pop()
        yield from one.get("resources") or ()
        waiting.extend(one.get("child_modules") or ())
