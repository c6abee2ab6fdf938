resource "terraform_data" "purchases" {
  input = "orders"
}
