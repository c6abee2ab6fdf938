output "references" {
  description = "Environment variable => value_from, arns and kms_key_arns, for `secrets` of ecs_service."
  value       = local.references
}
