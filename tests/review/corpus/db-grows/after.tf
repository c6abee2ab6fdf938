resource "aws_db_instance" "orders" {
  identifier              = "orders-grows"
  engine                  = "postgres"
  engine_version          = "16.3"
  instance_class          = "db.t4g.large"
  allocated_storage       = 100
  username                = "app"
  password                = "CANARY-db-aa0002"
  storage_encrypted       = true
  backup_retention_period = 14
  deletion_protection     = true
  skip_final_snapshot     = true

  tags = { Team = "orders" }
}
