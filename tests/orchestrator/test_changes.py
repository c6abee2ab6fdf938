"""What a plan changes, from the output of `terraform show -json`."""

from __future__ import annotations

import json

from orchestrator import changes


def resource(address, actions, before=None, after=None, type_="aws_s3_bucket", unknown=None):
    return {
        "address": address,
        "mode": "managed",
        "type": type_,
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}},
    }


def definition(address, before, after):
    def values(image):
        return {"container_definitions": json.dumps([{"name": "words", "image": image}])} if image else None

    actions = ["create"] if before is None else ["delete", "create"]
    return resource(address, actions, values(before), values(after), changes.TASK_DEFINITION)


def test_a_replacement_counts_once_and_reads_count_nothing():
    plan = {
        "resource_changes": [
            resource("a", ["create"]),
            resource("b", ["update"], {"x": 1, "y": 1, "z": 1}, {"x": 2, "y": 1}, unknown={"z": True}),
            resource("c", ["delete", "create"]),
            resource("d", ["create", "delete"]),
            resource("e", ["delete"]),
            resource("f", ["no-op"]),
            {**resource("data.g", ["read"]), "mode": "data"},
        ]
    }
    found = changes.read(plan)
    assert dict(found.counts) == {"add": 1, "change": 1, "replace": 2, "destroy": 1}
    assert found.summary() == "1 to add, 1 to change, 2 to replace, 1 to destroy"
    assert list(found.lines()) == ["  + a", "  ~ b (x)", "  ± c", "  ± d", "  - e"]


def test_a_new_image_is_told_as_a_deploy():
    old, new = f"repo@sha256:{'a' * 64}", f"repo@sha256:{'b' * 64}"
    found = changes.read({"resource_changes": [definition("td", old, new)]})
    assert [str(deploy) for deploy in found.deploys] == ["words  aaaaaaaaaaaa -> bbbbbbbbbbbb"]
    first = changes.read({"resource_changes": [definition("td", None, new)]})
    assert [str(deploy) for deploy in first.deploys] == ["words  nothing -> bbbbbbbbbbbb"]


def test_a_plan_without_changes():
    found = changes.read({})
    assert not list(found.lines())
    assert changes.to_json(found) == {"add": 0, "change": 0, "replace": 0, "destroy": 0, "deploys": []}
