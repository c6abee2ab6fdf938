# Imported from copilot/environments/production/manifest.yml.
# What is not set here has the default of terraform/environment/variables.tf.
# Write what FILL-IN stands for: account (12 digits), region, two or more of its zones.

environment = "production"
account_id  = "FILL-IN"
region      = "eu-west-1"

availability_zones = ["eu-west-1a", "eu-west-1b"]

allowed_cidrs = ["192.0.2.0/24"]
cidr          = "10.1.0.0/16"
flow_logs     = true

# domain_name = "web.example.com" # with certificate_arn
