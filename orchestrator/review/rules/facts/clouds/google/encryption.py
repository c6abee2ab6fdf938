"""Encryption on Google Cloud, at rest and in transit."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.words import KEEP_KEY, OWN_KEY
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.comparisons import is_set, one_of
from orchestrator.review.rules.kit.rows import Row, protects

_MEDIUM = Severity.MEDIUM
_GKE = "google_container_cluster"
_SQL = "google_sql_database_instance"


def _own_key(types: str, path: str) -> Row:
    return protects(types, path, OWN_KEY, KEEP_KEY, _MEDIUM, as_long_as=is_set)


ENCRYPTION: tuple[Row, ...] = (
    _own_key(_SQL, "encryption_key_name"),
    _own_key("google_storage_bucket", "encryption.default_kms_key_name"),
    _own_key("google_bigquery_dataset", "default_encryption_configuration.kms_key_name"),
    _own_key("google_bigquery_table", "encryption_configuration.kms_key_name"),
    _own_key("google_pubsub_topic google_artifact_registry_repository", "kms_key_name"),
    _own_key("google_compute_disk", "disk_encryption_key.kms_key_self_link"),
    protects(
        _GKE,
        "database_encryption.state",
        "Secrets in the cluster are no longer encrypted with a key of your own.",
        'Leave state = "ENCRYPTED".',
        _MEDIUM,
        as_long_as=one_of("ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED"),
    ),
)
_NOT_FORCED = "Clients can connect without encryption from now on."
_KEEP_TLS = "Leave encryption in transit on; every current client supports it."
_IP = "settings.ip_configuration"
_FORCING = ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
TRANSIT: tuple[Row, ...] = (
    protects(
        _SQL,
        f"{_IP}.require_ssl",
        _NOT_FORCED,
        _KEEP_TLS,
        # The newer attribute says the same.
        unless=lambda change: at(change.resource.after, f"{_IP}.ssl_mode") in _FORCING,
    ),
    protects(_SQL, f"{_IP}.ssl_mode", _NOT_FORCED, _KEEP_TLS, as_long_as=one_of(*_FORCING)),
    protects(
        "google_redis_instance",
        "transit_encryption_mode",
        "Connections to the cache are no longer encrypted.",
        _KEEP_TLS,
        as_long_as=one_of("SERVER_AUTHENTICATION"),
    ),
    protects(
        "google_app_engine_flexible_app_version google_app_engine_standard_app_version",
        "handlers.security_level",
        "Plain HTTP is accepted from now on: traffic can be read and modified in transit.",
        _KEEP_TLS,
        as_long_as=one_of("SECURE_ALWAYS"),
    ),
    protects(
        "google_compute_url_map google_compute_region_url_map",
        "default_url_redirect.https_redirect",
        "Plain HTTP is no longer redirected to HTTPS: traffic can be read and modified in transit.",
        "Leave https_redirect on.",
    ),
)
