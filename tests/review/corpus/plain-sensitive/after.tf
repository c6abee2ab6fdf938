variable "password" {
  sensitive = true
  default   = "CANARY-two-\"<&>'-93b7e0"
}

variable "token" {
  sensitive = true
  default   = "CANARY/three+tokéñ=a2c6f9"
}

resource "terraform_data" "plain" {
  input            = var.password
  triggers_replace = [var.token]
}

resource "terraform_data" "nested" {
  input = { database = [{ user = "reader", password = var.password }], hidden = true }
}

resource "terraform_data" "json" {
  input = jsonencode({ name = "app", environment = [{ name = "DB_PASSWORD", value = var.password }, { name = "TOKEN", value = var.token }] })
}

# An echo: the value is not marked here, as when a provider computes one from another.
resource "terraform_data" "echo" {
  input = nonsensitive("https://app:${var.token}@example.com/hook")
}

resource "terraform_data" "keyed" {
  for_each = toset([nonsensitive(var.token)])
  input    = each.key
}

output "url" {
  sensitive = true
  value     = "postgres://app:${var.password}@db.internal/app"
}

output "settings" {
  sensitive = true
  value     = { token = var.token, port = 5432 }
}
