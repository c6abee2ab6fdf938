resource "aws_security_group" "app" {
  name        = "app-two-halves"
  description = "App"
}

resource "aws_security_group_rule" "app" {
  security_group_id = aws_security_group.app.id
  type              = "ingress"
  cidr_blocks       = ["0.0.0.0/1", "128.0.0.0/1"]
  from_port         = 0
  to_port           = 65535
  protocol          = "tcp"
}
