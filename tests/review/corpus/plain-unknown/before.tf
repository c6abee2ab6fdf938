resource "terraform_data" "first" {
  input = "one"
}

resource "terraform_data" "second" {
  input = terraform_data.first.output
}
