variable "password" {
  sensitive = true
  default   = "CANARY-one-4f1d8c"
}

resource "terraform_data" "plain" {
  input = var.password
}

resource "terraform_data" "nested" {
  input = { database = [{ user = "app", password = var.password }], hidden = false }
}

resource "terraform_data" "json" {
  input = jsonencode({ name = "app", environment = [{ name = "DB_PASSWORD", value = var.password }] })
}

output "url" {
  sensitive = true
  value     = "postgres://app:${var.password}@db.internal/app"
}
