resource "aws_security_group" "db" {
  name        = "db-ipv6-world"
  description = "Database"

  ingress {
    description      = "Postgres from the applications"
    cidr_blocks      = ["10.1.2.0/24"]
    ipv6_cidr_blocks = ["::/0"]
    from_port        = 5432
    to_port          = 5432
    protocol         = "tcp"
  }
}
