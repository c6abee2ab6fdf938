"""Advice that can be followed in the cloud that a resource belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.review.rules.kit.change import Change

_CLOUDS = {"aws": "AWS", "google": "Google Cloud", "azurerm": "Azure"}
_PROVIDERS = {
    "awscc": "aws",
    "google-beta": "google",
    "azuread": "azurerm",
    "azapi": "azurerm",
    "azuredevops": "azurerm",
}


def cloud_of(type_: str) -> str:
    """The first word of a type's name, and of a cloud with several providers that of the usual one."""
    provider = type_.partition("_")[0]
    return _PROVIDERS.get(provider, provider)


@dataclass(frozen=True, slots=True)
class ByCloud:
    """A sentence that each cloud has in its own words; `neutral` is for all that have none."""

    neutral: str
    aws: str = ""
    google: str = ""
    azurerm: str = ""

    def of(self, type_: str) -> str:
        """The sentence for a type of resource."""
        cloud = cloud_of(type_)
        return (getattr(self, cloud) if cloud in _CLOUDS else "") or self.neutral

    def __call__(self, change: Change) -> str:
        return self.of(change.resource.type)

    @property
    def texts(self) -> Iterator[str]:
        """All of them, each with the cloud that it is for."""
        own = {cloud: text for cloud in _CLOUDS if (text := getattr(self, cloud))}
        yield from (f"{_CLOUDS[cloud]}: {text}" for cloud, text in own.items())
        if len(own) < len(_CLOUDS) or self.neutral not in own.values():
            yield f"Elsewhere: {self.neutral}" if own else self.neutral

    @property
    def together(self) -> str:
        """All of them in one line, for a rule's page."""
        return " ".join(self.texts)


TO_MACHINE = ByCloud(
    "Keep it in a private network, with a load balancer, a bastion or a VPN in front.",
    aws="Keep it in a private subnet, with a load balancer or Session Manager in front.",
    google="Keep it without an external address: a load balancer in front, Identity-Aware Proxy for SSH and RDP, and "
    "Cloud NAT for the way out.",
    azurerm="Keep it without a public address: a load balancer or Application Gateway in front, and Azure Bastion for "
    "SSH and RDP.",
)
TO_DATA = ByCloud(
    "Keep it private and reach it from inside the network or through a VPN.",
    aws="Keep it private and reach it from inside the VPC, through a VPN or Session Manager.",
    google="Keep it private: reach it from inside the VPC network, through a private address, Private Service Connect "
    "or an authorizing proxy such as the Cloud SQL Auth Proxy.",
    azurerm="Keep it private: reach it through a private endpoint or from selected subnets of a virtual network.",
)
TO_PORT = ByCloud(
    "Name the networks that need it; reach machines through a bastion or a VPN, databases from inside the network.",
    aws="Name the networks or security groups that need it; reach machines through Session Manager, databases from "
    "inside the VPC.",
    google="Name the networks, tags or service accounts that need it; reach machines through Identity-Aware Proxy "
    "(allow 35.235.240.0/20 only), databases from inside the VPC network.",
    azurerm="Name the networks, service tags or application security groups that need it; reach machines through Azure "
    "Bastion, databases from inside the virtual network.",
)
SECRET_STORE = ByCloud(
    "Put it into a secret store and refer to it there",
    aws="Put it into Secrets Manager or a SecureString parameter and refer to it (`secrets` with `valueFrom`)",
    google="Put it into Secret Manager and refer to it (`secret_key_ref` in the environment, or a mounted secret)",
    azurerm="Put it into a Key Vault and refer to it (`@Microsoft.KeyVault(SecretUri=...)` in app settings)",
)
OWN_KEY = ByCloud(
    "The customer managed key is removed: from now on the provider's own key is used, which you cannot revoke or "
    "audit.",
    aws="The customer managed key is removed: encryption continues with an AWS key, which you cannot revoke or audit.",
    google="The customer managed key is removed: encryption continues with a key of Google's, which you cannot revoke "
    "or audit.",
    azurerm="The customer managed key is removed: encryption continues with a key of Microsoft's, which you cannot "
    "revoke or audit.",
)
KEEP_KEY = ByCloud(
    "Keep the key, or say why the provider's own is enough.", aws="Keep the key, or say why AWS's is enough."
)
STORED_OBJECTS = ByCloud(
    "Keep it private; share through signed addresses or a policy that names who.",
    aws="Keep it private; share through CloudFront, a presigned URL or a policy that names who.",
    google="Keep it private; share through a signed URL, or an IAM binding that names who.",
    azurerm="Keep it private; share through a user delegation SAS, or a role assignment that names who.",
)
LEAST_ROLE = ByCloud(
    "Grant a role with only what is needed.",
    google="Grant a predefined role of the one service that is used, on the one resource that it is used on.",
    azurerm="Assign a built-in role of the one service that is used, at the resource or resource group; use Privileged "
    "Identity Management for what is needed rarely.",
)
