# Imported from the environment test of the application's manifests.
# What is not set here has the default of terraform/environment/variables.tf.
# Write what FILL-IN stands for: account (12 digits), region, two or more of its zones.

environment = "test"
account_id  = "FILL-IN"
region      = "FILL-IN"

availability_zones = ["FILL-IN"]

cpu_architecture = "ARM64"

# domain_name = "example.com" # with certificate_arn
