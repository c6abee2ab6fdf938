# One machine, an emulator of AWS and a container engine. What is off here is what an emulator does not hold
# (flow logs, interface endpoints) or what would only be in the way of starting over.

environment = "local"
account_id  = "000000000000"
region      = "us-east-1"

availability_zones = ["us-east-1a", "us-east-1b"]
egress             = "nat_single"
flow_logs          = false

# As short as it can be: whoever works here waits for it. AWS's environments have 60 seconds and more.
soak_seconds = 5

container_insights       = "enhanced"
log_retention_days       = 7
deletion_protection      = false
key_deletion_window_days = 7

# The emulator gives tasks no role that an AWS SDK accepts. Real keys are refused here.
task_environment = {
  AWS_ACCESS_KEY_ID     = "test"
  AWS_SECRET_ACCESS_KEY = "test"
}
