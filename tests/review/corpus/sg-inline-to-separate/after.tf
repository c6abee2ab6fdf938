resource "aws_security_group" "web" {
  name        = "web-inline-to-separate"
  description = "Web"
  ingress     = []
}

resource "aws_vpc_security_group_ingress_rule" "office" {
  security_group_id = aws_security_group.web.id
  description       = "HTTPS from the office"
  cidr_ipv4         = "192.0.2.0/24"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}
