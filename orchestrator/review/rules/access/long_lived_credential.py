"""Credentials that do not expire."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.words import ByCloud
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_LONG_LIVED = {
    "aws_iam_access_key": "an access key that does not expire, with its secret in Terraform's state",
    "aws_iam_user_login_profile": "a password for the console, in Terraform's state",
    "aws_iam_service_specific_credential": "a password that does not expire, in Terraform's state",
}
_LONG_LIVED |= {
    "google_service_account_key": "a key of a service account that does not expire, with its private part in "
    "Terraform's state",
    "google_storage_hmac_key": "an access key for Cloud Storage that does not expire, with its secret in Terraform's "
    "state",
    **dict.fromkeys(
        ("azuread_application_password", "azuread_service_principal_password"),
        "a password of an application, valid for years unless its end_date says otherwise, in Terraform's state",
    ),
}
_ADVICE = ByCloud(
    "Use credentials that expire: an identity of the workload, or a token that is fetched when it is needed.",
    aws="Have a role assumed instead: by a service, through OIDC or IAM Identity Center.",
    google="Attach the service account to the workload, or use Workload Identity Federation from outside.",
    azurerm="Use a managed identity, or a federated credential from outside.",
)


def _long_lived(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.created and resource.before is None:
        yield Finding(
            "long-lived-credential",
            Severity.MEDIUM,
            resource.address,
            f"Creates {_LONG_LIVED[resource.type]}.",
            _ADVICE.of(resource.type),
        )


RULE = Rule(
    "long-lived-credential",
    Severity.MEDIUM,
    "A credential that does not expire is created",
    "Keys and passwords leak and stay valid, and Terraform's state holds them in plain text.",
    looks=_long_lived,
    watches=(*rows_for("long-lived-credential"), Reads(" ".join(_LONG_LIVED))),
    fix=_ADVICE.together,
    examples=(
        Fires("aws_iam_access_key", None, {"user": "ci"}),
        Fires("google_service_account_key", None, {"service_account_id": "ci"}),
        Fires("azuread_application_password", None, {"application_id": "/applications/1111"}),
        Silent("aws_iam_access_key", {"user": "ci", "status": "Active"}, {"user": "ci", "status": "Inactive"}),
    ),
)
