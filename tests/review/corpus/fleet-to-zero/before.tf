resource "aws_launch_template" "web" {
  name          = "web-fleet-to-zero"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t4g.small"
}

resource "aws_autoscaling_group" "web" {
  name               = "web-fleet-to-zero"
  availability_zones = ["us-east-1a"]
  min_size           = 2
  max_size           = 6
  desired_capacity   = 4
  health_check_type  = "ELB"

  wait_for_capacity_timeout = "0"

  launch_template {
    id = aws_launch_template.web.id
  }
}

resource "aws_autoscaling_group" "jobs" {
  name               = "jobs-fleet-to-zero"
  availability_zones = ["us-east-1a"]
  min_size           = 2
  max_size           = 6
  desired_capacity   = 2

  wait_for_capacity_timeout = "0"

  launch_template {
    id = aws_launch_template.web.id
  }
}
