output "capacity_provider" {
  description = "Name of the capacity provider, for the cluster and for services."
  value       = aws_ecs_capacity_provider.this.name
}

output "group_name" {
  description = "Name of the Auto Scaling group."
  value       = aws_autoscaling_group.this.name
}

output "ami_id" {
  description = "AMI of the instances."
  value       = aws_launch_template.this.image_id
}

output "role_arn" {
  description = "Role of the instances."
  value       = aws_iam_role.instance.arn
}

output "security_group_id" {
  description = "Security group of the instances, not of the tasks."
  value       = aws_security_group.this.id
}
