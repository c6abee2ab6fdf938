moved {
  from = terraform_data.orders
  to   = terraform_data.purchases
}

resource "terraform_data" "purchases" {
  input = "orders"
}
