output "services" {
  description = "Service name => its manifest with defaults filled in, its image and its listener rules (path => priority)."
  value       = local.services

  precondition {
    condition     = length(local.problems) == 0
    error_message = "The service manifests are not usable:\n- ${join("\n- ", local.problems)}"
  }
}
