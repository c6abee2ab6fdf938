"""Azure and Entra ID. Attributes as in hashicorp/azurerm 3.x and 4.x, and hashicorp/azuread 2.x and 3.x."""
