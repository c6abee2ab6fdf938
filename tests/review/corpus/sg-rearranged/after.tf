resource "aws_security_group" "web" {
  name        = "web-rearranged"
  description = "Web"

  ingress {
    description = "Admin"
    cidr_blocks = ["10.3.0.0/24"]
    from_port   = 8443
    to_port     = 8443
    protocol    = "tcp"
  }

  ingress {
    description = "HTTPS, second range"
    cidr_blocks = ["10.2.0.0/24"]
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
  }

  ingress {
    description = "HTTPS, first range"
    cidr_blocks = ["10.1.0.0/24"]
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
  }
}
