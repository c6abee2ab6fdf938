removed {
  from = terraform_data.orders

  lifecycle {
    destroy = false
  }
}
