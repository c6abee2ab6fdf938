# Imported from copilot/environments/staging/manifest.yml.
# What is not set here has the default of terraform/environment/variables.tf.

environment = "staging"
account_id  = "123456789012"
region      = "us-west-2"

availability_zones = ["us-west-2a", "us-west-2b"]

access_logs_bucket = "example-logs"

# certificate_arn = "arn:aws:acm:us-west-2:123456789012:certificate/a" # with domain_name
