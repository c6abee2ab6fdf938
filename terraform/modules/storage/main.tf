# What services keep, each item a table, a bucket or a queue of its own.

locals {
  tables  = { for key, item in var.items : key => item.table if item.table != null }
  buckets = { for key, item in var.items : key => item.bucket if item.bucket != null }
  queues  = { for key, item in var.items : key => item.queue if item.queue != null }
}

module "table" {
  source   = "../table"
  for_each = local.tables

  name                = "${var.prefix}-${each.key}"
  account             = var.account
  key                 = each.value.key
  indexes             = each.value.indexes
  expires             = each.value.expires
  actions             = each.value.actions
  counted_by          = each.value.counted_by
  holds               = coalesce(each.value.holds, replace(each.key, "-", " "))
  kms_key_arn         = var.kms_key_arn
  deletion_protection = var.deletion_protection
}

module "bucket" {
  source   = "../bucket"
  for_each = local.buckets

  # A bucket's name is unique in the world.
  name                = "${var.prefix}-${each.key}-${var.account.id}"
  account             = var.account
  versions            = each.value.versions
  expire_days         = each.value.expire_days
  holds               = coalesce(each.value.holds, replace(each.key, "-", " "))
  kms_key_arn         = var.kms_key_arn
  deletion_protection = var.deletion_protection
}

module "queue" {
  source   = "../queue"
  for_each = local.queues

  name                 = "${var.prefix}-${each.key}"
  account              = var.account
  visibility_seconds   = each.value.visibility
  stop_timeout_seconds = each.value.stop_timeout
  attempts             = each.value.attempts
  keep_days            = each.value.keep_days
  fifo                 = each.value.fifo
  kms_key_arn          = var.kms_key_arn
}
