"""What Terraform's `action_reason` means, worded in one place for findings and reports."""

from __future__ import annotations

from orchestrator.review.model import Resource
from orchestrator.review.values import shown

_KEY_LENGTH = 60
_WORDS = {
    "replace_because_cannot_update": "it cannot be changed in place",
    "replace_because_tainted": "it is tainted: it was not created completely, or `terraform taint` marked it",
    "replace_by_request": "the plan was created with -replace for it",
    "replace_by_triggers": "something named in its replace_triggered_by changes",
    "delete_because_no_resource_config": "its block is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_wrong_repetition": "its block no longer repeats in the way (count, for_each, or neither) that this "
    "address comes from",
    "delete_because_count_index": "its block's count no longer reaches [{key}]",
    "delete_because_each_key": 'its block\'s for_each no longer has the key "{key}"',
    "delete_because_no_move_target": "a `moved` block points to an address that is not in the configuration",
    "read_because_config_unknown": "it is read during apply: its configuration is not known before",
    "read_because_dependency_pending": "it is read during apply: what it depends on changes first",
}


def in_words(resource: Resource) -> str:
    """Why Terraform does this to the resource, as the rest of a sentence after "because"; empty if it says nothing."""
    return _WORDS.get(resource.action_reason, "").replace("{key}", shown(resource.index, _KEY_LENGTH))
