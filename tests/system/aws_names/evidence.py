"""What the rehearsed life has asked AWS for: hosts and actions, as docs/aws-access.md lists them.

`recorded.json` is what was recorded last; the life's test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.system.aws_names.account import APPLY, PLAN
from tests.system.aws_names.rights import FREE, action_of, pushed, recorded
from tests.system.aws_names.world import ACCOUNT, REGIONS

FILE = Path(__file__).with_name("recorded.json")
# Who asks, as the page calls them, and the roles that are meant.
ROLES = {"plan": [PLAN], "apply": [APPLY.format("staging"), APPLY.format("production")]}
PERSON, ENGINEER = "person", ":user/engineer"

Calls = Iterable[Mapping[str, Any]]
Evidence = dict[str, Any]


def of(calls: Calls) -> Evidence:
    """Hosts, and the actions of each who asks."""
    calls = [call for call in calls if call["status"] not in (403,) and call["host"] != "127.0.0.1"]
    images = {each.action for each in pushed(calls)}
    actions = {
        name: sorted({each.action for role in roles for each in recorded(calls, role)} | images)
        for name, roles in ROLES.items()
    }
    asked = {action_of(call) for call in calls if call["principal"].endswith(ENGINEER)} - FREE
    return {
        "hosts": sorted({host(call["host"]) for call in calls}),
        "actions": {**actions, PERSON: sorted(asked | images)},
    }


def host(name: str) -> str:
    """The host with ACCOUNT and REGION in the place of the account and the region."""
    for region in REGIONS:
        name = name.replace(region, "REGION")
    return name.replace(ACCOUNT, "ACCOUNT")


def read() -> Evidence:
    """What was recorded last."""
    found: Evidence = json.loads(FILE.read_text())
    return found


def text(found: Evidence) -> str:
    """As it is kept."""
    return json.dumps(found, indent=2) + "\n"


def by_service(actions: Iterable[str]) -> dict[str, list[str]]:
    """Actions by IAM's name of the service."""
    found: dict[str, list[str]] = {}
    for action in sorted(actions):
        service, _, name = action.partition(":")
        found.setdefault(service, []).append(name)
    return found
