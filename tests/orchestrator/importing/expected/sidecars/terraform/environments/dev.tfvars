# Imported from the environment dev of the application's manifests.
# What is not set here has the default of terraform/environment/variables.tf.

environment = "dev"
account_id  = "123456789012"
region      = "eu-west-2"

availability_zones = ["eu-west-2a", "eu-west-2b"]

# dns_zone_id = "Z0123456789ABCDEFGHIJ" # with domain_name
