output "task_definition_arn" {
  description = "ARN of the task definition, with revision."
  value       = aws_ecs_task_definition.this.arn
}

output "task_definition_family" {
  description = "Family of the task definition: its name without revision."
  value       = aws_ecs_task_definition.this.family
}

output "execution_role_arn" {
  description = "Role of ECS, which pulls the image, reads the secrets and writes the logs."
  value       = aws_iam_role.execution.arn
}

output "log_group_name" {
  description = "Log group of the service's containers."
  value       = aws_cloudwatch_log_group.this.name
}

output "task_role_arn" {
  description = "Role of the code in the container."
  value       = aws_iam_role.task.arn
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.this.id
}
