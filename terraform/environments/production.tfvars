# Edit before the first deploy: account_id, region with its zones, certificate_arn and domain_name.

environment = "production"
account_id  = "222222222222" # placeholder: your production account
region      = "us-east-1"

# Three zones, each with its own NAT gateway: losing one leaves two thirds of the tasks, still connected.
availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
egress             = "nat_per_zone"
flow_logs          = true

# One task in each zone.
counts = {
  save    = 3
  website = 3
  words   = 3
}

# Where a pipeline applies: what its roles may do at most (terraform output permissions_boundary_arn in terraform/pipeline).
# permissions_boundary_arn = "arn:aws:iam::222222222222:policy/storyizer-pipeline-boundary"

capacity_provider   = "FARGATE"
container_insights  = "enhanced"
log_retention_days  = 365
deletion_protection = true

# Placeholders: production is not served without a certificate, nor a certificate without the name that it is for.
certificate_arn = "arn:aws:acm:us-east-1:222222222222:certificate/00000000-0000-0000-0000-000000000000"
domain_name     = "storyizer.example.com"
# dns_zone_id   = "Z..." # if the domain is a Route 53 zone of this account

# An existing bucket whose policy lets the load balancer write, and a web ACL, if you have them.
# access_logs_bucket = "example-alb-logs"
# web_acl_arn        = "arn:aws:wafv2:us-east-1:222222222222:regional/webacl/..."

# For `orchestrate.py exec`: the agent in each task needs a writable root file system and rights to Session Manager.
# enable_execute_command = true
