"""Logins that Azure and Entra ID no longer require, and shared keys."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.azure.openings import NEW_WEB_APPS, WEB_APPS
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.comparisons import is_set, one_of
from orchestrator.review.rules.kit.rows import Opens, Row, protects

_MEDIUM = Severity.MEDIUM
_AKS = "azurerm_kubernetes_cluster"

_V2 = "auth_settings_v2.auth_enabled"
_NO_LOGIN = "The app no longer requires a login: everybody gets through to it."
_LOGINS_OFF = "Keep it as it is, unless something in front of it requires a login."


def _keys(types: str, path: str, *, on: bool) -> Row:
    says = (
        "Shared keys are accepted again: whoever has one can do everything, and nothing tells who it was; logins "
        "through Entra ID are no longer the only way in."
    )
    advice = "Keep shared keys off, and use Entra ID with role assignments."
    if on:
        return Opens(types, path, (True,), says, advice, _MEDIUM)
    return protects(types, path, says, advice, _MEDIUM)


AUTHENTICATION: tuple[Row, ...] = (
    _keys("azurerm_storage_account", "shared_access_key_enabled", on=True),
    _keys("azurerm_cosmosdb_account azurerm_log_analytics_workspace", "local_authentication_disabled", on=False),
    _keys(
        "azurerm_ai_services azurerm_cognitive_account azurerm_eventhub_namespace azurerm_eventgrid_topic "
        "azurerm_search_service azurerm_servicebus_namespace",
        "local_auth_enabled",
        on=True,
    ),
    _keys(
        "azurerm_ai_services azurerm_eventhub_namespace azurerm_search_service", "local_authentication_enabled", on=True
    ),
    Opens(
        "azurerm_container_registry",
        "admin_enabled",
        (True,),
        "The registry's admin user is turned on: one shared password for pushing and pulling everything.",
        "Keep it off; use Entra ID with the roles AcrPull and AcrPush.",
        _MEDIUM,
        _MEDIUM,
    ),
    protects(
        _AKS,
        "local_account_disabled",
        "The cluster's local administrator is turned on again: a certificate that Entra ID cannot revoke.",
        "Leave local_account_disabled on.",
    ),
    protects(
        _AKS,
        "role_based_access_control_enabled",
        "RBAC is turned off: whoever gets in can do everything in the cluster.",
        "Leave RBAC on.",
    ),
    protects(
        _AKS,
        "azure_active_directory_role_based_access_control",
        "Logins to the cluster no longer go through Entra ID.",
        "Keep the block.",
        as_long_as=is_set,
    ),
    protects(
        "azurerm_mssql_server",
        "azuread_administrator.azuread_authentication_only",
        "Logins with a password are accepted again, not only those of Entra ID.",
        "Leave azuread_authentication_only on.",
        _MEDIUM,
    ),
    Opens(
        "azurerm_postgresql_flexible_server",
        "authentication.password_auth_enabled",
        (True,),
        "Logins with a password are accepted again, not only those of Entra ID.",
        "Leave password_auth_enabled off.",
        _MEDIUM,
    ),
    *(
        Opens(
            NEW_WEB_APPS,
            name,
            (True,),
            "Deployments with a user name and password are accepted again.",
            "Keep it off, and deploy through Entra ID.",
            _MEDIUM,
        )
        for name in ("ftp_publish_basic_authentication_enabled", "webdeploy_publish_basic_authentication_enabled")
    ),
    *(
        protects(WEB_APPS, path, _NO_LOGIN, _LOGINS_OFF)
        for path in ("auth_settings.enabled", "auth_settings_v2.auth_enabled")
    ),
    protects(
        WEB_APPS,
        "auth_settings_v2.require_authentication",
        _NO_LOGIN,
        _LOGINS_OFF,
        # The row before says it.
        unless=lambda change: at(change.resource.before, _V2) is True and at(change.resource.after, _V2) is not True,
    ),
    protects(
        "azurerm_linux_virtual_machine azurerm_linux_virtual_machine_scale_set",
        "disable_password_authentication",
        "Logins over SSH with a password are accepted again.",
        "Leave it on, and log in with keys or through Entra ID.",
        _MEDIUM,
    ),
    protects(
        "azuread_conditional_access_policy",
        "state",
        "The conditional access policy is no longer enforced: what it required or blocked at sign-in is open.",
        'Leave state = "enabled".',
        as_long_as=one_of("enabled"),
    ),
)
