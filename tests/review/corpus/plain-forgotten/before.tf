resource "terraform_data" "orders" {
  input = "orders"
}
