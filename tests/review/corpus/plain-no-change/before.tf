resource "terraform_data" "orders" {
  input = { retries = 3, names = ["a", "b"] }
}

output "orders" {
  value = terraform_data.orders.output
}
