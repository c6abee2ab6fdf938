resource "aws_lb_target_group" "this" {
  health_check {
    path                = "/"
    matcher             = "200-499"
    interval            = 60
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 10
  }
}
