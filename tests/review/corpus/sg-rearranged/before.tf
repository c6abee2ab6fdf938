resource "aws_security_group" "web" {
  name        = "web-rearranged"
  description = "Web"

  ingress {
    cidr_blocks = ["10.1.0.0/24", "10.2.0.0/24"]
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
  }

  ingress {
    cidr_blocks = ["10.3.0.0/24"]
    from_port   = 8443
    to_port     = 8443
    protocol    = "tcp"
  }
}
