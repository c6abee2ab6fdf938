resource "aws_security_group" "db" {
  name        = "db-widened"
  description = "Database"

  ingress {
    description = "Postgres from the applications"
    cidr_blocks = ["10.1.2.0/24"]
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
  }
}
