"""Builds the images, pushes them, applies Terraform with them and stays until the new version is proven live."""
