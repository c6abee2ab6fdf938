resource "aws_db_instance" "orders" {
  identifier                   = "orders-protection-off"
  engine                       = "postgres"
  engine_version               = "16.3"
  instance_class               = "db.t4g.medium"
  allocated_storage            = 20
  username                     = "app"
  password                     = "CANARY-db-71c3e9"
  storage_encrypted            = true
  deletion_protection          = false
  backup_retention_period      = 0
  skip_final_snapshot          = true
  performance_insights_enabled = false
}
