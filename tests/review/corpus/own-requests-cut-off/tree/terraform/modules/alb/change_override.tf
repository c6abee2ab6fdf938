resource "aws_lb_target_group" "this" {
  deregistration_delay = 0
}
