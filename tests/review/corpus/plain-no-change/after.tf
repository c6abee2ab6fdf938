resource "terraform_data" "orders" {
  input = { names = ["a", "b"], retries = 3 }
}

output "orders" {
  value = terraform_data.orders.output
}
