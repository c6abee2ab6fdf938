"""The schema of service.yaml: every key once, with its type, limits, default and description.

From it come the checks of a manifest with file and line, the JSON Schema for editors, the reference page, and the type
of what Terraform gets. The model is in service.py; a new key is a new field there.
"""
