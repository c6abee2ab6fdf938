"""Every plan that the tests have, changed at random: each is reviewed or refused, and nothing else comes of it.

`python -m tests.review.mutated 10000` tries as many; a plan that something else comes of is written to a file.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from orchestrator.errors import Failure
from orchestrator.review.reading.parse import parse
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html, markdown, terminal
from orchestrator.review.render import json as machine
from orchestrator.review.review import review
from orchestrator.review.rules.facts.unknown import known
from tests.review import wellformed
from tests.review.clouds import cases as clouds
from tests.review.corpus import cases as corpus
from tests.review.corpus import make

REPORTED = Path(__file__).parent / "reported"
Plan = dict[str, Any]
_ACTIONS: tuple[list[str], ...] = (
    ["create"], ["update"], ["delete"], ["delete", "create"], ["create", "delete"], ["no-op"], ["read"], ["forget"], [],
)  # fmt: skip
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, float("inf"), "", "*", "0.0.0.0/0", "::/0", "\ud800", "a\x00\x1b[31m", "[]",
    "{", '{"Statement": 5}', '{"Statement": [{"Effect": null, "Action": {}, "Principal": [1]}]}', [], {}, [[]], [{}],
    [None], {"": None}, {"name": 1}, [{"name": None, "value": 3}], ["a", 1, None],
    'path "*" { capabilities = ["sudo"] }', "[" * 200, "1.2.3.4/99", "arn:aws:iam::1:role/x", "x" * 5_000,
)  # fmt: skip


@cache
def plans() -> dict[str, Plan]:
    """All plans of the tests by their names. Shared: do not change one."""
    found = {name: corpus.shown(name) for name in make.names()}
    found |= {f"{name} {it}": clouds.case(name, it).shown() for name in clouds.names() for it in clouds.VARIANTS}
    for file in sorted(REPORTED.glob("*.json")):
        if file.stem != "expected":
            found[file.stem] = parse(file.read_bytes(), file.name)
    return found


@cache
def _types() -> tuple[str, ...]:
    return (*sorted(known.named()), "acme_thing", "acme_firewall_rule", "acme_policy", "acme_lock")


def mutated(plan: Plan, chance: random.Random) -> Plan:
    """A copy of a plan with one to four things changed."""
    made = copy.deepcopy(plan)
    for _ in range(chance.choice((1, 1, 2, 4))):
        changes = made.get("resource_changes")
        entries = [it for it in changes if isinstance(it, dict)] if isinstance(changes, list) else []
        chance.choice(_WAYS if entries else _WAYS[:1])(made, entries, chance)
    return made


def _damaged(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    """Something anywhere is missing, or another value."""
    place: Any = plan
    key: Any = chance.choice([*plan] or ["format_version"])
    if "resource_changes" in plan and chance.random() < 0.8:
        key = "resource_changes"
    while key in place if isinstance(place, dict) else True:
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.1:
            break
        place, key = inner, chance.choice([*inner]) if isinstance(inner, dict) else chance.randrange(len(inner))
    if chance.random() < 0.3 and (isinstance(place, list) or key in place):
        del place[key]
    else:
        place[key] = copy.deepcopy(chance.choice(_ODD))


def _as_another_type(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    entry, type_ = chance.choice(entries), chance.choice(_types())
    entry |= {"type": type_, "address": f"{type_}.{entry.get('name')}"}


def _with_another_action(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    change = chance.choice(entries).get("change")
    if isinstance(change, dict):
        change["actions"] = list(chance.choice(_ACTIONS))


def _the_other_way_round(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    change = chance.choice(entries).get("change")
    if isinstance(change, dict):
        change["before"], change["after"] = change.get("after"), change.get("before")


def _hidden(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    change = chance.choice(entries).get("change")
    if isinstance(change, dict) and isinstance(after := change.get("after"), dict) and after:
        where = chance.choice(("after_unknown", "after_sensitive", "before_sensitive"))
        change[where] = {chance.choice([*after]): chance.choice((True, [], [True], {}, [{}], 1))}


def _twice(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    plan["resource_changes"].append(copy.deepcopy(chance.choice(entries)))


def _mixed(plan: Plan, entries: list[Plan], chance: random.Random) -> None:
    """A resource gets the values of another plan's."""
    other = plans()[chance.choice([*plans()])].get("resource_changes") or []
    if other:
        chance.choice(entries)["change"] = copy.deepcopy(chance.choice(other).get("change"))


_WAYS: tuple[Callable[[Plan, list[Plan], random.Random], None], ...] = (
    _damaged, _damaged, _as_another_type, _with_another_action, _the_other_way_round, _hidden, _twice, _mixed,
)  # fmt: skip


def outcome(plan: Plan) -> str:
    """`reviewed` or `refused`. Raises whatever else comes of it; a rule that fails is that too."""
    try:
        found = review(read(plan))
    except Failure:
        return "refused"
    failed = [item.reason for item in found.findings if "failed here with" in item.reason]
    assert not failed, failed
    for text in (terminal.render(found, width=80), markdown.render(found), html.render(found)):
        text.encode()
    wellformed.document(machine.render(found))
    assert found.coverage.changes == len(found.plan.changed)
    return "reviewed"


def tried(count: int, seed: int) -> Counter[str]:
    """What comes of so many plans."""
    chance = random.Random(seed)
    names = [*plans()]
    outcomes: Counter[str] = Counter()
    for number in range(count):
        plan = mutated(plans()[chance.choice(names)], chance)
        try:
            outcomes[outcome(plan)] += 1
        except Exception:
            outcomes["failed"] += 1
            traceback.print_exc()
            file = Path(f"mutated-{seed}-{number}.json")
            file.write_text(json.dumps(plan), encoding="utf-8")
            sys.stderr.write(f"{file} is the plan\n")
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    """Tries plans, says what came of them, and returns 1 if that was something else for one."""
    parser = argparse.ArgumentParser(prog="python -m tests.review.mutated", description=__doc__, allow_abbrev=False)
    parser.add_argument("count", type=int, nargs="?", default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    outcomes = tried(options.count, options.seed)
    sys.stdout.write(", ".join(f"{number:,} {what}" for what, number in sorted(outcomes.items())) + "\n")
    return 1 if outcomes["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
