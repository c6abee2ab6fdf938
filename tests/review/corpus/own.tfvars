# This project, as it is deployed before a case of its own changes something.

project     = "storyizer"
environment = "staging"
account_id  = "111122223333"
region      = "us-east-1"

availability_zones = ["us-east-1a", "us-east-1b"]
egress             = "nat_single"
flow_logs          = false

certificate_arn     = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
domain_name         = "storyizer.example.com"
log_retention_days  = 365
deletion_protection = true

images = {
  save    = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/save@sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
  website = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/website@sha256:b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
  words   = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/words@sha256:c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"
}
