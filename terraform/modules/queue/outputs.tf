output "name" {
  description = "Name of the queue."
  value       = aws_sqs_queue.this.name
}

output "arn" {
  description = "ARN of the queue."
  value       = aws_sqs_queue.this.arn
}

output "url" {
  description = "URL of the queue, by which programs address it."
  value       = aws_sqs_queue.this.url
}

output "dead_letters" {
  description = "Name, ARN and URL of the dead-letter queue."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn, url = aws_sqs_queue.dead_letters.url }
}

output "access" {
  description = "Policy statements for send and receive access."
  value       = local.access
  depends_on  = [aws_sqs_queue.this]
}
