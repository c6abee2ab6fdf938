"""Resources of unknown types that everybody may use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.unknown import words
from orchestrator.review.rules.facts.unknown.words import Leaf
from orchestrator.review.rules.kit.attributes import at, hidden, switch
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import dotted, shown

_EVERYBODY = re.compile(
    r"\ballUsers\b|\ballAuthenticatedUsers\b|/global/(?:All|Authenticated)Users\b|\bsystem:(?:unauthenticated|anonymous)\b"
)
_WHO_SEES = frozenset(("access", "acl", "exposure", "readable", "visibility"))
_PUBLIC = frozenset((
    "anonymous", "everyone", "internet", "public", "public-read", "public-read-write", "public_read",
    "public_read_write", "publicread", "world",
))  # fmt: skip
_OPENS = frozenset(("anonymous", "public", "publicly", "unauthenticated"))
_CLOSES = frozenset((
    "block", "deny", "disable", "disallow", "ignore", "key", "keys", "prevent", "private", "require", "restrict",
    "subnet", "subnets",
))  # fmt: skip
_HOW = frozenset(("auth", "authentication", "authorization", "authorizer"))
_LONGEST = 100_000
_ADVICE = "Keep it private, and name who needs it. Nothing to do if it is meant for everybody."


def _public(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not words.is_unknown(resource):
        return
    new = resource.before is None
    old = {(leaf.names, leaf.value) for leaf in words.before(resource, plan) if _is_plain(leaf)}
    found = []
    for leaf in words.after(resource, plan):
        if not _is_plain(leaf) or (leaf.names, leaf.value) in old or leaf.denied:
            continue
        if says := _everybody(leaf):
            found.append((Severity.HIGH, leaf, says))
        elif says := _open(leaf) or _closed_before(leaf, resource):
            found.append((Severity.MEDIUM if new else Severity.HIGH, leaf, says))
    if not found:
        return
    severity, leaf, says = max(found, key=lambda one: one[0])
    here = dotted(leaf.path)
    yield Finding(
        "",
        severity,
        resource.address,
        f"{says}: {here} is {shown(leaf.value, 60)}. {words.judged_by_words(resource)}",
        _ADVICE,
        leaf.path,
        None if new or hidden(at(resource.before, leaf.path)) else at(resource.before, leaf.path),
        leaf.value,
    )


def _is_plain(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str | bool)


def _everybody(leaf: Leaf) -> str:
    text = leaf.value if isinstance(leaf.value, str) else ""
    return "Access is granted to everybody" if len(text) < _LONGEST and _EVERYBODY.search(text) else ""


def _open(leaf: Leaf) -> str:
    name = words.words(leaf.name)
    text = leaf.value.strip().lower() if isinstance(leaf.value, str) else ""
    if name & _CLOSES:
        return ""
    if (name & _WHO_SEES and text in _PUBLIC) or (name & _OPENS and switch(leaf.value) is True):
        return "It is open to the public"
    if name & _HOW and text in ("anonymous", "none"):
        return "It asks nobody who they are"
    return ""


def _closed_before(leaf: Leaf, resource: Resource) -> str:
    """What only a change from true to false tells: `private`, `block_public_access`."""
    name = words.words(leaf.name)
    closes = name in ({"private"}, {"is", "private"}, {"internal"}) or (
        name & {"public", "anonymous"} and name & {"block", "deny", "disable", "ignore", "prevent", "restrict"}
    )
    if closes and switch(leaf.value) is False and switch(at(resource.before, leaf.path)) is True:
        return "It is no longer kept from the public"
    return ""


RULE = Rule(
    "unknown-type-public",
    Severity.HIGH,
    "An unknown type is opened to everybody",
    "Public, everyone and allUsers mean the same with every provider.",
    looks=_public,
    fix=_ADVICE,
    examples=(
        Fires("acme_repository", {"visibility": "private"}, {"visibility": "public"}),
        Fires("acme_repository", None, {"visibility": "public"}, Severity.MEDIUM),
        Fires("acme_store_member", None, {"role": "reader", "member": "allUsers"}),
        Fires("acme_database", {"publicly_accessible": False}, {"publicly_accessible": True}),
        Fires("acme_project", {"private": True}, {"private": False}),
        Silent("acme_repository", {"visibility": "public"}, {"visibility": "public", "topics": ["a"]}),
        Silent("acme_bucket", None, {"block_public_access": True, "acl": "private"}),
        Silent("acme_login", None, {"public_key": "ssh-ed25519 AAAA", "type": "public"}),
    ),
)
