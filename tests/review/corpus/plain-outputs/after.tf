output "motd" {
  value = "good morning"
}

output "fresh" {
  value = { port = 8000 }
}
