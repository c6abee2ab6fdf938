# What services keep: tables, buckets and queues that their manifests describe, and the queues of workers.

module "storage" {
  source = "../modules/storage"

  prefix              = local.prefix
  account             = local.account
  kms_key_arn         = aws_kms_key.this.arn
  deletion_protection = var.deletion_protection
  items               = var.storage
}

# The table with its stories stays the same one.
moved {
  from = module.table.aws_dynamodb_table.this
  to   = module.storage.module.table["stories"].aws_dynamodb_table.this
}
