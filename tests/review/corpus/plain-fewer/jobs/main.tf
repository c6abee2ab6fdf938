variable "names" {
  type = set(string)
}

resource "terraform_data" "job" {
  for_each = var.names
  input    = each.key
}
