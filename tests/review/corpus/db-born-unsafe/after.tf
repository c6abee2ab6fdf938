resource "aws_db_instance" "orders" {
  identifier              = "orders-born-unsafe"
  engine                  = "postgres"
  instance_class          = "db.t4g.medium"
  allocated_storage       = 20
  username                = "app"
  password                = "CANARY-db-5d11c0"
  storage_encrypted       = false
  publicly_accessible     = true
  backup_retention_period = 0
  skip_final_snapshot     = true
}
