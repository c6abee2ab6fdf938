output "name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "index_arns" {
  description = "ARNs of the table's indexes."
  value       = local.index_arns
  depends_on  = [aws_dynamodb_table.this]
}

output "access" {
  description = "Policy statements for read-only and read-write access."
  value       = local.access
  depends_on  = [aws_dynamodb_table.this]
}
