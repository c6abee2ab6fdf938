# Production's shape at the smallest price. Edit: account_id, region with its zones, and the certificate
# with its domain_name. A copy for another environment: `environment` is the file's name.

environment = "staging"
account_id  = "111111111111" # placeholder: your staging account
region      = "us-east-1"

availability_zones = ["us-east-1a", "us-east-1b"]
egress             = "nat_single" # one NAT gateway: half the price, and staging may be cut off by one zone
capacity_provider  = "FARGATE_SPOT"

# Where a pipeline applies: what its roles may do at most (terraform output permissions_boundary_arn in terraform/pipeline).
# permissions_boundary_arn = "arn:aws:iam::111111111111:policy/storyizer-pipeline-boundary"

log_retention_days       = 30
deletion_protection      = false
key_deletion_window_days = 7

# With a certificate, and the name that it is for, HTTP redirects to HTTPS.
# certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/..."
# domain_name     = "staging.storyizer.example.com"
# dns_zone_id     = "Z..."

# For `orchestrate.py exec`: the agent in each task needs a writable root file system and rights to Session Manager.
# enable_execute_command = true
