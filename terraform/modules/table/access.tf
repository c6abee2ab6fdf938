# The statements of a policy for each kind of access. Whoever attaches them adds nothing.

locals {
  arn        = "arn:${var.account.partition}:dynamodb:${var.account.region}:${var.account.id}:table/${var.name}"
  index_arns = [for name in sort(keys(var.indexes)) : "${local.arn}/index/${name}"]

  # Without a sort key a partition holds one item, which GetItem reads: Query is then for the indexes alone.
  not_of_table = var.key.sort == null ? ["Query"] : []
  of_indexes   = ["PartiQLSelect", "Query", "Scan"]

  words = {
    "read-only"  = var.actions.read
    "read-write" = concat(var.actions.read, var.actions.write)
  }

  # Of DynamoDB's calls to KMS only Decrypt, of the table's key, is made in the name of who reads or writes items;
  # GenerateDataKey is the service's own, CreateGrant and the rest are for who chooses the key of a table.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-cmk-trail
  key_statement = {
    Sid       = "KeyThroughDynamoDB"
    Effect    = "Allow"
    Action    = ["kms:Decrypt"]
    Resource  = [var.kms_key_arn]
    Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.account.region}.amazonaws.com" } }
  }

  access = {
    for word, actions in local.words : word => [
      for statement in [
        {
          Sid       = "Table"
          Effect    = "Allow"
          Action    = [for action in actions : "dynamodb:${action}" if !contains(local.not_of_table, action)]
          Resource  = [local.arn]
          Condition = null
        },
        {
          Sid       = "Indexes"
          Effect    = "Allow"
          Action    = [for action in actions : "dynamodb:${action}" if contains(local.of_indexes, action)]
          Resource  = local.index_arns
          Condition = null
        },
        local.key_statement,
      ] : statement if length(statement.Action) > 0 && length(statement.Resource) > 0
    ]
  }
}
