# Imported from the environment staging of the application's manifests.
# What is not set here has the default of terraform/environment/variables.tf.
# Write what FILL-IN stands for: account (12 digits), region, two or more of its zones.

environment = "staging"
account_id  = "FILL-IN"
region      = "FILL-IN"

availability_zones = ["FILL-IN"]

log_retention_days = 90

# domain_name = "staging-api.example.org" # with certificate_arn
