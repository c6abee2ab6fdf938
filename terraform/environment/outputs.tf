output "url" {
  description = "URL of the application."
  value       = "${module.load_balancer.scheme}://${coalesce(var.domain_name, module.load_balancer.dns_name)}"
}

output "cluster_name" {
  description = "Name of the ECS cluster."
  value       = module.cluster.name
}

output "load_balancer_name" {
  description = "Name of the load balancer."
  value       = module.load_balancer.name
}

output "load_balancer_dns_name" {
  description = "DNS name that AWS assigned to the load balancer; a DNS record of your own points to it."
  value       = module.load_balancer.dns_name
}

output "service_names" {
  description = "Names of the services, as in services/."
  value       = keys(local.services)
}

output "task_definitions" {
  description = "Service name => ARN of its task definition, with revision."
  value       = { for name, service in module.service : name => service.task_definition_arn }
}

output "soak_seconds" {
  description = "Seconds that a new version is watched before it counts as verified."
  value       = var.soak_seconds
}

output "log_groups" {
  description = "Service name => log group of its containers."
  value       = { for name, service in module.service : name => service.log_group_name }
}

output "storage" {
  description = "Name => what a program addresses it by: a table's name, a bucket's name or a queue's URL."
  value       = module.storage.values
}

output "jobs" {
  description = "Job => its state machine, of which an execution is a run."
  value       = { for name, job in module.job : name => job.state_machine_arn }
}

output "activation" {
  description = "What a machine outside AWS registers with: region, cluster, id and code of the activation, and when it expires. Null where there are no such machines."
  value       = one(module.anywhere[*].activation)
  sensitive   = true
}
