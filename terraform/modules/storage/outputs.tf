output "values" {
  description = "Name => what a program addresses it by: the table's name, the bucket's name or the queue's URL."
  value = merge(
    { for key, table in module.table : key => table.name },
    { for key, bucket in module.bucket : key => bucket.name },
    { for key, queue in module.queue : key => queue.url },
  )
}

output "access" {
  description = "Name => kind of access => policy statements. Tables and buckets have read-only and read-write, queues send and receive."
  value = merge(
    { for key, table in module.table : key => table.access },
    { for key, bucket in module.bucket : key => bucket.access },
    { for key, queue in module.queue : key => queue.access },
  )
}

output "services" {
  description = "Name => the AWS service that tasks have to reach for it: dynamodb, s3 or sqs."
  value = merge(
    { for key in keys(local.tables) : key => "dynamodb" },
    { for key in keys(local.buckets) : key => "s3" },
    { for key in keys(local.queues) : key => "sqs" },
  )
}

output "tables" {
  description = "Name => name, ARN and indexes' ARNs of each table."
  value       = { for key, table in module.table : key => { name = table.name, arn = table.arn, index_arns = table.index_arns } }
}

output "queues" {
  description = "Name => name, ARN, URL and dead-letter queue of each queue."
  value       = { for key, queue in module.queue : key => { name = queue.name, arn = queue.arn, url = queue.url, dead_letters = queue.dead_letters } }
}
