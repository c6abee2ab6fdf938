"""Vault's policies: the text of one, read as what it allows, and what a change of it adds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import hidden
from orchestrator.review.rules.kit.listing import listed

Rules = Mapping[str, frozenset[str]]
"""By path, what may be done there."""

POLICY: Final = "vault_policy"
_COMMENT: Final = re.compile(r'("(?:[^"\\\n]|\\.)*")|/\*.*?\*/|(?:#|//)[^\n]*', re.S)
_PATH: Final = re.compile(r'\bpath\s+"((?:[^"\\]|\\.)*)"\s*\{')
_LISTED: Final = re.compile(r"\bcapabilities\s*=\s*\[([^\]]*)\]")
_OLD: Final = re.compile(r'\bpolicy\s*=\s*"(\w+)"')
_WRITES: Final = frozenset(("create", "update", "patch", "delete", "sudo"))
_OLD_NAMES: Final = {
    "read": frozenset(("read", "list")),
    "write": frozenset(("create", "read", "update", "delete", "list")),
    "sudo": frozenset(("create", "read", "update", "delete", "list", "sudo")),
    "deny": frozenset(("deny",)),
}
# With what one can give oneself more: a path that a wider one includes, and what writing to it does.
_WAYS_UP: Final = {
    "sys/policies/acl/any": "write policies",
    "sys/policy/any": "write policies",
    "sys/auth/any": "add logins",
    "sys/raw/any": "read and write the storage itself",
    "auth/token/create-orphan": "create tokens that outlive their parents",
    "auth/any/role/any": "say which policies a login gives",
    "identity/entity/id/any": "change the policies of identities",
    "identity/group/id/any": "change the policies of groups",
}
_NO_RECORD: Final = "sys/audit/any"
# What every token may do by the default policy, or what tells nothing.
_HARMLESS: Final = (
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "cubbyhole/",
    "sys/capabilities-self",
    "sys/health",
    "sys/internal/ui/",
    "sys/leases/lookup",
    "sys/leases/renew",
    "sys/renew",
    "sys/tools/",
)
_ADVICE: Final = "Name the paths that are used, with only the capabilities that are used on them."
_ALL: Final = ("*", "+/*", "/*")


def control(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Policies that allow everything, or by which one can take any permission."""
    new = _new(resource)
    whole = sorted({name for path in _ALL for name in new.get(path, ())} & _WRITES)
    if whole:
        says = f'The policy allows {", ".join(whole)} on every path ("*"): whoever holds it controls Vault.'
        yield _finding(resource, Severity.CRITICAL, says)
    elif ways := _ways_up(new):
        says = f"The policy allows to {listed(ways)}: whoever holds it can take any permission in Vault."
        yield _finding(resource, Severity.HIGH, says)
    elif any(_matches(path, _NO_RECORD) and names & _WRITES for path, names in new.items()):
        says = "The policy allows to turn audit devices off: what is done then is not recorded."
        yield _finding(resource, Severity.HIGH, says)


def widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Policies that allow more than before, short of control."""
    if any(control(resource, plan)):
        return
    weighed = [(weight, f"{', '.join(sorted(names))} on {path}") for path, names in _new(resource).items()
               if (weight := _weight(path, names, fresh=resource.before is None))]  # fmt: skip
    if weighed:
        worst = max(severity for severity, _ in weighed)
        what = listed(says for _, says in sorted(weighed, key=lambda item: (-item[0], item[1])))
        says = f"{'The policy allows' if resource.before is None else 'Now also allowed:'} {what}."
        yield _finding(resource, worst, says)
    elif lifted := _no_longer_denied(resource):
        says = f"These paths are no longer denied: {listed(lifted)}."
        yield _finding(resource, Severity.MEDIUM, says)


def _weight(path: str, names: frozenset[str], *, fresh: bool) -> Severity | None:
    if path in _ALL:
        return Severity.HIGH if names - {"list"} else Severity.MEDIUM
    if path.startswith(_HARMLESS):
        return None if fresh else Severity.LOW
    # `secret/*`, `secret/data/*`: every secret of an engine, and not those of one application.
    wide = re.fullmatch(r"[^/]+/(?:(?:data|metadata|\+)/)?[*+](?:/\*)?", path) is not None
    if "sudo" in names or (wide and names - {"list"}):
        return Severity.MEDIUM
    return None if fresh else Severity.LOW if names <= {"list"} else Severity.MEDIUM


def _ways_up(new: Rules) -> list[str]:
    found = {
        says
        for target, says in _WAYS_UP.items()
        for path, names in new.items()
        if _matches(path, target) and names & {"create", "update", "patch"}
    }
    return sorted(found)


def _new(resource: Resource) -> Rules:
    """What the policy allows that it did not."""
    if resource.after is None or hidden(resource.after.get("policy")):
        return {}
    before, after = _parsed((resource.before or {}).get("policy")), _parsed(resource.after.get("policy"))
    found = {
        path: names - {name for old, known in before.items() if _matches(old, path) for name in known}
        for path, names in after.items()
        if "deny" not in names
    }
    return {path: names for path, names in found.items() if names}


def _no_longer_denied(resource: Resource) -> list[str]:
    if resource.before is None or resource.after is None or hidden(resource.after.get("policy")):
        return []
    before, after = _parsed(resource.before.get("policy")), _parsed(resource.after.get("policy"))
    denied = [path for path, names in after.items() if "deny" in names]
    return sorted(
        path
        for path, names in before.items()
        if "deny" in names
        and not any(_matches(wide, path) for wide in denied)
        and any(_matches(wide, path) for wide, others in after.items() if "deny" not in others)
    )


@lru_cache(maxsize=4_096)
def _matches(wide: str, path: str) -> bool:
    """True if everything that `path` names is named by `wide`: `*` ends a path, `+` stands for one part of it."""
    whole = wide[:-1] if wide.endswith("*") else wide
    pattern = "[^/]+".join(map(re.escape, whole.split("+"))) + (".*" if wide.endswith("*") else "")
    return re.fullmatch(pattern, path) is not None


def _parsed(value: Any) -> Rules:
    return _read(value) if isinstance(value, str) else {}


@lru_cache(maxsize=512)
def _read(text: str) -> Rules:
    """A policy's rules, from HCL or JSON. What is written otherwise is left out."""
    found: dict[str, frozenset[str]] = {}
    if text.lstrip().startswith("{"):
        for path, block in _of_json(text):
            names = block.get("capabilities")
            listed_names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
            found[path] = found.get(path, frozenset()) | _capabilities(listed_names, str(block.get("policy")))
        return found
    plain = _COMMENT.sub(lambda match: match[1] or " ", text)
    for match in _PATH.finditer(plain):
        body = _body(plain, match.end())
        inside, old = _LISTED.search(body), _OLD.search(body)
        names = re.findall(r'"(\w+)"', inside[1]) if inside else []
        found[match[1]] = found.get(match[1], frozenset()) | _capabilities(names, old[1] if old else "")
    return found


def _of_json(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        paths = json.loads(text).get("path")
    except (ValueError, RecursionError, AttributeError):
        return
    for one in paths if isinstance(paths, list) else [paths]:
        for path, block in one.items() if isinstance(one, Mapping) else ():
            yield from (
                (path, item) for item in (block if isinstance(block, list) else [block]) if isinstance(item, dict)
            )


def _body(text: str, start: int) -> str:
    """What stands between the braces that a block begins and ends with."""
    depth, quoted = 1, False
    for place in range(start, len(text)):
        sign = text[place]
        if sign == '"' and text[place - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (sign == "{") - (sign == "}")
        if not depth:
            return text[start:place]
    return text[start:]


def _capabilities(names: list[str], old: str) -> frozenset[str]:
    """Capabilities by their names, or by the one word that older policies have for several."""
    return frozenset(names) or _OLD_NAMES.get(old, frozenset())


def _finding(resource: Resource, severity: Severity, says: str) -> Finding:
    return Finding("", severity, resource.address, says, _ADVICE, ("policy",))
