module "storage" {
  source = "../modules/storage"

  prefix              = local.prefix
  account             = local.account
  kms_key_arn         = aws_kms_key.this.arn
  deletion_protection = var.deletion_protection

  items = {
    stories = {
      table = {
        key     = { partition = { name = "id" } }
        expires = "expires_at"

        # Newest stories first. The writer spreads the items over several shards: one partition takes 1,000 writes/s.
        indexes    = { latest = { partition = { name = "shard" }, sort = { name = "created_at" } } }
        counted_by = "latest"

        # What save uses: a condition needs no right of its own, and nothing is deleted but by its time to live.
        actions = { read = ["GetItem", "Query"], write = ["PutItem", "UpdateItem"] }
      }
    }
  }
}

# The table with its stories stays the same one.
moved {
  from = module.table.aws_dynamodb_table.this
  to   = module.storage.module.table["stories"].aws_dynamodb_table.this
}
