output "motd" {
  value = "hello"
}

output "gone" {
  value = 1
}
