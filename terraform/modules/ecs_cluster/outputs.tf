output "arn" {
  description = "ARN of the cluster, with its capacity providers in place."
  value       = aws_ecs_cluster.this.arn
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "capacity_provider" {
  description = "Capacity provider for services to use."
  value       = var.capacity_provider
}
