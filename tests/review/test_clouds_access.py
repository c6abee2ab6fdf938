"""Who gets access on Google Cloud and Azure: what is new, what only moves, and what is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.model import Finding
from orchestrator.review.reading.reading import read
from orchestrator.review.review import review
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from tests.review.plans import change

ANN, BOB = "user:ann@example.com", "user:bob@example.com"
STAYS = change("google_project_service.run", {"service": "run.googleapis.com"}, {"service": "run.googleapis.com"})


def found(*changes: dict[str, Any], configuration: dict[str, Any] | None = None) -> tuple[Finding, ...]:
    shown = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [*changes, STAYS],
        "configuration": configuration or {},
    }
    return review(read(shown)).findings


def said(*changes: dict[str, Any], **more: Any) -> list[str]:
    return [f"{item.severity} {item.rule}" for item in found(*changes, **more)]


def policy(*bindings: tuple[str, list[str]], **more: Any) -> str:
    return json.dumps({"bindings": [{"role": role, "members": members} for role, members in bindings], **more})


def project(policy_data: str | None) -> dict[str, Any]:
    return {"project": "shop"} | ({} if policy_data is None else {"policy_data": policy_data})


def member(role: str, who: str, **more: Any) -> dict[str, Any]:
    return {"project": "shop", "role": role, "member": who, **more}


def test_a_policy_that_is_only_written_otherwise_changes_nothing() -> None:
    before = policy(("roles/owner", [ANN]), ("roles/viewer", [BOB]))
    after = json.dumps(json.loads(policy(("roles/viewer", [BOB]), ("roles/owner", [ANN]))), indent=2)
    assert said(change("google_project_iam_policy.p", project(before), project(after))) == []


def test_an_owner_that_moves_to_another_resource_is_neither_new_nor_lost() -> None:
    binding = {"project": "shop", "role": "roles/owner", "members": [ANN]}
    moved = change("google_project_iam_binding.b", binding, None)
    assert said(moved, change("google_project_iam_member.m", None, member("roles/owner", ANN))) == []
    assert said(moved) == ["high locked-out"]


def test_an_owner_of_another_project_is_new_all_the_same() -> None:
    elsewhere = member("roles/owner", ANN) | {"project": "blog"}
    same = change("google_project_iam_member.old", elsewhere, elsewhere)
    assert said(same, change("google_project_iam_member.m", None, member("roles/owner", ANN))) == ["critical iam-admin"]


def test_a_condition_makes_it_less_bad_and_is_told() -> None:
    until = [{"title": "until", "expression": 'request.time < timestamp("2027-01-01T00:00:00Z")'}]
    (one,) = found(change("google_project_iam_member.m", None, member("roles/editor", ANN, condition=until)))
    assert str(one.severity) == "medium" and "while request.time" in one.reason


def test_a_member_that_is_not_known_yet_becomes_an_owner_all_the_same() -> None:
    after = {"project": "shop", "role": "roles/owner"}
    (one,) = found(change("google_project_iam_member.m", None, after, unknown={"member": True}))
    assert one.rule == "iam-admin" and "a member known only after apply as roles/owner" in one.reason


@pytest.mark.parametrize("holder", google_iam.HOLDERS)
def test_everybody_is_told_of_on_anything_in_each_form(holder: str) -> None:
    for kind, after in (
        ("member", {"role": "roles/viewer", "member": "allUsers"}),
        ("binding", {"role": "roles/viewer", "members": [ANN, "allAuthenticatedUsers"]}),
        ("policy", {"policy_data": policy(("roles/viewer", ["allUsers"]))}),
    ):
        assert "critical resource-public" in said(change(f"google_{holder}_iam_{kind}.x", None, after))


def test_who_could_before_like_everybody_is_not_new_when_only_they_may() -> None:
    binding = {"bucket": "b", "role": "roles/storage.objectViewer", "members": ["allUsers"]}
    narrower = binding | {"members": [ANN]}
    assert said(change("google_storage_bucket_iam_binding.b", binding, narrower)) == []


def test_a_policy_that_is_created_tells_that_it_replaces_what_is_there() -> None:
    after = project(policy(("roles/viewer", [ANN])))
    (one,) = found(change("google_project_iam_policy.p", None, after))
    assert (str(one.severity), one.rule) == ("medium", "locked-out") and "service agents included" in one.reason
    assert said(change("google_project_iam_policy.p", None, after, unknown={"project": True})) == []


def test_a_policy_that_cannot_be_read_is_told_of() -> None:
    before = project(policy(("roles/owner", [ANN])))
    later = change("google_project_iam_policy.p", before, project(None), unknown={"policy_data": True})
    assert said(later) == ["medium not-judgeable"]


def _data(name: str, *bindings: tuple[str, list[str]]) -> dict[str, Any]:
    blocks = [{"role": role, "members": members, "condition": []} for role, members in bindings]
    made = change(f"data.google_iam_policy.{name}", None, {"binding": blocks}, unknown={"policy_data": True})
    return {**made, "mode": "data", "change": {**made["change"], "actions": ["read"]}}


def test_a_policy_known_later_is_read_from_the_data_source_that_the_configuration_names() -> None:
    reference = {"references": ["data.google_iam_policy.strong.policy_data", "data.google_iam_policy.strong"]}
    blocks = [
        {"address": "google_project_iam_policy.p", "expressions": {"policy_data": reference}},
        {"address": "data.google_iam_policy.strong"},
        {"address": "data.google_iam_policy.weak"},
    ]
    later = change("google_project_iam_policy.p", project(policy()), project(None), unknown={"policy_data": True})
    weak, strong = _data("weak", ("roles/viewer", [ANN])), _data("strong", ("roles/owner", [BOB]))
    told = said(later, weak, strong, configuration={"root_module": {"resources": blocks}})
    assert told == ["critical iam-admin"]
    assert said(later, weak, strong) == ["medium not-judgeable"]


def test_audit_logs_of_a_policy_are_compared_too() -> None:
    logs = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}, {"logType": "DATA_WRITE"}]}]
    fewer = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": [BOB]}]}]
    before, after = (project(policy(auditConfigs=configs)) for configs in (logs, fewer))
    (one,) = found(change("google_project_iam_policy.p", before, after))
    assert (str(one.severity), one.rule) == ("high", "audit-off") and "DATA_WRITE of allServices" in one.reason
    assert said(change("google_project_iam_policy.p", after, before)) == []


def test_an_audit_config_that_is_renamed_records_the_same() -> None:
    config = {"project": "shop", "service": "allServices", "audit_log_config": [{"log_type": "DATA_READ"}]}
    gone = change("google_project_iam_audit_config.a", config, None)
    assert said(gone) == ["high audit-off"]
    assert said(gone, change("google_project_iam_audit_config.b", None, config)) == []


ASSIGNMENT = {"scope": "/subscriptions/0000", "principal_id": "1111", "principal_type": "Group"}


@pytest.mark.parametrize(
    ("scope", "role", "severity"),
    [
        ("/subscriptions/0000", "Owner", "critical"),
        ("/providers/Microsoft.Management/managementGroups/all", "user access administrator", "critical"),
        ("/", "Owner", "critical"),
        ("/subscriptions/0000", "Contributor", "high"),
        ("/subscriptions/0000/resourceGroups/shop", "Owner", "high"),
        ("/subscriptions/0000/resourceGroups/shop", "Contributor", "medium"),
        ("/subscriptions/0000/resourceGroups/shop/providers/Microsoft.Web/sites/shop", "Contributor", "low"),
        ("/subscriptions/0000/resourceGroups/shop", "Key Vault Administrator", "medium"),
        ("/subscriptions/0000", "Reader", ""),
    ],
)
def test_a_role_of_azure_weighs_by_where_it_holds(scope: str, role: str, severity: str) -> None:
    after = ASSIGNMENT | {"scope": scope, "role_definition_name": role}
    told = said(change("azurerm_role_assignment.a", None, after))
    assert told == ([f"{severity} iam-admin"] if severity else [])


def test_an_assignment_under_another_address_is_nothing_new() -> None:
    owner = ASSIGNMENT | {"role_definition_name": "Owner"}
    gone, made = change("azurerm_role_assignment.a", owner, None), change("azurerm_role_assignment.b", None, owner)
    assert said(gone, made) == []
    assert said(change("azurerm_role_assignment.a", owner, owner | {"description": "why"})) == []


def test_an_assignment_with_a_condition_weighs_less() -> None:
    limited = ASSIGNMENT | {"role_definition_name": "Owner", "condition": "(...)"}
    assert said(change("azurerm_role_assignment.a", None, limited)) == ["high iam-admin"]


def test_a_role_for_everything_but_access_is_told_as_that() -> None:
    permissions = [{"actions": ["*"], "not_actions": ["Microsoft.Authorization/*"]}]
    after = {"name": "Nearly all", "permissions": permissions}
    (one,) = found(change("azurerm_role_definition.r", None, after))
    assert str(one.severity) == "high" and "but for what not_actions names" in one.reason
    whole = after | {"permissions": [{"actions": ["*"], "not_actions": []}]}
    assert said(change("azurerm_role_definition.r", None, whole)) == ["critical iam-admin"]


def test_a_lock_goes_without_a_word_with_what_it_is_on() -> None:
    group = {"id": "/subscriptions/0/resourceGroups/shop", "name": "shop", "location": "westeurope"}
    lock = {"name": "shop", "scope": group["id"], "lock_level": "CanNotDelete"}
    gone = change("azurerm_management_lock.l", lock, None)
    assert said(gone) == ["high protection-off"]
    assert said(gone, change("azurerm_resource_group.g", group, None)) == ["critical data-destroyed"]


def test_an_application_that_purges_from_its_first_day_is_worth_a_word() -> None:
    after = {"object_id": "1111", "secret_permissions": ["Get", "Purge"]}
    assert said(change("azurerm_key_vault_access_policy.p", None, after)) == ["low resource-policy-widened"]
    assert said(change("azurerm_key_vault_access_policy.p", None, after | {"secret_permissions": ["Get"]})) == []


def test_an_owner_of_a_subscription_who_is_none_any_more_is_told_of() -> None:
    owner = ASSIGNMENT | {"role_definition_name": "Owner"}
    gone = change("azurerm_role_assignment.a", owner, None)
    (one,) = found(gone)
    assert (str(one.severity), one.rule) == ("medium", "locked-out") and "to 1111" in one.reason
    reader = change("azurerm_role_assignment.a", owner | {"role_definition_name": "Reader"}, None)
    assert said(reader) == said(gone, change("azurerm_role_assignment.b", None, owner)) == []


def test_an_agent_of_google_that_loses_its_role_is_told_of() -> None:
    agent = "serviceAccount:service-42@container-engine-robot.iam.gserviceaccount.com"
    role = "roles/container.serviceAgent"
    before, after = project(policy((role, [agent]))), project(policy(("roles/viewer", [ANN])))
    told = said(change("google_project_iam_policy.p", before, after))
    assert told == ["medium locked-out", "low iam-access-widened"]


def test_the_same_bucket_is_known_by_either_of_its_names() -> None:
    before = {"bucket": "b/reports", "role": "roles/storage.objectViewer", "member": "allUsers"}
    moved = change("google_storage_bucket_iam_member.a", before, None)
    assert said(moved, change("google_storage_bucket_iam_member.b", None, before | {"bucket": "reports"})) == []


def test_an_application_that_owns_the_objects_of_one_bucket_is_nothing_to_tell() -> None:
    after = {"bucket": "reports", "role": "roles/storage.objectAdmin", "member": "serviceAccount:app@example.com"}
    assert said(change("google_storage_bucket_iam_member.a", None, after)) == []
    whole = after | {"role": "roles/storage.admin"}
    assert said(change("google_storage_bucket_iam_member.a", None, whole)) == ["low resource-policy-widened"]


def test_network_rules_that_are_destroyed_refuse_nobody_any_more() -> None:
    rules = {"storage_account_id": "/subscriptions/0/s", "default_action": "Deny", "bypass": ["AzureServices"]}
    assert said(change("azurerm_storage_account_network_rules.r", rules, None)) == ["high public-address"]
    assert said(change("azurerm_storage_account_network_rules.r", rules | {"default_action": "Allow"}, None)) == []
