"""Google Cloud's IAM: who has which role on what, in each of the provider's four forms.

`google_*_iam_member` adds one member to a role; `_iam_binding` says who has a role, and nobody else has; `_iam_policy`
is the whole of it; `_iam_audit_config` says what is recorded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.reading.json_text import decoded
from orchestrator.review.rules.kit.attributes import blocks
from orchestrator.review.rules.kit.per_plan import per_plan, per_resource
from orchestrator.review.values import UNKNOWN, Sensitive

_HOLDERS = """
access_context_manager_access_policy api_gateway_api api_gateway_api_config api_gateway_gateway apigee_environment
artifact_registry_repository bigquery_analytics_hub_data_exchange bigquery_analytics_hub_listing bigquery_connection
bigquery_datapolicy_data_policy bigquery_dataset bigquery_table bigtable_instance bigtable_table billing_account
binary_authorization_attestor cloud_run_service cloud_run_v2_job cloud_run_v2_service cloud_run_v2_worker_pool
cloud_tasks_queue cloudbuildv2_connection clouddeploy_custom_target_type clouddeploy_delivery_pipeline
clouddeploy_target
cloudfunctions2_function cloudfunctions_function colab_runtime_template compute_backend_bucket compute_backend_service
compute_disk compute_image compute_instance compute_instance_template compute_machine_image
compute_region_backend_service compute_region_disk compute_snapshot compute_storage_pool compute_subnetwork
container_analysis_note data_catalog_entry_group data_catalog_policy_tag data_catalog_tag_template data_catalog_taxonomy
data_fusion_instance dataform_repository dataplex_aspect_type dataplex_asset dataplex_datascan dataplex_entry_group
dataplex_entry_type dataplex_glossary dataplex_lake dataplex_task dataplex_zone dataproc_autoscaling_policy
dataproc_cluster dataproc_job dataproc_metastore_database dataproc_metastore_federation dataproc_metastore_service
dataproc_metastore_table dns_managed_zone endpoints_service endpoints_service_consumers folder gemini_repository_group
gke_backup_backup_plan gke_backup_restore_plan gke_hub_feature gke_hub_membership gke_hub_scope healthcare_consent_store
healthcare_dataset healthcare_dicom_store healthcare_fhir_store healthcare_hl7_v2_store iam_workload_identity_pool
iam_workforce_pool iap_app_engine_service iap_app_engine_version iap_tunnel iap_tunnel_dest_group iap_tunnel_instance
iap_web iap_web_backend_service iap_web_cloud_run_service iap_web_forwarding_rule_service iap_web_region_backend_service
iap_web_region_forwarding_rule_service iap_web_type_app_engine iap_web_type_compute kms_crypto_key kms_ekm_connection
kms_key_ring logging_log_view network_security_address_group notebooks_instance notebooks_runtime organization
privateca_ca_pool privateca_certificate_template project pubsub_schema pubsub_subscription pubsub_topic
runtimeconfig_config scc_source scc_v2_organization_source secret_manager_regional_secret secret_manager_secret
secure_source_manager_instance secure_source_manager_repository service_account service_directory_namespace
service_directory_service sourcerepo_repository spanner_database spanner_instance storage_bucket storage_managed_folder
tags_tag_key tags_tag_value vertex_ai_endpoint vertex_ai_feature_group vertex_ai_feature_online_store
vertex_ai_featurestore vertex_ai_featurestore_entitytype workbench_instance workstations_workstation
workstations_workstation_config
"""
HOLDERS = tuple(_HOLDERS.split())
WHOLE = ("project", "folder", "organization", "billing_account")
"""What contains everything else: a role there holds for all of it."""

WHO = {"allUsers": "Everybody on the internet", "allAuthenticatedUsers": "Everybody with a Google account"}
OWNER = "roles/owner"
A_ROLE = "a role that the plan does not tell"
_KIND = re.compile(r"google_(.+)_iam_(member|binding|policy)$")
_NOT_ITS_PLACE = frozenset(("id", "etag", "role", "member", "members", "policy_data", "condition", "timeouts"))


def _types(*kinds: str) -> str:
    return " ".join(f"google_{holder}_iam_{kind}" for holder in HOLDERS for kind in kinds)


GRANTED = _types("member", "binding")
POLICIES = _types("policy")
TYPES = frozenset((*GRANTED.split(), *POLICIES.split()))
ON_WHOLE = frozenset(f"google_{holder}_iam_{kind}" for holder in WHOLE for kind in ("member", "binding", "policy"))
ON_ACCOUNT = frozenset(f"google_service_account_iam_{kind}" for kind in ("member", "binding", "policy"))
ON_ONE = TYPES - ON_WHOLE - ON_ACCOUNT


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One member has one role, under a condition if there is one. What is not known yet is empty."""

    role: str
    member: str
    condition: str = ""

    def __str__(self) -> str:
        until = f" while {self.condition}" if self.condition else ""
        return f"{self.member or 'a member known only after apply'} as {self.role or A_ROLE}{until}"

    @property
    def everybody(self) -> bool:
        return self.member in WHO


