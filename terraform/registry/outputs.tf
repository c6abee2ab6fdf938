output "repository_urls" {
  description = "Service name => address of its repository, without tag."
  value       = { for name, repository in module.repository : name => repository.repository_url }
}
