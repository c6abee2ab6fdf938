resource "aws_rds_cluster" "ledger" {
  cluster_identifier  = "ledger-destroyed"
  engine              = "aurora-postgresql"
  master_username     = "app"
  master_password     = "CANARY-db-c41d5e"
  storage_encrypted   = true
  deletion_protection = false
  skip_final_snapshot = true
}
