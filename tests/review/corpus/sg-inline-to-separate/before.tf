resource "aws_security_group" "web" {
  name        = "web-inline-to-separate"
  description = "Web"

  ingress {
    description = "HTTPS from the office"
    cidr_blocks = ["192.0.2.0/24"]
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
  }
}
