"""Clients that no longer have to present a certificate."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import encryption as azure_encryption
from orchestrator.review.rules.kit.comparisons import is_set, one_of
from orchestrator.review.rules.kit.rows import protects
from orchestrator.review.rules.kit.rule import Rule

RULE = Rule(
    "client-certificates-off",
    Severity.HIGH,
    "Client certificates are no longer required",
    "The certificate is what tells authorized clients from others.",
    watches=(
        *azure_encryption.CLIENT_CERTIFICATES,
        *rows_for("client-certificates-off"),
        protects(
            "aws_lb_listener",
            "mutual_authentication.mode",
            "Clients no longer have to present a certificate: anyone who reaches the listener gets in.",
            'Leave mode = "verify".',
            as_long_as=one_of("verify"),
        ),
        protects(
            "aws_api_gateway_domain_name aws_apigatewayv2_domain_name",
            "mutual_tls_authentication.truststore_uri",
            "Clients no longer have to present a certificate: anyone who reaches the API gets in.",
            "Leave mutual_tls_authentication as it is.",
            as_long_as=is_set,
        ),
    ),
    examples=(
        Fires(
            "aws_lb_listener",
            {"mutual_authentication": [{"mode": "verify"}]},
            {"mutual_authentication": [{"mode": "off"}]},
        ),
        Fires(
            "aws_apigatewayv2_domain_name",
            {"mutual_tls_authentication": [{"truststore_uri": "s3://trust/clients.pem"}]},
            {"mutual_tls_authentication": []},
        ),
        Silent("aws_lb_listener", None, {"mutual_authentication": [{"mode": "off"}]}),
    ),
)
