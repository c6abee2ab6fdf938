# Imported from copilot/environments/prod/manifest.yml.
# What is not set here has the default of terraform/environment/variables.tf.

environment = "prod"
account_id  = "123456789012"
region      = "eu-west-2"

availability_zones = ["eu-west-2a", "eu-west-2b"]

container_insights = "enabled"

# certificate_arn = "arn:aws:acm:eu-west-2:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000" # with domain_name
