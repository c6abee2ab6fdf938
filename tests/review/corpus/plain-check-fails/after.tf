variable "size" {
  type    = number
  default = 2
}

resource "terraform_data" "fleet" {
  input = 4
}

resource "terraform_data" "note" {
  input = "new"
}

check "size" {
  assert {
    condition     = var.size >= 3
    error_message = "The fleet is smaller than three: ${var.size}."
  }
}

check "later" {
  assert {
    condition     = terraform_data.note.id != ""
    error_message = "The note has no id."
  }
}
