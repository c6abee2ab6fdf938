"""What the schema is written out as: the JSON Schema for editors, and what Terraform gets."""
