resource "terraform_data" "first" {
  input            = "one"
  triggers_replace = ["again"]
}

resource "terraform_data" "second" {
  input = terraform_data.first.id
}
