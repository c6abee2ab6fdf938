# How requests find a service's port. Here and not beside the service, because the listener's default action needs a
# target group while the rules need the listener.

# Replaceable: a new target group takes over before the old one goes. At most 6 letters of prefix are allowed;
# the full name is in the tag.
resource "aws_lb_target_group" "this" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; behind it only its security group reaches the tasks, in private subnets
  for_each = var.routes

  name_prefix = "${substr(replace(each.key, "/[^a-z0-9]/", ""), 0, 5)}-"
  target_type = "ip"
  vpc_id      = var.vpc_id
  # ECS registers each task with its own port. This one is used by nobody, and a change of it would replace the group.
  port                          = 8000
  protocol                      = "HTTP"
  deregistration_delay          = var.timing.deregistration_delay_seconds
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    path                = each.value.health_path
    matcher             = "200"
    interval            = var.timing.health_check_interval_seconds
    timeout             = var.timing.health_check_timeout_seconds
    healthy_threshold   = var.timing.healthy_threshold
    unhealthy_threshold = var.timing.unhealthy_threshold
  }

  tags = { Name = "${var.name}-${each.key}" }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # Known by the path alone, so that a path can move from one service to another in place.
  rules = merge([for name, route in var.routes : { for path, priority in route.rules : path => { service = name, priority = priority } }]...)
}

resource "aws_lb_listener_rule" "this" {
  for_each = local.rules

  listener_arn = local.https ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn
  priority     = each.value.priority

  condition {
    path_pattern {
      values = [each.key, "${each.key}/*"]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.value.service].arn
  }

  tags = { Name = "${var.name} ${each.key}" }
}
