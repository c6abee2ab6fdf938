output "task_definition_arn" {
  description = "ARN of the task definition, with revision."
  value       = aws_ecs_task_definition.this.arn
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

output "task" {
  description = "What starts the task elsewhere, as a job: its definition with revision, its family and its two roles."
  value = {
    definition_arn     = aws_ecs_task_definition.this.arn
    family             = aws_ecs_task_definition.this.family
    execution_role_arn = aws_iam_role.execution.arn
    task_role_arn      = aws_iam_role.task.arn
  }

  # The first task needs its rights and its ways.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.secrets,
    aws_iam_role_policy.table,
    aws_iam_role_policy.file_systems,
    aws_iam_role_policy.task,
    aws_vpc_security_group_egress_rule.gateway,
    aws_vpc_security_group_egress_rule.internet,
    aws_vpc_security_group_egress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.endpoints,
    aws_vpc_security_group_egress_rule.file_system,
    aws_vpc_security_group_ingress_rule.file_system,
  ]
}
