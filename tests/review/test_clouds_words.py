"""What is said of other clouds' resources can be followed there, and calls things by their names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchestrator.review.catalogue import BY_ID, RULES
from orchestrator.review.model import Finding
from orchestrator.review.review import findings
from orchestrator.review.rules.examples.examples import Example
from orchestrator.review.rules.examples.plans import plan_of
from orchestrator.review.rules.examples.row_examples import examples_of
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.clouds.words import TO_PORT, ByCloud, cloud_of
from tests.review.clouds import cases
from tests.review.plans import change, plan

OF_AWS = re.compile(
    r"\bAWS\b|Session Manager|CloudFront|Secrets Manager|SecureString|\bS3\b|\bEC2\b|\bARNs?\b|\baws |GuardDuty"
    r"|(?<!network )(?<!application )security group|IAM Identity Center|\bthe VPC\b(?! network)|CloudTrail|\bKMS key\b"
)
# Of these, some clouds have their own.
SHARED = {"alicloud", "digitalocean", "hcloud", "oci", "openstack", "yandex"}
SHARED_WORDS = re.compile(r"security group|\bthe VPC\b")
EXAMPLES = [
    pytest.param(example, id=f"{rule.id}-{example.type}-{getattr(row, 'path', '')}")
    for rule in RULES
    for row in rule.watches
    for example in examples_of(row)
    if not example.type.startswith("aws_")
]


def _said(found: list[Finding] | tuple[Finding, ...]) -> list[str]:
    return [f"{item.reason} {item.advice}" for item in found]


def _is_of_aws(text: str, type_: str) -> bool:
    """True if a text about a resource of this type speaks of AWS."""
    own = type_.partition("_")[0] in SHARED
    return OF_AWS.search(SHARED_WORDS.sub("", text) if own else text) is not None


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_row_speaks_of_aws_where_another_cloud_is_meant(example: Example) -> None:
    said = _said([item for item in findings(plan_of(example), RULES) if item.address == f"{example.type}.this"])
    assert said and not [text for text in said if _is_of_aws(text, example.type)]


@pytest.mark.parametrize("variant", cases.VARIANTS)
@pytest.mark.parametrize("name", cases.names())
def test_no_case_of_another_cloud_is_told_of_aws(name: str, variant: str) -> None:
    found = cases.case(name, variant).reviewed().findings
    assert not [item.reason for item in found if _is_of_aws(_said([item])[0], item.address)]


@pytest.mark.parametrize("type_", sorted(name for name in holders.KNOWN if not name.startswith("aws_")))
@pytest.mark.parametrize("replaced", ["", "name"])
def test_no_loss_of_another_cloud_is_told_of_aws(type_: str, replaced: str) -> None:
    after = {"name": "b", "tags": {}} if replaced else None
    example = Example(type_, {"name": "a", "id": "none"}, after, replaced=replaced)
    said = _said(list(findings(plan_of(example), RULES)))
    assert not [text for text in said if OF_AWS.search(text)]


@pytest.mark.parametrize(
    ("type_", "noun"),
    [
        ("azurerm_key_vault", "key vault"),
        ("azurerm_key_vault_key", "key"),
        ("azurerm_key_vault_secret", "secret"),
        ("azurerm_key_vault_certificate", "certificate"),
        ("google_kms_crypto_key", "key"),
        ("azuread_application_password", "password"),
        ("google_service_account_key", "key of a service account"),
    ],
)
def test_things_are_called_by_their_names(type_: str, noun: str) -> None:
    holder = holders.holder_of(type_)
    assert holder is not None and not holder.guessed and holder.noun == noun


def test_a_password_is_not_called_by_an_id_that_all_of_them_have() -> None:
    before = {"id": "none", "length": 24, "result": "x"}
    stays = change("random_pet.p", {"id": "p"}, {"id": "p"})
    (found,) = findings(plan(change("random_password.db", before, None), stays), [BY_ID["data-destroyed"]])
    assert found.reason.startswith("The password is destroyed")


@pytest.mark.parametrize(
    ("type_", "word"),
    [
        ("aws_security_group", "Session Manager"),
        ("google_compute_firewall", "Identity-Aware Proxy"),
        ("azurerm_network_security_rule", "Azure Bastion"),
        ("hcloud_firewall", "a bastion or a VPN"),
    ],
)
def test_each_cloud_has_its_own_words_and_others_get_neutral_ones(type_: str, word: str) -> None:
    assert word in TO_PORT.of(type_)


def test_providers_of_one_cloud_are_one_and_a_page_shows_all_words() -> None:
    assert cloud_of("azuread_application") == cloud_of("azapi_resource") == "azurerm"
    assert cloud_of("oci_core_vcn") == "oci"
    assert list(ByCloud("Any.", aws="One.").texts) == ["AWS: One.", "Elsewhere: Any."]
    assert ByCloud("Any.").together == "Any."


_PASSWORD = {"name": "DB_PASSWORD", "value": "Tr0ub4dor&3-x9"}
_CONTAINER = {"template": [{"containers": [{"env": [_PASSWORD]}]}]}
_SETTINGS = {"DB_PASSWORD": "Tr0ub4dor&3-x9"}
SECRETS: list[tuple[str, dict[str, Any], str]] = [
    ("google_cloud_run_v2_service", _CONTAINER, "Secret Manager"),
    ("azurerm_linux_web_app", {"app_settings": _SETTINGS}, "Key Vault"),
    ("nomad_job", {"env": _SETTINGS}, "a secret store"),
]


@pytest.mark.parametrize(("type_", "after", "place"), SECRETS)
def test_a_secret_is_to_be_put_where_the_cloud_keeps_them(type_: str, after: dict[str, Any], place: str) -> None:
    (found,) = findings(plan(change(f"{type_}.a", None, after)), [BY_ID["secret-in-plain-text"]])
    assert place in found.advice and "SecureString" not in found.advice
