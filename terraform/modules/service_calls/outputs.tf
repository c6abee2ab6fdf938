output "called" {
  description = "Names of the services that are called: those that need a name in Service Connect."
  value       = toset(flatten([for called in values(var.calls) : tolist(called)]))
}
