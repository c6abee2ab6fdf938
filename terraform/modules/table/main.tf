# A table and, in access.tf, what those who use it may do.

locals {
  types = { text = "S", number = "N", binary = "B" }
  keys  = concat([var.key], values(var.indexes))

  # A table declares the attributes of its keys and of no others, each of them once.
  parts      = flatten([for key in local.keys : [for part in [key.partition, key.sort] : part if part != null]])
  attributes = { for part in local.parts : part.name => local.types[part.type]... }
}

resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = var.key.partition.name
  range_key                   = try(var.key.sort.name, null)
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = local.attributes

    content {
      name = attribute.key
      type = attribute.value[0]
    }
  }

  dynamic "global_secondary_index" {
    for_each = var.indexes

    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value.partition.name
      range_key          = try(global_secondary_index.value.sort.name, null)
      projection_type    = global_secondary_index.value.attributes == null ? "ALL" : length(global_secondary_index.value.attributes) == 0 ? "KEYS_ONLY" : "INCLUDE"
      non_key_attributes = try(length(global_secondary_index.value.attributes), 0) == 0 ? null : global_secondary_index.value.attributes
    }
  }

  dynamic "ttl" {
    for_each = var.expires[*]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  # What is lost with the table, in a word, and the index that holds what counts: `down` says both before it destroys it.
  tags = merge({ Name = var.name, Holds = var.holds }, var.counted_by == null ? {} : { CountedBy = var.counted_by })
}
