"""Plan JSON in, findings and reports out. Works on any Terraform plan and knows nothing of deploying."""