def holder_of(type_: str) -> str:
    """What a role is granted on: `storage_bucket` of `google_storage_bucket_iam_member`."""
    found = _KIND.match(type_)
    return found[1] if found else ""


def kind_of(type_: str) -> str:
    """`member`, `binding` or `policy`."""
    found = _KIND.match(type_)
    return found[2] if found else ""


def is_whole(type_: str) -> bool:
    """True if the role holds for a project, folder, organization or billing account."""
    return holder_of(type_) in WHOLE


def gained(resource: Resource, plan: Plan) -> list[Grant]:
    """What is granted and was not, by this resource or another on the same thing."""
    if resource.action is Action.FORGET or resource.after is None:
        return []
    before, after = _sides(resource, plan)
    if before is None or after is None:
        return []
    had = before | _beside(resource, plan, 0)
    for_all = {(grant.role, grant.condition) for grant in had if grant.everybody}
    return sorted(grant for grant in after - had if grant.everybody or (grant.role, grant.condition) not in for_all)


def lost(resource: Resource, plan: Plan) -> list[Grant]:
    """What is no longer granted, by this resource or another on the same thing."""
    if resource.action is Action.FORGET:
        return []
    before, after = _sides(resource, plan)
    if before is None or after is None:
        return []
    return sorted(before - after - _beside(resource, plan, 1))


@per_resource
def _sides(resource: Resource, plan: Plan) -> tuple[frozenset[Grant] | None, frozenset[Grant] | None]:
    return grants(resource.type, resource.before), grants(resource.type, _read_late(resource, plan))


def grants(type_: str, values: Mapping[str, Any] | None) -> frozenset[Grant] | None:
    """Who has which role by one side of a resource; None if that is not known."""
    if values is None:
        return frozenset()
    if kind_of(type_) != "policy":
        role = values.get("role")
        members = [values.get("member")] if kind_of(type_) == "member" else values.get("members")
        if isinstance(members, Sensitive):
            return None
        role = role if isinstance(role, str) else ""
        return frozenset(_each(role, [""] if members is UNKNOWN else members, values.get("condition")))
    policy = values.get("policy_data")
    if isinstance(policy, Mapping):
        return _of_bindings(policy.get("binding"))
    read = decoded(policy) if isinstance(policy, str) else None
    return _of_bindings(read.get("bindings")) if isinstance(read, Mapping) else None


def audited(values: Mapping[str, Any] | None) -> dict[tuple[str, str], frozenset[str]] | None:
    """What a policy or an audit config records: service and kind of access, with who is left out. None if unknown."""
    if values is None:
        return {}
    if "policy_data" not in values:
        return _of_audits([values], "audit_log_config")
    policy = values.get("policy_data")
    if isinstance(policy, Mapping):
        return _of_audits(policy.get("audit_config"), "audit_log_configs")
    read = decoded(policy) if isinstance(policy, str) else None
    return _of_audits(read.get("auditConfigs"), "auditLogConfigs") if isinstance(read, Mapping) else None


