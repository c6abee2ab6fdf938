resource "aws_launch_template" "web" {
  name          = "web-fleet-unscaled"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t4g.small"
}

resource "aws_autoscaling_group" "web" {
  name               = "web-fleet-unscaled"
  availability_zones = ["us-east-1a"]
  min_size           = 4
  max_size           = 12
  desired_capacity   = 6

  wait_for_capacity_timeout = "0"

  launch_template {
    id = aws_launch_template.web.id
  }
}

resource "aws_autoscaling_policy" "web" {
  name                   = "web-fleet-unscaled"
  autoscaling_group_name = aws_autoscaling_group.web.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
