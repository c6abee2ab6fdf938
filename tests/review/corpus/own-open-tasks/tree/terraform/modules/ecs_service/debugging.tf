resource "aws_vpc_security_group_ingress_rule" "debugging" {
  security_group_id = aws_security_group.this.id
  description       = "Debugging"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = var.port
  to_port           = var.port
  ip_protocol       = "tcp"
}