def _of_audits(configs: Any, inner: str) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (str(config.get("service")), str(log.get("log_type", log.get("logType")))): frozenset(
            str(name) for name in _list(log.get("exempted_members", log.get("exemptedMembers")))
        )
        for config in blocks({"it": configs}, "it")
        for log in blocks(config, inner)
    }


def _of_bindings(bindings: Any) -> frozenset[Grant] | None:
    if bindings is UNKNOWN or isinstance(bindings, Sensitive):
        return None
    return frozenset(
        grant
        for binding in blocks({"it": bindings}, "it")
        if isinstance(role := binding.get("role"), str)
        for grant in _each(role, binding.get("members"), binding.get("condition"))
    )


def _each(role: str, members: Any, condition: Any) -> Iterator[Grant]:
    block = condition[0] if isinstance(condition, list | tuple) and condition else condition
    text = block.get("expression") if isinstance(block, Mapping) else None
    for member in _list(members):
        yield Grant(role, member if isinstance(member, str) else "", text if isinstance(text, str) else "")


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else ()


def later(resource: Resource, plan: Plan) -> Mapping[str, Any] | None:
    """The values with the blocks of the data source that a policy known only after apply takes its text from."""
    return _read_late(resource, plan)


def is_read_late(resource: Resource, plan: Plan) -> bool:
    """True if a policy that is known only after apply could be read from its data source."""
    return resource.type in TYPES and _read_late(resource, plan) is not resource.after


def _read_late(resource: Resource, plan: Plan) -> Mapping[str, Any] | None:
    after = resource.after
    if after is None or after.get("policy_data") is not UNKNOWN:
        return after
    name = dict(resource.documents).get("policy_data")
    if name:
        found = [item for item in _sources(plan) if without_keys(item.address) == name]
        if len(found) > 1:
            found = [item for item in found if item.index == resource.index and item.module == resource.module]
    elif resource.configured is None:
        # The plan came without its configuration: the only one there is, or that of the same name.
        found = [item for item in _sources(plan) if item.module == resource.module]
        if len(found) > 1:
            found = [item for item in found if item.name == resource.name and item.index == resource.index]
    else:
        found = []
    return {**after, "policy_data": found[0].after} if len(found) == 1 else after


@per_plan
def _sources(plan: Plan) -> list[Resource]:
    return [item for item in plan.resources if not item.managed and item.type == "google_iam_policy" and item.after]


def _place(type_: str, values: Mapping[str, Any]) -> tuple[object, ...]:
    # The provider writes `b/reports` where the configuration has `reports`.
    named = {
        (key, value.rpartition("/")[2])
        for key, value in values.items()
        if isinstance(value, str) and key not in _NOT_ITS_PLACE
    }
    return holder_of(type_), frozenset(named)


def _beside(resource: Resource, plan: Plan, side: int) -> frozenset[Grant]:
    """What the other resources on the same thing grant, before (0) or after (1)."""
    place = _place(resource.type, resource.after or resource.before or {})
    return frozenset(
        grant for other, found in _granted(plan)[side].get(place, ()) if other is not resource for grant in found
    )


@per_plan
def _granted(plan: Plan) -> tuple[Mapping[tuple[object, ...], list[tuple[Resource, frozenset[Grant]]]], ...]:
    sides: tuple[dict[tuple[object, ...], list[tuple[Resource, frozenset[Grant]]]], ...] = (
        defaultdict(list),
        defaultdict(list),
    )
    for item in plan.resources:
        if item.managed and item.type in TYPES:
            for side, values in zip(sides, (item.before, item.after), strict=True):
                if values is not None:
                    side[_place(item.type, values)].append((item, grants(item.type, values) or frozenset()))
    return sides
