"""Terraform's commands, variables and events."""
