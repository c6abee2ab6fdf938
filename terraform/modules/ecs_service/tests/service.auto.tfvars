# A service as the tests take it, unless they say otherwise.

prefix        = "storyizer-test"
name          = "save"
account       = { id = "000000000000", region = "us-east-1", partition = "aws" }
image         = "registry/storyizer/save@sha256:1111111111111111111111111111111111111111111111111111111111111111"
repository    = "storyizer/save"
port          = 9000
cpu           = 256
memory        = 512
desired_count = 2
environment   = { SERVICE_NAME = "save", PORT = "9000" }

network = {
  vpc_id             = "vpc-1"
  private_subnet_ids = ["subnet-a", "subnet-b"]
  prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
  internet           = true
  endpoints          = null
}

load_balancer = {
  target_group_arn  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save/1"
  security_group_id = "sg-alb"
  arn_suffix        = "app/storyizer-test/2"
}

cluster = { arn = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test" }
logs    = { retention_days = 30, kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1" }

timing = {
  stop_timeout_seconds              = 60
  health_check_grace_period_seconds = 30
  minimum_healthy_percent           = 100
  maximum_percent                   = 200
}
