resource "aws_db_instance" "orders" {
  identifier              = "orders-replaced"
  engine                  = "postgres"
  engine_version          = "16.3"
  instance_class          = "db.t4g.medium"
  allocated_storage       = 20
  username                = "application"
  password                = "CANARY-db-02af77"
  storage_encrypted       = true
  backup_retention_period = 7
  skip_final_snapshot     = true
}
