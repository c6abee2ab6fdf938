resource "terraform_data" "fleet" {
  input = 4
}

check "size" {
  assert {
    condition     = terraform_data.fleet.output >= 3
    error_message = "The fleet is smaller than three."
  }
}
