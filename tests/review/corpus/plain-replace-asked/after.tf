resource "terraform_data" "server" {
  input = "one"
}
