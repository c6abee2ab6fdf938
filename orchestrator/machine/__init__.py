"""This machine: container engine, base image, Terraform's providers, virtual environments."""
