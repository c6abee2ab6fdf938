"""Attributes that hold a secret and that the provider does not mark: they are marked before anything is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from orchestrator.review.rules.facts.secret_shapes import is_secret_name

# Of hashicorp/aws 5.100.0: what AWS makes for a resource and lets in whoever has it.
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "aws_lightsail_bucket_access_key": ("secret_access_key",),
    "aws_lightsail_key_pair": ("private_key",),
    "aws_ssm_activation": ("activation_code",),
}

_CHANNEL = ("bundle_id", "certificate", "team_id", "token_key_id")
# What hashicorp/aws 5.100.0 and widely used providers mark and what has no telling name, in blocks as well.
UNTOLD: Mapping[str, tuple[str, ...]] = {
    "aws_api_gateway_api_key": ("value",),
    "aws_appconfig_configuration_profile": ("content",),
    "aws_appconfig_hosted_configuration_version": ("content",),
    "aws_appsync_api_key": ("key",),
    "aws_cloudwatch_event_connection": ("value",),
    "aws_directory_service_shared_directory": ("notes",),
    "aws_dms_certificate": ("certificate_pem", "certificate_wallet"),
    "aws_elasticache_user": ("passwords",),
    "aws_elasticsearch_domain_saml_options": ("master_user_name",),
    "aws_glue_connection": ("athena_properties", "connection_properties"),
    "aws_grafana_workspace_api_key": ("key",),
    "aws_grafana_workspace_service_account_token": ("key",),
    "aws_iot_ca_certificate": ("ca_certificate_pem", "verification_certificate_pem"),
    "aws_iot_certificate": ("ca_pem", "certificate_pem", "public_key"),
    "aws_kms_ciphertext": ("plaintext",),
    "aws_kms_external_key": ("key_material_base64",),
    "aws_kms_replica_external_key": ("key_material_base64",),
    "aws_memorydb_user": ("passwords",),
    "aws_mwaa_environment": ("airflow_configuration_options",),
    "aws_opensearch_domain_saml_options": ("master_user_name",),
    "aws_pinpoint_adm_channel": ("client_id",),
    "aws_pinpoint_apns_channel": _CHANNEL,
    "aws_pinpoint_apns_sandbox_channel": _CHANNEL,
    "aws_pinpoint_apns_voip_channel": _CHANNEL,
    "aws_pinpoint_apns_voip_sandbox_channel": _CHANNEL,
    "aws_pinpoint_gcm_channel": ("service_json",),
    "aws_quicksight_data_source": ("username",),
    "aws_redshiftserverless_namespace": ("admin_username",),
    "aws_s3_object_copy": ("customer_key", "kms_encryption_context", "kms_key_id", "source_customer_key"),
    "aws_sns_platform_application": ("platform_principal",),
    "aws_ssm_maintenance_window_task": ("payload", "input"),
    "aws_ssm_parameter": ("value",),
    "aws_transfer_certificate": ("certificate", "certificate_chain"),
    "aws_transfer_server": ("host_key",),
    "aws_vpn_connection": ("customer_gateway_configuration", "tunnel1_preshared_key", "tunnel2_preshared_key"),
    "azurerm_key_vault_secret": ("value",),
    "github_actions_secret": ("plaintext_value",),
    "kubernetes_secret": ("data", "binary_data"),
    "random_password": ("result", "bcrypt_hash"),
    "vault_generic_secret": ("data_json", "data"),
}


def marked(shown: Mapping[str, Any], *, unreliable: bool = False) -> dict[str, Any]:
    """The output of `terraform show -json` with those attributes marked as Terraform marks what is sensitive.

    `unreliable` is for the formats of Terraform before 1.1, whose marks are missing or incomplete: what the name of an
    attribute or the configuration of an output says is marked as well.
    """
    lists = {
        name: [_marked(item, unreliable) for item in shown.get(name) or ()]
        for name in ("resource_changes", "resource_drift")
    }
    outputs = {"output_changes": _outputs(shown)} if unreliable and shown.get("output_changes") else {}
    return {**shown, **lists, **outputs}


def _marked(item: Mapping[str, Any], unreliable: bool) -> Mapping[str, Any]:
    names = ATTRIBUTES.get(item["type"], ())
    if not names and not unreliable:
        return item
    change = dict(item["change"])
    for side in ("before", "after"):
        key = f"{side}_sensitive"
        if change.get(key) is True:
            continue
        tree = change.get(key)
        by_name = _by_name(change.get(side), tree, UNTOLD.get(item["type"], ())) if unreliable else tree
        change[key] = {**(by_name or {}), **dict.fromkeys(names, True)}
    return {**item, "change": change}


def _by_name(value: Any, tree: Any, untold: Collection[str]) -> Any:
    """The tree with a mark at what is `untold` and at every text whose name says that it is secret, in blocks as well.

    Not in maps: what somebody calls a variable of a function's environment is no attribute of a provider. The rules of
    secrets look there.
    """
    if isinstance(value, list):
        trees = tree if isinstance(tree, list) and len(tree) == len(value) else [tree] * len(value)
        return [_by_name(one, inner, untold) for one, inner in zip(value, trees, strict=True)]
    if not isinstance(value, Mapping) or tree is True:
        return tree
    known = tree if isinstance(tree, Mapping) else {}
    return {**known, **{name: _of_attribute(name, inner, known.get(name), untold) for name, inner in value.items()}}


def _of_attribute(name: str, value: Any, tree: Any, untold: Collection[str]) -> Any:
    if name in untold or (isinstance(value, str) and (is_secret_name(name) or name.endswith("connection_string"))):
        return True
    is_blocks = isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
    return _by_name(value, tree, untold) if is_blocks else tree


def _outputs(shown: Mapping[str, Any]) -> dict[str, Any]:
    configured = ((shown.get("configuration") or {}).get("root_module") or {}).get("outputs") or {}
    return {
        name: {**change, "before_sensitive": True, "after_sensitive": True}
        if (configured.get(name) or {}).get("sensitive") or is_secret_name(name)
        else change
        for name, change in shown["output_changes"].items()
    }
