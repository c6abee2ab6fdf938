variable "name" {
  description = "Name of the table."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "The table name ${var.name} must be 3 to 255 letters, digits, dots, hyphens and underscores."
  }
}

variable "account" {
  description = "Where the table is."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "key" {
  description = "Primary key: the attribute that partitions the items and, where several share a partition, the one that sorts them. Types are text, number and binary."
  type = object({
    partition = object({ name = string, type = optional(string, "text") })
    sort      = optional(object({ name = string, type = optional(string, "text") }))
  })
  nullable = false

  validation {
    condition     = alltrue([for part in [var.key.partition, var.key.sort] : part == null || try(can(regex("^.{1,255}$", part.name)) && contains(["text", "number", "binary"], part.type), false)])
    error_message = "Table ${var.name}: the attributes of the key need a name of 1 to 255 characters, and their type is text, number or binary."
  }

  validation {
    condition     = var.key.partition.name != try(var.key.sort.name, "")
    error_message = "Table ${var.name}: ${var.key.partition.name} cannot be both the partition key and the sort key."
  }
}

variable "indexes" {
  description = "Global secondary indexes: name => key, and the attributes that it copies beside the keys (null for all, an empty list for none)."
  type = map(object({
    partition  = object({ name = string, type = optional(string, "text") })
    sort       = optional(object({ name = string, type = optional(string, "text") }))
    attributes = optional(list(string))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.indexes) <= 20 && alltrue([for name in keys(var.indexes) : can(regex("^[A-Za-z0-9_.-]{3,255}$", name))])
    error_message = "Table ${var.name}: it has at most 20 indexes, named by 3 to 255 letters, digits, dots, hyphens and underscores."
  }

  validation {
    condition = alltrue(flatten([
      for index in values(var.indexes) : [
        for part in [index.partition, index.sort] : part == null || try(can(regex("^.{1,255}$", part.name)) && contains(["text", "number", "binary"], part.type), false)
      ]
    ]))
    error_message = "Table ${var.name}: the attributes of an index's key need a name of 1 to 255 characters, and their type is text, number or binary."
  }

  validation {
    condition = length(distinct(flatten([
      for key in concat([{ partition = var.key.partition, sort = var.key.sort }], [for index in values(var.indexes) : { partition = index.partition, sort = index.sort }]) :
      [for part in [key.partition, key.sort] : part.name if part != null]
      ]))) == length(distinct(flatten([
      for key in concat([{ partition = var.key.partition, sort = var.key.sort }], [for index in values(var.indexes) : { partition = index.partition, sort = index.sort }]) :
      [for part in [key.partition, key.sort] : "${part.name} ${part.type}" if part != null]
    ])))
    error_message = "Table ${var.name}: an attribute that several keys use has the same type in all of them."
  }
}

variable "expires" {
  description = "Attribute with the time, in seconds since 1970, after which an item is deleted; null for never."
  type        = string
  default     = null
}

variable "actions" {
  description = "DynamoDB actions on items that read access gives, and that write access adds to them."
  type        = object({ read = list(string), write = list(string) })
  default = {
    read  = ["GetItem", "BatchGetItem", "Query"]
    write = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"]
  }
  nullable = false

  validation {
    condition     = length(setsubtract(var.actions.read, ["BatchGetItem", "GetItem", "PartiQLSelect", "Query", "Scan"])) == 0
    error_message = "Table ${var.name}: actions.read are of BatchGetItem, GetItem, PartiQLSelect, Query and Scan, not ${join(", ", setsubtract(var.actions.read, ["BatchGetItem", "GetItem", "PartiQLSelect", "Query", "Scan"]))}."
  }

  validation {
    condition = length(setsubtract(var.actions.write, [
      "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "PartiQLDelete", "PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem",
    ])) == 0
    error_message = "Table ${var.name}: actions.write are of BatchWriteItem, ConditionCheckItem, DeleteItem, PartiQLDelete, PartiQLInsert, PartiQLUpdate, PutItem and UpdateItem."
  }
}

variable "kms_key_arn" {
  description = "Customer managed KMS key that encrypts the table."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Refuse any deletion of the table."
  type        = bool
  default     = true
  nullable    = false
}

variable "point_in_time_recovery" {
  description = "Keep continuous backups for the last 35 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "holds" {
  description = "What the items are, in one word for people: it is said before the table is destroyed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9 ]{0,30}$", var.holds))
    error_message = "holds is a word in lower case, such as stories."
  }
}

variable "counted_by" {
  description = "Index that contains the items to count before the table is destroyed; null to count them all."
  type        = string
  default     = null

  validation {
    condition     = var.counted_by == null || contains(keys(var.indexes), coalesce(var.counted_by, "-"))
    error_message = "Table ${var.name}: counted_by must be one of its indexes."
  }
}
