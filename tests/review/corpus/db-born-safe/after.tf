variable "password" {
  type      = string
  sensitive = true
  default   = "CANARY-db-e00b12"
}

resource "aws_db_instance" "orders" {
  identifier                = "orders-born-safe"
  engine                    = "postgres"
  instance_class            = "db.t4g.medium"
  allocated_storage         = 20
  username                  = "app"
  password                  = var.password
  storage_encrypted         = true
  multi_az                  = true
  deletion_protection       = true
  backup_retention_period   = 14
  final_snapshot_identifier = "orders-last"
}
