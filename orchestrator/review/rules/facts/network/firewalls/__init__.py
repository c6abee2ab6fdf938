"""Firewall rules as Terraform's resources hold them, one module per cloud."""
